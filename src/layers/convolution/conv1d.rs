//! Convolution over sequences.

use bytemuck::AnyBitPattern;

use super::sequence::{CALLS, Sequence, Windows};
use super::{Slides, Splits, flat, flat_mut, weight_and_bias};
use crate::kernel::convolution::Geometry;
use crate::network::dim::{Array, Const, Divides, Fits, Group, Number, Of, Size, Window};
use crate::network::scratch::lend;
use crate::network::settings::checked;
use crate::network::{Batch, Layer, Scalar, Tensor};

/// Convolution over sequences: from `[[T; IN]; STEPS]` to `[[T; OUT]; STEPS']`, with
/// `STEPS' = (STEPS + 2 PADDING - DILATION (KERNEL - 1) - 1) / STRIDE + 1`, rounded down.
///
/// `y[t][o] = bias[o] + Σ weight[k][i][o] x[t STRIDE + k DILATION - PADDING][i]`
///
/// over the places `k` of the window and the features `i`; steps beyond the ends are zero. With `GROUPS`, both features
/// and outputs are split, and each output sees the features of its own group only.
///
/// Backward, with `g` the derivative by `y`: `dweight[k][i][o] += Σ g[t][o] x[..][i]`, `dbias[o] += Σ g[t][o]`,
/// `dx[..][i] = Σ weight[k][i][o] g[t][o]`.
///
/// The layout is Keras', features last and the weight `[KERNEL][IN / GROUPS][OUT]`. PyTorch has `[IN][STEPS]` and
/// `[OUT][IN / GROUPS][KERNEL]`. Keras' `padding="causal"` is [`CausalConv1d`](crate::layers::CausalConv1d).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = Conv1d::<1, 1, 2>::ZERO;
/// layer.weight = [[[-1.0]], [[1.0]]];
/// let mut output = [[[0.0]; 2]; 1];
/// layer.forward(&[[[1.0], [3.0], [6.0]]], &mut output);
/// assert_eq!(output, [[[2.0], [3.0]]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Conv1d<
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
    /// `weight[k][i][o]` is what place `k` of the window in feature `i` of a group gives to output `o`.
    pub weight: [<Const<IN> as Group<GROUPS>>::Array<[T; OUT]>; KERNEL],
    /// What is added to each output; empty in a [`Conv1dNoBias`].
    pub bias: [T; BIAS],
}

/// [`Conv1d`] without a bias: PyTorch's `bias=False`, Keras' `use_bias=False`.
pub type Conv1dNoBias<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const STRIDE: usize = 1,
    const PADDING: usize = 0,
    const DILATION: usize = 1,
    const GROUPS: usize = 1,
    T = f32,
> = Conv1d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T, 0>;

weight_and_bias!(
    Conv1d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T, BIAS> {
        weight: [KERNEL, IN / GROUPS; OUT],
        fan: IN / GROUPS * KERNEL => OUT / GROUPS * KERNEL
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
> Splits for Conv1d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T, BIAS>
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
    const STEPS: usize,
    const BIAS: usize,
> Slides<[[T; IN]; STEPS]> for Conv1d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T, BIAS>
where
    Const<IN>: Group<GROUPS>,
    Const<STEPS>: Window<KERNEL, STRIDE, PADDING, DILATION> + Fits<KERNEL, STRIDE, PADDING, DILATION>,
{
    type Output = Array<<Const<STEPS> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Length, [T; OUT]>;
    type Source = T;
    type Spread = T;
    const GEOMETRY: Geometry = Geometry::of_sequence(
        KERNEL,
        STRIDE,
        PADDING,
        DILATION,
        STEPS,
        <<Const<STEPS> as Window<KERNEL, STRIDE, PADDING, DILATION>>::Length as Number>::VALUE,
    );
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
> Conv1d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T, BIAS>
where
    Const<IN>: Group<GROUPS>,
{
    const fn sequence(steps: usize) -> Sequence {
        Sequence {
            kernel: KERNEL,
            stride: STRIDE,
            before: PADDING,
            dilation: DILATION,
            steps,
            inputs: IN,
            outputs: OUT,
            groups: GROUPS,
        }
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
    const STEPS: usize,
    const BIAS: usize,
> Layer<[[T; IN]; STEPS]> for Conv1d<IN, OUT, KERNEL, STRIDE, PADDING, DILATION, GROUPS, T, BIAS>
where
    Const<IN>: Group<GROUPS>,
    Self: Splits + Slides<[[T; IN]; STEPS]>,
{
    type Output = <Self as Slides<[[T; IN]; STEPS]>>::Output;
    type Tape<B: Batch> = ();
    const MULTIPLY_ADDS: usize = <Self::Output as Tensor>::LEN * (IN / GROUPS) * KERNEL
        + checked(BIAS == 0 || BIAS == OUT, "BIAS of `Conv1d` must be OUT, or 0 for none");
    const SCRATCH: usize = size_of::<Windows<KERNEL, IN, T>>();
    const CALLS: usize = CALLS;

    fn forward(&self, input: &[[[T; IN]; STEPS]], output: &mut [Self::Output]) {
        lend::<Windows<KERNEL, IN, T>, 1>(|room| {
            for (input, output) in input.iter().zip(output) {
                let (parameters, room) = ((flat(&self.weight), self.bias.as_slice()), Tensor::flat_mut(room));
                Self::sequence(STEPS).forward(parameters, flat(input), room, flat_mut(output));
            }
        });
    }

    fn backward<B: Batch>(
        &self,
        input: &[[[T; IN]; STEPS]],
        _: &[Self::Output],
        (): &mut (),
        output_gradient: &mut [Self::Output],
        mut input_gradient: Option<&mut [[[T; IN]; STEPS]]>,
        gradient: &mut Self,
    ) {
        lend::<Windows<KERNEL, IN, T>, 1>(|room| {
            for (sample, (input, output_gradient)) in input.iter().zip(output_gradient).enumerate() {
                let input_gradient = input_gradient.as_mut().and_then(|samples| samples.get_mut(sample));
                Self::sequence(STEPS).backward(
                    flat(&self.weight),
                    (flat(input), flat(output_gradient)),
                    Tensor::flat_mut(room),
                    input_gradient.map(flat_mut),
                    (flat_mut(&mut gradient.weight), &mut gradient.bias),
                );
            }
        });
    }
}
