//! Depthwise convolution over images.

use core::ops::Add;

use bytemuck::AnyBitPattern;
use rand::Rng;
use typenum::{Add1, B1};

use super::{CALLS, Plan, Slides, flat, flat_mut, geometry, room_for, weight_and_bias};
use crate::kernel::convolution::Geometry;
use crate::network::dim::{Array, Const, Fits, Number, Of, Size, Window};
use crate::network::settings::checked;
use crate::network::{Batch, Layer, Scalar, Tensor};

/// Depthwise convolution over images: each channel has a window of its own. From `[[[T; W]; H]; CHANNELS]` to
/// `[[[T; W']; H']; CHANNELS]`, with the sizes of [`Conv2d`](crate::layers::Conv2d).
///
/// `y[c][r][s] = bias[c] + Σ weight[k][l][c] x[c][r STRIDE + k DILATION - PADDING][s STRIDE + l DILATION - PADDING]`
///
/// It is a [`Conv2d`](crate::layers::Conv2d) of as many groups as channels, and its gradients are those. A pointwise
/// `Conv2d<IN, OUT, 1>` behind it makes a separable convolution (Howard et al. 2017,
/// <https://arxiv.org/abs/1704.04861>).
///
/// PyTorch writes it `Conv2d(.., groups=channels)`, with the weight `[CHANNELS][1][KERNEL][KERNEL]`; Keras
/// `DepthwiseConv2D`, with `[KERNEL][KERNEL][CHANNELS][1]`. A depth multiplier as in Keras is
/// `Conv2d<CHANNELS, MULTIPLE, .., GROUPS>` with `GROUPS = CHANNELS`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = DepthwiseConv2d::<2, 1>::ZERO;
/// layer.weight = [[[2.0, 3.0]]];
/// let mut output = [[[[0.0; 2]; 1]; 2]; 1];
/// layer.forward(&[[[[1.0, 4.0]], [[1.0, 4.0]]]], &mut output);
/// assert_eq!(output, [[[[2.0, 8.0]], [[3.0, 12.0]]]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct DepthwiseConv2d<
    const CHANNELS: usize,
    const KERNEL: usize,
    const STRIDE: usize = 1,
    const PADDING: usize = 0,
    const DILATION: usize = 1,
    T: Scalar = f32,
    const BIAS: usize = CHANNELS,
> {
    /// `weight[k][l][c]` is what row `k` and column `l` of the window give to channel `c`.
    pub weight: [[[T; CHANNELS]; KERNEL]; KERNEL],
    /// What is added to each channel; empty in a [`DepthwiseConv2dNoBias`].
    pub bias: [T; BIAS],
}

/// [`DepthwiseConv2d`] without a bias: PyTorch's `bias=False`, Keras' `use_bias=False`.
pub type DepthwiseConv2dNoBias<
    const CHANNELS: usize,
    const KERNEL: usize,
    const STRIDE: usize = 1,
    const PADDING: usize = 0,
    const DILATION: usize = 1,
    T = f32,
> = DepthwiseConv2d<CHANNELS, KERNEL, STRIDE, PADDING, DILATION, T, 0>;

weight_and_bias!(
    DepthwiseConv2d<CHANNELS, KERNEL, STRIDE, PADDING, DILATION, T, BIAS> {
        weight: [KERNEL, KERNEL; CHANNELS],
        fan: KERNEL * KERNEL => KERNEL * KERNEL
    },
    [
        const CHANNELS: usize,
        const KERNEL: usize,
        const STRIDE: usize,
        const PADDING: usize,
        const DILATION: usize,
        T: Scalar
    ]
);

#[diagnostic::do_not_recommend]
impl<
    const CHANNELS: usize,
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    const DILATION: usize,
    T: Scalar,
    const W: usize,
    const H: usize,
    const BIAS: usize,
> Slides<[[[T; W]; H]; CHANNELS]> for DepthwiseConv2d<CHANNELS, KERNEL, STRIDE, PADDING, DILATION, T, BIAS>
where
    Const<W>: Window<KERNEL, STRIDE, PADDING, DILATION> + Fits<KERNEL, STRIDE, PADDING, DILATION>,
    Const<H>: Window<KERNEL, STRIDE, PADDING, DILATION> + Fits<KERNEL, STRIDE, PADDING, DILATION>,
    Const<CHANNELS>: Size,
    Of<CHANNELS>: Add<B1>,
    Add1<Of<CHANNELS>>: Number,
{
    type Output = [Array<
        <Const<H> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Length,
        Array<<Const<W> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Length, T>,
    >; CHANNELS];
    type Source = [[[Array<
        <Const<H> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Strides,
        Array<<Const<W> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Strides, T>,
    >; STRIDE]; STRIDE]; CHANNELS];
    type Spread = Array<
        Add1<Of<CHANNELS>>,
        Array<
            <Const<H> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Strides,
            Array<<Const<W> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Strides, T>,
        >,
    >;
    const GEOMETRY: Geometry = geometry::<W, H, KERNEL, STRIDE, PADDING, DILATION>();
}

impl<
    const CHANNELS: usize,
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    const DILATION: usize,
    T: Scalar,
    const BIAS: usize,
> DepthwiseConv2d<CHANNELS, KERNEL, STRIDE, PADDING, DILATION, T, BIAS>
{
    const fn plan(geometry: Geometry) -> Plan {
        Plan { geometry, groups: CHANNELS, inputs: 1, outputs: 1 }
    }
}

impl<
    const CHANNELS: usize,
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    const DILATION: usize,
    T: Scalar,
    const W: usize,
    const H: usize,
    const BIAS: usize,
> Layer<[[[T; W]; H]; CHANNELS]> for DepthwiseConv2d<CHANNELS, KERNEL, STRIDE, PADDING, DILATION, T, BIAS>
where
    Self: Slides<[[[T; W]; H]; CHANNELS]>,
{
    type Output = <Self as Slides<[[[T; W]; H]; CHANNELS]>>::Output;
    type Tape<B: Batch> = (
        B::One<<Self as Slides<[[[T; W]; H]; CHANNELS]>>::Source>,
        (B::One<<Self as Slides<[[[T; W]; H]; CHANNELS]>>::Spread>, B::One<[[[T; CHANNELS]; KERNEL]; KERNEL]>),
    );
    const MULTIPLY_ADDS: usize = <Self::Output as Tensor>::LEN * KERNEL * KERNEL
        + checked(BIAS == 0 || BIAS == CHANNELS, "BIAS of `DepthwiseConv2d` must be CHANNELS, or 0 for none");
    const SCRATCH: usize = room_for::<<Self as Slides<[[[T; W]; H]; CHANNELS]>>::Source>(Self::GEOMETRY);
    const CALLS: usize = CALLS;

    #[inline]
    fn forward(&self, input: &[[[[T; W]; H]; CHANNELS]], output: &mut [Self::Output]) {
        let (plan, parameters) = (Self::plan(Self::GEOMETRY), (flat(&self.weight), self.bias.as_slice()));
        if Self::GEOMETRY.is_direct() {
            plan.forward_batch::<KERNEL, _, _>(parameters, input, &mut [], output);
        } else {
            plan.forward_padded::<KERNEL, <Self as Slides<[[[T; W]; H]; CHANNELS]>>::Source, _, _>(
                parameters, input, output,
            );
        }
    }

    #[inline]
    fn forward_train<B: Batch>(
        &self,
        input: &[[[[T; W]; H]; CHANNELS]],
        output: &mut [Self::Output],
        (room, _): &mut Self::Tape<B>,
        _: &mut impl Rng,
    ) {
        let parameters = (flat(&self.weight), self.bias.as_slice());
        let room = flat_mut(room.as_mut());
        Self::plan(Self::GEOMETRY).forward_batch::<KERNEL, _, _>(parameters, input, room, output);
    }

    fn backward<B: Batch>(
        &self,
        input: &[[[[T; W]; H]; CHANNELS]],
        _: &[Self::Output],
        (room, (spread, transposed)): &mut Self::Tape<B>,
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [[[[T; W]; H]; CHANNELS]]>,
        gradient: &mut Self,
    ) {
        Self::plan(Self::GEOMETRY).backward_batch::<KERNEL, _, _>(
            flat(&self.weight),
            (input, output_gradient, input_gradient),
            [flat_mut(room.as_mut()), flat_mut(spread.as_mut()), flat_mut(transposed.as_mut())],
            (flat_mut(&mut gradient.weight), &mut gradient.bias),
        );
    }
}
