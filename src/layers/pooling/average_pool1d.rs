//! Average pooling over sequences.

use bytemuck::AnyBitPattern;

use super::{Open, covered, slides, step};
use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::layers::convolution::Slides;
use crate::network::dim::{Const, Window};
use crate::network::{Batch, Layer, Scalar, Stream, Tensor};

/// Average pooling over the steps of a sequence, for each feature alone: from `[[T; FEATURES]; STEPS]` to
/// `[[T; FEATURES]; STEPS']` with `STEPS' = (STEPS + 2 PADDING - KERNEL) / STRIDE + 1`, rounded down. The stride is the
/// kernel if it is not given.
///
/// `y[t][f] = Σ x[t STRIDE + k - PADDING][f] / n` over the window. With `COUNT_PADDING` (the default, as in PyTorch),
/// steps beyond the ends are zeros and `n` is `KERNEL`. Without it they do not take part, and `n` is the number of
/// steps (Keras' `padding="same"`).
///
/// A [`Stream`] without `PADDING`: after each whole window there is an output. It keeps `KERNEL / STRIDE` sums of each
/// feature, rounded up. With a `STRIDE` of 1 it is a moving average.
///
/// Backward: `dx` of each step is the sum of `g / n` over the windows that cover it.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[[0.0; 1]; 2]; 1];
/// AveragePool1d::<2>.forward(&[[[1.0], [2.0], [3.0], [5.0]]], &mut output);
/// assert_eq!(output, [[[1.5], [4.0]]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct AveragePool1d<
    const KERNEL: usize,
    const STRIDE: usize = KERNEL,
    const PADDING: usize = 0,
    const COUNT_PADDING: bool = true,
>;

crate::no_parameters!(
    AveragePool1d<KERNEL, STRIDE, PADDING, COUNT_PADDING>,
    const KERNEL: usize, const STRIDE: usize, const PADDING: usize, const COUNT_PADDING: bool
);
slides!(
    1,
    AveragePool1d<KERNEL, STRIDE, PADDING, COUNT_PADDING>,
    [const KERNEL: usize, const STRIDE: usize, const PADDING: usize, const COUNT_PADDING: bool]
);

impl<
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    const COUNT_PADDING: bool,
    T: Scalar,
    const FEATURES: usize,
    const STEPS: usize,
> Layer<[[T; FEATURES]; STEPS]> for AveragePool1d<KERNEL, STRIDE, PADDING, COUNT_PADDING>
where
    Self: Slides<[[T; FEATURES]; STEPS]>,
{
    type Output = <Self as Slides<[[T; FEATURES]; STEPS]>>::Output;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[[T; FEATURES]; STEPS]], output: &mut [Self::Output]) {
        let outputs = in_rows_mut(Self::Output::flat_mut(output), Self::Output::LEN);
        for (input, output) in input.iter().zip(outputs) {
            for (window, output) in in_rows_mut(output, FEATURES).enumerate() {
                let steps = input.get(covered(&Self::GEOMETRY, window, STEPS)).unwrap_or_default();
                let share = share::<T>(steps.len(), KERNEL, COUNT_PADDING);
                output.fill(T::ZERO);
                for step in steps {
                    for (y, x) in output.iter_mut().zip(step) {
                        *y += *x;
                    }
                }
                for y in output {
                    *y *= share;
                }
            }
        }
    }

    fn backward<B: Batch>(
        &self,
        _: &[[[T; FEATURES]; STEPS]],
        _: &[Self::Output],
        (): &mut (),
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [[[T; FEATURES]; STEPS]]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let gradients = in_rows(Self::Output::flat(output_gradient), Self::Output::LEN);
        for (input_gradient, gradient) in input_gradient.iter_mut().zip(gradients) {
            *input_gradient = [[T::ZERO; FEATURES]; STEPS];
            for (window, gradient) in in_rows(gradient, FEATURES).enumerate() {
                let steps = covered(&Self::GEOMETRY, window, STEPS);
                let steps = input_gradient.get_mut(steps).unwrap_or_default();
                let share = share::<T>(steps.len(), KERNEL, COUNT_PADDING);
                for step in steps {
                    for (dx, g) in step.iter_mut().zip(gradient) {
                        *dx += *g * share;
                    }
                }
            }
        }
    }
}

impl<const KERNEL: usize, const STRIDE: usize, const COUNT_PADDING: bool, T: Scalar, const FEATURES: usize>
    Stream<[T; FEATURES]> for AveragePool1d<KERNEL, STRIDE, 0, COUNT_PADDING>
where
    Const<KERNEL>: Window<1, STRIDE, 0, 1>,
{
    type Output = Option<[T; FEATURES]>;
    type State = Open<T, FEATURES, KERNEL, STRIDE>;

    #[inline]
    fn step(&self, state: &mut Self::State, input: &[T; FEATURES]) -> Self::Output {
        let sum = step::<T, FEATURES, KERNEL, STRIDE>(state, input, T::ZERO, |sum, x| sum + x)?;
        let share = share::<T>(KERNEL, KERNEL, COUNT_PADDING);
        Some(sum.map(|y| y * share))
    }
}

/// What one step of a window counts.
fn share<T: Scalar>(covered: usize, kernel: usize, count_padding: bool) -> T {
    let steps = if count_padding { kernel } else { covered };
    T::ONE / T::from_f64(steps.max(1) as f64)
}
