//! Maximum pooling over sequences.

use bytemuck::AnyBitPattern;

use super::{Open, covered, slides, step};
use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::layers::convolution::Slides;
use crate::network::dim::{Const, Window};
use crate::network::{Batch, Layer, Scalar, Stream, Tensor};

/// Maximum pooling over the steps of a sequence, for each feature alone: from `[[T; FEATURES]; STEPS]` to
/// `[[T; FEATURES]; STEPS']` with `STEPS' = (STEPS + 2 PADDING - KERNEL) / STRIDE + 1`, rounded down.
///
/// `y[t][f] = max over k of x[t STRIDE + k - PADDING][f]`. Steps beyond the ends do not take part, so `PADDING` must be
/// less than `KERNEL`. The stride is the kernel if it is not given.
///
/// A [`Stream`] without `PADDING`: after each whole window there is an output. It keeps `KERNEL / STRIDE` maxima of each
/// feature, rounded up.
///
/// Backward: the derivative goes to the step of the maximum, where several are equal to the first of them, as in
/// PyTorch (whose sequences are `[FEATURES][STEPS]`).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[[0.0; 2]; 2]; 1];
/// MaxPool1d::<2>.forward(&[[[1.0, 9.0], [2.0, 8.0], [3.0, 7.0], [0.0, 6.0]]], &mut output);
/// assert_eq!(output, [[[2.0, 9.0], [3.0, 7.0]]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct MaxPool1d<const KERNEL: usize, const STRIDE: usize = KERNEL, const PADDING: usize = 0>;

crate::no_parameters!(
    MaxPool1d<KERNEL, STRIDE, PADDING>, const KERNEL: usize, const STRIDE: usize, const PADDING: usize
);
slides!(1, MaxPool1d<KERNEL, STRIDE, PADDING>, [const KERNEL: usize, const STRIDE: usize, const PADDING: usize]);

impl<
    const KERNEL: usize,
    const STRIDE: usize,
    const PADDING: usize,
    T: Scalar,
    const FEATURES: usize,
    const STEPS: usize,
> Layer<[[T; FEATURES]; STEPS]> for MaxPool1d<KERNEL, STRIDE, PADDING>
where
    Self: Slides<[[T; FEATURES]; STEPS]>,
{
    type Output = <Self as Slides<[[T; FEATURES]; STEPS]>>::Output;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[[T; FEATURES]; STEPS]], output: &mut [Self::Output]) {
        let outputs = in_rows_mut(Self::Output::flat_mut(output), Self::Output::LEN);
        for (input, output) in input.iter().zip(outputs) {
            for (window, output) in in_rows_mut(output, FEATURES).enumerate() {
                for (feature, y) in output.iter_mut().enumerate() {
                    let steps = input.get(covered(&Self::GEOMETRY, window, STEPS)).unwrap_or_default();
                    let values = steps.iter().filter_map(|step| step.get(feature)).copied();
                    *y = values.reduce(T::maximum).unwrap_or(T::ZERO);
                }
            }
        }
    }

    fn backward<B: Batch>(
        &self,
        input: &[[[T; FEATURES]; STEPS]],
        output: &[Self::Output],
        (): &mut (),
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [[[T; FEATURES]; STEPS]]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let outputs = in_rows(Self::Output::flat(output), Self::Output::LEN);
        let gradients = in_rows(Self::Output::flat(output_gradient), Self::Output::LEN);
        for ((input, input_gradient), (output, gradient)) in
            input.iter().zip(input_gradient).zip(outputs.zip(gradients))
        {
            *input_gradient = [[T::ZERO; FEATURES]; STEPS];
            let windows = in_rows(output, FEATURES).zip(in_rows(gradient, FEATURES));
            for (window, (output, gradient)) in windows.enumerate() {
                for (feature, (y, g)) in output.iter().zip(gradient).enumerate() {
                    let is_largest = |step: &usize| input.get(*step).and_then(|step| step.get(feature)) == Some(y);
                    let step = covered(&Self::GEOMETRY, window, STEPS).find(is_largest);
                    let features = step.and_then(|step| input_gradient.get_mut(step));
                    if let Some(dx) = features.and_then(|features| features.get_mut(feature)) {
                        *dx += *g;
                    }
                }
            }
        }
    }
}

impl<const KERNEL: usize, const STRIDE: usize, T: Scalar, const FEATURES: usize> Stream<[T; FEATURES]>
    for MaxPool1d<KERNEL, STRIDE>
where
    Const<KERNEL>: Window<1, STRIDE, 0, 1>,
{
    type Output = Option<[T; FEATURES]>;
    type State = Open<T, FEATURES, KERNEL, STRIDE>;

    #[inline]
    fn step(&self, state: &mut Self::State, input: &[T; FEATURES]) -> Self::Output {
        step::<T, FEATURES, KERNEL, STRIDE>(state, input, T::from_f64(f64::NEG_INFINITY), T::maximum)
    }
}
