//! Transposed convolution over images.

use core::ops::Add;

use bytemuck::AnyBitPattern;
use rand::Rng;
use typenum::{Add1, B1};

use super::{CALLS, Plan, flat, flat_mut, weight_and_bias};
use crate::kernel::convolution::{Geometry, Strides};
use crate::kernel::rows::in_rows;
use crate::network::dim::{Array, Const, Element, NotZero, Number, Of, Size, Widen};
use crate::network::scratch::lend;
use crate::network::settings::checked;
use crate::network::{Batch, Layer, Scalar, Tensor};

/// Transposed convolution over images, which makes them larger: from `[[[T; W]; H]; IN]` to
/// `[[[T; W']; H']; OUT]`, with `W' = (W - 1) STRIDE + KERNEL + OUTPUT_PADDING - 2 PADDING`.
///
/// `y[o][r STRIDE + k - PADDING][c STRIDE + l - PADDING] += weight[i][k][l][o] x[i][r][c]`, starting from `bias[o]`,
///
/// over the input channels `i` and the rows `k` and columns `l` of the window; what falls outside of `y` is dropped. It
/// is the gradient of a [`Conv2d`](crate::layers::Conv2d) by its input, and its own gradient by `x` is a convolution
/// with the same window: `dx[i][r][c] = Σ weight[i][k][l][o] g[o][..][..]`,
/// `dweight[i][k][l][o] += Σ x[i][r][c] g[o][..][..]`, `dbias[o] += Σ g[o]` (Dumoulin, Visin 2016,
/// <https://arxiv.org/abs/1603.07285>).
///
/// The sizes are PyTorch's, whose weight is `[IN][OUT][KERNEL][KERNEL]`. Keras' `"valid"` is `PADDING = 0` (and, where
/// the stride is larger than the kernel, `OUTPUT_PADDING = STRIDE - KERNEL`); its weight is
/// `[KERNEL][KERNEL][OUT][IN]`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = ConvTranspose2d::<1, 1, 2, 2>::ZERO;
/// layer.weight[0] = [[[1.0], [2.0]], [[3.0], [4.0]]];
/// let mut output = [[[[0.0; 4]; 2]; 1]; 1];
/// layer.forward(&[[[[1.0, 10.0]]]], &mut output);
/// assert_eq!(output, [[[[1.0, 2.0, 10.0, 20.0], [3.0, 4.0, 30.0, 40.0]]]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct ConvTranspose2d<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const STRIDE: usize = 1,
    const PADDING: usize = 0,
    const OUTPUT_PADDING: usize = 0,
    T: Scalar = f32,
    const BIAS: usize = OUT,
> {
    /// `weight[i][k][l][o]` is what a pixel of channel `i` gives to row `k` and column `l` of its window in output `o`.
    pub weight: [[[[T; OUT]; KERNEL]; KERNEL]; IN],
    /// What is added to each output; empty in a [`ConvTranspose2dNoBias`].
    pub bias: [T; BIAS],
}

/// [`ConvTranspose2d`] without a bias: PyTorch's `bias=False`, Keras' `use_bias=False`.
pub type ConvTranspose2dNoBias<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const STRIDE: usize = 1,
    const PADDING: usize = 0,
    const OUTPUT_PADDING: usize = 0,
    T = f32,
> = ConvTranspose2d<IN, OUT, KERNEL, STRIDE, PADDING, OUTPUT_PADDING, T, 0>;

weight_and_bias!(
    ConvTranspose2d<IN, OUT, KERNEL, STRIDE, PADDING, OUTPUT_PADDING, T, BIAS> {
        weight: [IN, KERNEL, KERNEL; OUT],
        fan: IN * KERNEL * KERNEL => OUT * KERNEL * KERNEL
    },
    [
        const IN: usize,
        const OUT: usize,
        const KERNEL: usize,
        const STRIDE: usize,
        const PADDING: usize,
        const OUTPUT_PADDING: usize,
        T: Scalar
    ]
);

/// Holds for a transposed convolution and an input `X`, where something is left of the output behind the padding.
#[diagnostic::on_unimplemented(
    message = "nothing is left of the output of `{Self}` for an input of shape `{X}`",
    label = "this layer is given `{X}`",
    note = "a side of the output is (N - 1) STRIDE + KERNEL + OUTPUT_PADDING - 2 PADDING, which must be at least 1",
    note = "sides, channels and settings can be computed with up to 4096"
)]
pub trait Widens<X: Tensor> {
    /// What one sample becomes.
    type Output: Element + Tensor<Scalar = X::Scalar>;
    /// Room for one output with its padding.
    type Source: Element + Tensor<Scalar = X::Scalar>;
    /// Room for one input, spread to the size of the output.
    type Spread: Element + Tensor<Scalar = X::Scalar>;
    /// All sizes, of the convolution that goes back.
    const GEOMETRY: Geometry;
}

#[diagnostic::do_not_recommend]
impl<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    const OUTPUT_PADDING: usize,
    T: Scalar,
    const W: usize,
    const H: usize,
    const BIAS: usize,
> Widens<[[[T; W]; H]; IN]> for ConvTranspose2d<IN, OUT, KERNEL, STRIDE, PADDING, OUTPUT_PADDING, T, BIAS>
where
    Const<W>: Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>,
    Const<H>: Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>,
    <Const<W> as Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>>::Length: NotZero,
    <Const<H> as Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>>::Length: NotZero,
    Const<IN>: Size,
    Of<IN>: Add<B1>,
    Add1<Of<IN>>: Number,
{
    type Output = [Array<
        <Const<H> as Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>>::Length,
        Array<<Const<W> as Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>>::Length, T>,
    >; OUT];
    type Source = [[[Array<
        <Const<H> as Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>>::Strides,
        Array<<Const<W> as Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>>::Strides, T>,
    >; STRIDE]; STRIDE]; OUT];
    type Spread = Array<
        Add1<Of<IN>>,
        Array<
            <Const<H> as Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>>::Strides,
            Array<<Const<W> as Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>>::Strides, T>,
        >,
    >;
    const GEOMETRY: Geometry = Geometry {
        kernel: KERNEL,
        stride: STRIDE,
        padding: PADDING,
        dilation: 1,
        height: <<Const<H> as Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>>::Length as Number>::VALUE,
        width: <<Const<W> as Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>>::Length as Number>::VALUE,
        out_height: H,
        out_width: W,
        rows: <<Const<H> as Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>>::Strides as Number>::VALUE,
        pitch: <<Const<W> as Widen<KERNEL, STRIDE, PADDING, OUTPUT_PADDING>>::Strides as Number>::VALUE,
    };
}

impl<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    const OUTPUT_PADDING: usize,
    T: Scalar,
    const BIAS: usize,
> ConvTranspose2d<IN, OUT, KERNEL, STRIDE, PADDING, OUTPUT_PADDING, T, BIAS>
{
    /// The convolution that goes back.
    const fn plan(geometry: Geometry) -> Plan {
        Plan { geometry, groups: 1, inputs: OUT, outputs: IN }
    }

    fn forward_by<X: Tensor<Scalar = T>, Y: Tensor<Scalar = T>>(
        &self,
        geometry: Geometry,
        input: &[X],
        spread: &mut [T],
        output: &mut [Y],
    ) {
        for (input, output) in input.iter().zip(output) {
            geometry.fill_spread(flat(input), spread);
            Self::plan(geometry).backward::<KERNEL, T>(flat(&self.weight), Some(&self.bias), spread, flat_mut(output));
        }
    }

    /// With room for one spread input.
    #[inline(never)]
    fn forward_spread<S, X: Tensor<Scalar = T>, Y: Tensor<Scalar = T>>(
        &self,
        geometry: Geometry,
        input: &[X],
        output: &mut [Y],
    ) where
        S: Tensor<Scalar = T>,
    {
        lend::<S, 1>(|spread| self.forward_by(geometry, input, S::flat_mut(spread), output));
    }
}

impl<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    const OUTPUT_PADDING: usize,
    T: Scalar,
    const W: usize,
    const H: usize,
    const BIAS: usize,
> Layer<[[[T; W]; H]; IN]> for ConvTranspose2d<IN, OUT, KERNEL, STRIDE, PADDING, OUTPUT_PADDING, T, BIAS>
where
    Self: Widens<[[[T; W]; H]; IN]>,
{
    type Output = <Self as Widens<[[[T; W]; H]; IN]>>::Output;
    type Tape<B: Batch> = (
        B::One<<Self as Widens<[[[T; W]; H]; IN]>>::Source>,
        (B::One<<Self as Widens<[[[T; W]; H]; IN]>>::Spread>, B::One<[[[[T; OUT]; KERNEL]; KERNEL]; IN]>),
    );
    const MULTIPLY_ADDS: usize = IN * H * W * KERNEL * KERNEL * OUT
        + checked(BIAS == 0 || BIAS == OUT, "BIAS of `ConvTranspose2d` must be OUT, or 0 for none");
    const SCRATCH: usize = size_of::<<Self as Widens<[[[T; W]; H]; IN]>>::Spread>();
    const CALLS: usize = CALLS;

    fn forward(&self, input: &[[[[T; W]; H]; IN]], output: &mut [Self::Output]) {
        self.forward_spread::<<Self as Widens<[[[T; W]; H]; IN]>>::Spread, _, _>(Self::GEOMETRY, input, output);
    }

    fn forward_train<B: Batch>(
        &self,
        input: &[[[[T; W]; H]; IN]],
        output: &mut [Self::Output],
        (_, (spread, _)): &mut Self::Tape<B>,
        _: &mut impl Rng,
    ) {
        self.forward_by(Self::GEOMETRY, input, flat_mut(spread.as_mut()), output);
    }

    fn backward<B: Batch>(
        &self,
        input: &[[[[T; W]; H]; IN]],
        _: &[Self::Output],
        (room, (spread, transposed)): &mut Self::Tape<B>,
        output_gradient: &mut [Self::Output],
        mut input_gradient: Option<&mut [[[[T; W]; H]; IN]]>,
        gradient: &mut Self,
    ) {
        let plan = Self::plan(Self::GEOMETRY);
        let (room, spread) = (flat_mut(room.as_mut()), flat_mut(spread.as_mut()));
        let transposed = flat_mut(transposed.as_mut());
        if input_gradient.is_some() {
            Plan::transpose(flat(&self.weight), plan.places(), OUT, transposed);
        }
        let strides = Strides { channel: 1, place: OUT, plane: plan.places() * OUT };
        for (sample, (input, output_gradient)) in input.iter().zip(output_gradient).enumerate() {
            let output_gradient = flat(output_gradient);
            plan.geometry.fill_spread(flat(input), spread);
            let by_weight = flat_mut(&mut gradient.weight);
            plan.products::<KERNEL, T>(output_gradient, room, spread, strides, by_weight, &mut []);
            for (sum, plane) in gradient.bias.iter_mut().zip(in_rows(output_gradient, Self::GEOMETRY.area())) {
                for g in plane {
                    *sum += *g;
                }
            }
            if let Some(input_gradient) = input_gradient.as_mut().and_then(|samples| samples.get_mut(sample)) {
                plan.forward::<KERNEL, T>(transposed, None, output_gradient, room, flat_mut(input_gradient));
            }
        }
    }
}
