//! Convolution over images.

use core::ops::Add;

use bytemuck::AnyBitPattern;
use rand::Rng;
use typenum::{Add1, B1};

use super::{CALLS, Plan, Slides, flat, flat_mut, geometry, room_for, weight_and_bias};
use crate::kernel::convolution::Geometry;
use crate::network::dim::{Array, Const, Divides, Fits, Group, Number, Of, Size, Window};
use crate::network::settings::checked;
use crate::network::{Batch, Layer, Scalar, Tensor};

/// Convolution over images: from `[[[T; W]; H]; IN]` to `[[[T; W']; H']; OUT]`, with
/// `W' = (W + 2 PADDING - DILATION (KERNEL - 1) - 1) / STRIDE + 1`, rounded down.
///
/// `y[o][r][c] = bias[o] + Σ weight[i][k][l][o] x[i][r STRIDE + k DILATION - PADDING][c STRIDE + l DILATION - PADDING]`
///
/// over the channels `i` and the rows `k` and columns `l` of the window; places outside of the image are zero. As in
/// every framework this is the cross-correlation: the window is not mirrored. With `GROUPS`, both the input and the
/// output channels are split, and each output sees the inputs of its own group only.
///
/// Backward, with `g` the derivative by `y`: `dweight[i][k][l][o] += Σ g[o][r][c] x[i][..][..]`, `dbias[o] += Σ g[o]`,
/// and `dx` is `g` convolved with the mirrored window (Dumoulin, Visin 2016, <https://arxiv.org/abs/1603.07285>).
///
/// | | image | weight | padding |
/// | --- | --- | --- | --- |
/// | typenet | channels, height, width | `[IN / GROUPS][KERNEL][KERNEL][OUT]` | `PADDING` at both ends |
/// | PyTorch | the same | `[OUT][IN / GROUPS][KERNEL][KERNEL]` | the same |
/// | Keras | height, width, channels | `[KERNEL][KERNEL][IN / GROUPS][OUT]` | `"same"` is `PADDING = (KERNEL - 1) / 2` for an odd kernel and stride 1; elsewhere it is not symmetric: [`Pad`](crate::layers::Pad) first |
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
    const BIAS: usize = OUT,
> where
    Const<IN>: Group<GROUPS>,
{
    /// `weight[i][k][l][o]` is what row `k` and column `l` of the window in channel `i` of a group give to output `o`.
    pub weight: <Const<IN> as Group<GROUPS>>::Array<[[[T; OUT]; KERNEL]; KERNEL]>,
    /// What is added to each output; empty in a [`Conv2dNoBias`].
    pub bias: [T; BIAS],
}

/// [`Conv2d`] without a bias: PyTorch's `bias=False`, Keras' `use_bias=False`.
pub type Conv2dNoBias<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const STRIDE: usize = 1,
    const PADDING: usize = 0,
    const DILATION: usize = 1,
    const GROUPS: usize = 1,
    T = f32,
> = Conv2d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T, 0>;

weight_and_bias!(
    Conv2d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T, BIAS> {
        weight: [IN / GROUPS, KERNEL, KERNEL; OUT],
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
    const BIAS: usize,
> Splits for Conv2d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T, BIAS>
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
    const BIAS: usize,
> Slides<[[[T; W]; H]; IN]> for Conv2d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T, BIAS>
where
    Const<IN>: Group<GROUPS>,
    Const<W>: Window<KERNEL, STRIDE, PADDING, DILATION> + Fits<KERNEL, STRIDE, PADDING, DILATION>,
    Const<H>: Window<KERNEL, STRIDE, PADDING, DILATION> + Fits<KERNEL, STRIDE, PADDING, DILATION>,
    Const<OUT>: Size,
    Of<OUT>: Add<B1>,
    Add1<Of<OUT>>: Number,
{
    type Output = [Array<
        <Const<H> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Length,
        Array<<Const<W> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Length, T>,
    >; OUT];
    type Source = [[[Array<
        <Const<H> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Strides,
        Array<<Const<W> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Strides, T>,
    >; STRIDE]; STRIDE]; IN];
    type Spread = Array<
        Add1<Of<OUT>>,
        Array<
            <Const<H> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Strides,
            Array<<Const<W> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Strides, T>,
        >,
    >;
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
    const BIAS: usize,
> Conv2d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T, BIAS>
where
    Const<IN>: Group<GROUPS>,
{
    const fn plan(geometry: Geometry) -> Plan {
        Plan { geometry, groups: GROUPS, inputs: IN / GROUPS, outputs: OUT / GROUPS }
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
    const BIAS: usize,
> Layer<[[[T; W]; H]; IN]> for Conv2d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T, BIAS>
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
    const MULTIPLY_ADDS: usize = <Self::Output as Tensor>::LEN * (IN / GROUPS) * KERNEL * KERNEL
        + checked(BIAS == 0 || BIAS == OUT, "BIAS of `Conv2d` must be OUT, or 0 for none");
    const SCRATCH: usize = room_for::<<Self as Slides<[[[T; W]; H]; IN]>>::Source>(Self::GEOMETRY);
    const CALLS: usize = CALLS;

    #[inline]
    fn forward(&self, input: &[[[[T; W]; H]; IN]], output: &mut [Self::Output]) {
        let (plan, parameters) = (Self::plan(Self::GEOMETRY), (flat(&self.weight), self.bias.as_slice()));
        if Self::GEOMETRY.is_direct() {
            plan.forward_batch::<KERNEL, _, _>(parameters, input, &mut [], output);
        } else {
            plan.forward_padded::<KERNEL, <Self as Slides<[[[T; W]; H]; IN]>>::Source, _, _>(parameters, input, output);
        }
    }

    #[inline]
    fn forward_train<B: Batch>(
        &self,
        input: &[[[[T; W]; H]; IN]],
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
        input: &[[[[T; W]; H]; IN]],
        _: &[Self::Output],
        (room, (spread, transposed)): &mut Self::Tape<B>,
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [[[[T; W]; H]; IN]]>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::init::uniform;
    use crate::network::{Zero, seeded};

    /// Two groups of two channels each, which become three each, on images of 4 x 5, padded by 1.
    #[test]
    fn groups_see_their_own_channels() {
        type Layer23 = Conv2d<4, 6, 3, 1, 1, 1, 2, f64>;
        let mut layer = Layer23::ZERO;
        let mut input = [[[[0.0; 5]; 4]; 4]; 1];
        let rng = &mut seeded(4);
        let weight = Tensor::flat_mut(core::slice::from_mut(&mut layer.weight));
        weight.iter_mut().chain(Tensor::flat_mut(&mut input)).for_each(|x| *x = uniform(rng) - 0.5);
        let weight = weight.to_vec();
        layer.bias = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
        let mut output = [[[[f64::NAN; 5]; 4]; 6]; 1];
        layer.forward(&input, &mut output);
        for (o, plane) in output[0].iter().enumerate() {
            for (y, x) in (0..4_usize).flat_map(|y| (0..5_usize).map(move |x| (y, x))) {
                let mut expected = layer.bias[o];
                for (i, k, l) in (0..18).map(|at| (at / 9, at / 3 % 3, at % 3)) {
                    // Of the padding there is nothing.
                    let row = (y + k).checked_sub(1).and_then(|row| input[0][o / 3 * 2 + i].get(row));
                    let pixel = row.and_then(|row| row.get((x + l).checked_sub(1)?));
                    expected += pixel.unwrap_or(&0.0) * weight[(i * 9 + k * 3 + l) * 6 + o];
                }
                // 19 roundings of numbers below 5.
                assert!((plane[y][x] - expected).abs() < 1e-14, "output {o} at {y}, {x}");
            }
        }
    }
}
