//! Causal convolution over sequences.

use bytemuck::AnyBitPattern;

use super::sequence::{CALLS, Sequence, Windows};
use super::{flat, flat_mut, weight_and_bias};
use crate::kernel::rows::in_rows;
use crate::network::budget::frames;
use crate::network::dim::{Array, Const, Widen};
use crate::network::scratch::lend;
use crate::network::settings::checked;
use crate::network::{Batch, Layer, Scalar, Stream, Tensor};

/// Causal convolution over sequences: an output sees its own step and those before, never a later one. From
/// `[[T; IN]; STEPS]` to `[[T; OUT]; STEPS]`.
///
/// `y[t][o] = bias[o] + Σ weight[k][i][o] x[t - (KERNEL - 1 - k) DILATION][i]`
///
/// over the places `k` of the window and the features `i`; steps before the first are zero. The last place of the
/// window looks at the step itself. Stacked with dilations 1, 2, 4, .. the layer sees far back at little cost (van den
/// Oord et al. 2016, <https://arxiv.org/abs/1609.03499>).
///
/// Backward, with `g` the derivative by `y`: `dweight[k][i][o] += Σ g[t][o] x[..][i]`, `dbias[o] += Σ g[t][o]`,
/// `dx[..][i] = Σ weight[k][i][o] g[t][o]`.
///
/// As a [`Stream`] it keeps the last `DILATION (KERNEL - 1)` inputs, up to 4096 of them.
///
/// Keras: `Conv1D(.., padding="causal")`. PyTorch has none: pad `DILATION (KERNEL - 1)` steps at the front.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = CausalConv1d::<1, 1, 2>::ZERO;
/// layer.weight = [[[10.0]], [[1.0]]];
/// let mut output = [[[0.0]; 3]; 1];
/// layer.forward(&[[[1.0], [2.0], [3.0]]], &mut output);
/// assert_eq!(output, [[[1.0], [12.0], [23.0]]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct CausalConv1d<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const DILATION: usize = 1,
    T: Scalar = f32,
    const BIAS: usize = OUT,
> {
    /// `weight[k][i][o]` is what place `k` of the window in feature `i` gives to output `o`.
    pub weight: [[[T; OUT]; IN]; KERNEL],
    /// What is added to each output; empty in a [`CausalConv1dNoBias`].
    pub bias: [T; BIAS],
}

/// [`CausalConv1d`] without a bias: PyTorch's `bias=False`, Keras' `use_bias=False`.
pub type CausalConv1dNoBias<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const DILATION: usize = 1,
    T = f32,
> = CausalConv1d<IN, OUT, KERNEL, DILATION, T, 0>;

weight_and_bias!(
    CausalConv1d<IN, OUT, KERNEL, DILATION, T, BIAS> {
        weight: [KERNEL, IN; OUT],
        fan: IN * KERNEL => OUT * KERNEL
    },
    [const IN: usize, const OUT: usize, const KERNEL: usize, const DILATION: usize, T: Scalar]
);

impl<const IN: usize, const OUT: usize, const KERNEL: usize, const DILATION: usize, T: Scalar, const BIAS: usize>
    CausalConv1d<IN, OUT, KERNEL, DILATION, T, BIAS>
{
    const fn sequence(steps: usize) -> Sequence {
        Sequence {
            kernel: KERNEL,
            stride: 1,
            before: DILATION * KERNEL.saturating_sub(1),
            dilation: DILATION,
            steps,
            inputs: IN,
            outputs: OUT,
            groups: 1,
        }
    }
}

impl<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    const DILATION: usize,
    T: Scalar,
    const STEPS: usize,
    const BIAS: usize,
> Layer<[[T; IN]; STEPS]> for CausalConv1d<IN, OUT, KERNEL, DILATION, T, BIAS>
{
    type Output = [[T; OUT]; STEPS];
    type Tape<B: Batch> = ();
    const MULTIPLY_ADDS: usize = STEPS * OUT * IN * KERNEL
        + checked(BIAS == 0 || BIAS == OUT, "BIAS of `CausalConv1d` must be OUT, or 0 for none");
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

/// The state is a ring: the last inputs, and the place of the oldest among their numbers. Their count,
/// `DILATION (KERNEL - 1)`, is that of the places from the first window's to the last one's in a transposed convolution.
impl<const IN: usize, const OUT: usize, const KERNEL: usize, const DILATION: usize, T: Scalar, const BIAS: usize>
    Stream<[T; IN]> for CausalConv1d<IN, OUT, KERNEL, DILATION, T, BIAS>
where
    Const<KERNEL>: Widen<0, DILATION, 0, 0>,
{
    type Output = [T; OUT];
    type State = (Array<<Const<KERNEL> as Widen<0, DILATION, 0, 0>>::Length, [T; IN]>, usize);
    const STEP_BYTES: usize = size_of::<[[T; IN]; KERNEL]>() + frames(1);

    #[inline]
    fn step(&self, (past, oldest): &mut Self::State, input: &[T; IN]) -> [T; OUT] {
        let past = flat_mut(past);
        // The last place looks at the step itself.
        let mut window = [*input; KERNEL];
        let (newer, older) = past.split_at_checked(*oldest).unwrap_or_default();
        let steps =
            in_rows(older, IN).chain(in_rows(newer, IN)).step_by(const { if DILATION == 0 { 1 } else { DILATION } });
        for (place, step) in window.iter_mut().zip(steps) {
            place.iter_mut().zip(step).for_each(|(to, from)| *to = *from);
        }
        past.iter_mut().skip(*oldest).zip(input).for_each(|(to, from)| *to = *from);
        *oldest = if *oldest + IN < past.len() { *oldest + IN } else { 0 };
        let mut output = [T::ZERO; OUT];
        T::affine(flat(&window), flat(&self.weight), &self.bias, OUT, &mut output);
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Zero;

    #[test]
    fn no_step_sees_a_later_one() {
        // The sum of this step, the one two before and the one four before.
        let mut layer = CausalConv1d::<1, 1, 3, 2, f64>::ZERO;
        crate::network::Tensor::flat_mut(core::slice::from_mut(&mut layer.weight)).fill(1.0);
        let mut output = [[[f64::NAN]; 6]];
        layer.forward(&[[[1.0], [2.0], [4.0], [8.0], [16.0], [32.0]]], &mut output);
        assert_eq!(output, [[[1.0], [2.0], [5.0], [10.0], [21.0], [42.0]]]);
    }
}
