//! Convolution over images.

use bytemuck::AnyBitPattern;

use super::{Plan, Slides, flat, flat_mut, geometry, weight_and_bias};
use crate::batch::Batch;
use crate::dim::{Array, Const, Divides, Element, Group, Of, Size, Window};
use crate::kernel::convolution::{Geometry, Strides};
use crate::layer::Layer;
use crate::scalar::Scalar;
use crate::tensor::Tensor;

/// Convolution over images: from `[[[T; W]; H]; IN]` to `[[[T; W']; H']; OUT]`, with
/// `W' = (W + 2 PADDING - DILATION (KERNEL - 1) - 1) / STRIDE + 1`, rounded down.
///
/// `y[o][r][c] = bias[o] + Σ weight[i][k][l][o] x[i][r STRIDE + k DILATION - PADDING][c STRIDE + l DILATION - PADDING]`
///
/// over the channels `i` and the rows `k` and columns `l` of the window; places outside of the image are zero. As in
/// every framework this is the cross-correlation: the window is not mirrored. With `GROUPS`, both the input and the
/// output channels are split, and each output sees the inputs of its own group only.
///
/// Backward, with `g` the derivative by `y`: `dweight[i][k][l][o] += Σ g[o][r][c] x[i][..][..]`, `dbias[o] += Σ g[o]`, and
/// `dx` is `g` convolved with the mirrored window (Dumoulin, Visin 2016, <https://arxiv.org/abs/1603.07285>).
///
/// | | image | weight | padding |
/// | --- | --- | --- | --- |
/// | typenet | channels, height, width | `[IN / GROUPS][KERNEL][KERNEL][OUT]` | `PADDING` at both ends |
/// | PyTorch | the same | `[OUT][IN / GROUPS][KERNEL][KERNEL]` | the same |
/// | Keras | height, width, channels | `[KERNEL][KERNEL][IN / GROUPS][OUT]` | `"same"` is `PADDING = (KERNEL - 1) / 2` for an odd kernel and stride 1; elsewhere it is not symmetric: [`Pad`](crate::Pad) first |
///
/// ```
/// use typenet::prelude::*;
///
/// // The horizontal difference of neighbours.
/// let mut layer = Conv2d::<1, 1, 2>::ZERO;
/// layer.weight[0] = [[[-1.0], [1.0]], [[0.0], [0.0]]];
/// let mut output = [[[[0.0; 2]; 1]; 1]; 1];
/// layer.forward(&[[[[1.0, 3.0, 6.0], [0.0; 3]]]], &mut output);
/// assert_eq!(output, [[[[2.0, 3.0]]]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Conv2d<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const STRIDE: usize = 1,
    const PADDING: usize = 0,
    const DILATION: usize = 1,
    const GROUPS: usize = 1,
    T: Scalar = f32,
> where
    Const<IN>: Group<GROUPS>,
{
    /// `weight[i][k][l][o]` is what row `k` and column `l` of the window in channel `i` of a group give to output `o`.
    pub weight: <Const<IN> as Group<GROUPS>>::Array<[[[T; OUT]; KERNEL]; KERNEL]>,
    /// What is added to each output.
    pub bias: [T; OUT],
}

weight_and_bias!(
    Conv2d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T> {
        weight: [IN / GROUPS, KERNEL, KERNEL, OUT],
        bias: [OUT],
        fan: IN / GROUPS * KERNEL * KERNEL => OUT / GROUPS * KERNEL * KERNEL
    },
    [
        const IN: usize,
        const OUT: usize,
        const KERNEL: usize,
        const STRIDE: usize,
        const PADDING: usize,
        const DILATION: usize,
        const GROUPS: usize,
        T: Scalar
    ],
    where Const<IN>: Group<GROUPS>
);

/// Holds for channels that can be split.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot split its channels into groups",
    note = "GROUPS must divide IN and OUT"
)]
pub trait Splits {}

#[diagnostic::do_not_recommend]
impl<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    const DILATION: usize,
    const GROUPS: usize,
    T: Scalar,
> Splits for Conv2d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T>
where
    Const<IN>: Group<GROUPS> + Size,
    Const<OUT>: Size,
    Const<GROUPS>: Size,
    Of<GROUPS>: Divides<Of<IN>> + Divides<Of<OUT>>,
{
}

#[diagnostic::do_not_recommend]
impl<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    const DILATION: usize,
    const GROUPS: usize,
    T: Scalar,
    const W: usize,
    const H: usize,
    OutW: crate::dim::Number,
    OutH: crate::dim::Number,
    Pitch: crate::dim::Number,
    Rows: crate::dim::Number,
    Planes: crate::dim::Number,
> Slides<[[[T; W]; H]; IN]> for Conv2d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T>
where
    Const<IN>: Group<GROUPS>,
    Const<W>: Window<KERNEL, STRIDE, PADDING, DILATION, Length = OutW, Strides = Pitch>,
    Const<H>: Window<KERNEL, STRIDE, PADDING, DILATION, Length = OutH, Strides = Rows>,
    Const<OUT>: Size,
    Of<OUT>: core::ops::Add<typenum::B1, Output = Planes>,
{
    type Output = [Array<OutH, Array<OutW, T>>; OUT];
    type Source = [[[Array<Rows, Array<Pitch, T>>; STRIDE]; STRIDE]; IN];
    type Spread = Array<Planes, Array<Rows, Array<Pitch, T>>>;
    const GEOMETRY: Geometry = geometry::<W, H, KERNEL, STRIDE, PADDING, DILATION>();
}

impl<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    const DILATION: usize,
    const GROUPS: usize,
    T: Scalar,
> Conv2d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T>
where
    Const<IN>: Group<GROUPS>,
{
    const fn plan(geometry: Geometry) -> Plan {
        Plan { geometry, groups: GROUPS, inputs: IN / GROUPS, outputs: OUT / GROUPS }
    }

    /// Images that are their own source: no room is needed.
    #[inline]
    fn forward_by<X: Tensor<Scalar = T>, Y: Tensor<Scalar = T>>(
        &self,
        geometry: Geometry,
        input: &[X],
        room: &mut [T],
        output: &mut [Y],
    ) {
        for (input, output) in input.iter().zip(output) {
            let bias = Some(self.bias.as_slice());
            let output = flat_mut(output);
            Self::plan(geometry).forward::<KERNEL, T>(flat(&self.weight), bias, flat(input), room, output);
        }
    }

    /// Images with room for their padding on the stack.
    #[inline(never)]
    fn forward_padded<R: Element + Tensor<Scalar = T>, X: Tensor<Scalar = T>, Y: Tensor<Scalar = T>>(
        &self,
        geometry: Geometry,
        input: &[X],
        output: &mut [Y],
    ) {
        self.forward_by(geometry, input, flat_mut(&mut R::ZERO), output);
    }
}

impl<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    const DILATION: usize,
    const GROUPS: usize,
    T: Scalar,
    const W: usize,
    const H: usize,
> Layer<[[[T; W]; H]; IN]> for Conv2d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T>
where
    Const<IN>: Group<GROUPS>,
    Self: Splits + Slides<[[[T; W]; H]; IN]>,
{
    type Output = <Self as Slides<[[[T; W]; H]; IN]>>::Output;
    type Tape<B: Batch> = (
        B::One<<Self as Slides<[[[T; W]; H]; IN]>>::Source>,
        (
            B::One<<Self as Slides<[[[T; W]; H]; IN]>>::Spread>,
            B::One<<Const<IN> as Group<GROUPS>>::Array<[[[T; OUT]; KERNEL]; KERNEL]>>,
        ),
    );
    const MULTIPLY_ADDS: usize =
        <Self::Output as Tensor>::LEN * (IN / GROUPS) * KERNEL * KERNEL;

    #[inline]
    fn forward(&self, input: &[[[[T; W]; H]; IN]], output: &mut [Self::Output]) {
        if Self::GEOMETRY.is_direct() {
            self.forward_by(Self::GEOMETRY, input, &mut [], output);
        } else {
            self.forward_padded::<<Self as Slides<[[[T; W]; H]; IN]>>::Source, _, _>(Self::GEOMETRY, input, output);
        }
    }

    #[inline]
    fn forward_train<B: Batch>(
        &self,
        input: &[[[[T; W]; H]; IN]],
        output: &mut [Self::Output],
        (room, _): &mut Self::Tape<B>,
        _: &mut impl rand::Rng,
    ) {
        self.forward_by(Self::GEOMETRY, input, flat_mut(room.as_mut()), output);
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
        let strides = Strides { channel: plan.places() * OUT, place: OUT, plane: 1 };
        for (sample, (input, output_gradient)) in input.iter().zip(output_gradient).enumerate() {
            plan.geometry.fill_spread(flat(output_gradient), spread);
            let (by_weight, by_bias) = (flat_mut(&mut gradient.weight), gradient.bias.as_mut_slice());
            plan.products::<KERNEL, T>(flat(input), room, spread, strides, by_weight, by_bias);
            if let Some(input_gradient) = input_gradient.as_mut().and_then(|samples| samples.get_mut(sample)) {
                plan.backward::<KERNEL, T>(transposed, None, spread, flat_mut(input_gradient));
            }
        }
    }
}
