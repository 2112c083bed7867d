//! The logarithm of the softmax.

use bytemuck::AnyBitPattern;

use crate::activations::softmax::{below, largest};
use crate::activations::{rows, rows_mut};
use crate::network::{Batch, Layer, Scalar, Tensor, Zero};

/// The logarithm of the softmax, `yᵢ = xᵢ - ln Σⱼ exp(xⱼ)`, over the innermost dimension.
///
/// The largest `x` of the row is subtracted first, so that nothing overflows; and the logarithm
/// is taken of `1 + (the others)`, so that it keeps its digits where one entry is far above
/// (Blanchard, Higham, Higham 2019, <https://arxiv.org/abs/1909.03469>).
///
/// Backward, with `g` the derivative by `y`: `dxᵢ = gᵢ - exp(yᵢ) Σⱼ gⱼ`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 2]; 2];
/// LogSoftmax.forward(&[[0.0, 0.0], [-1e4, 1e4]], &mut output);
/// assert_eq!(output, [[-core::f32::consts::LN_2; 2], [-2e4, 0.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct LogSoftmax;

crate::no_parameters!(LogSoftmax);

/// The logarithms of the probabilities of one row.
///
/// What is subtracted from each number is kept in two parts, because the sum of a large and a
/// small one would lose the small one's digits.
#[derive(Clone, Copy)]
pub(crate) struct LogProbability<T> {
    largest: T,
    log_sum: T,
}

impl<T: Scalar> LogProbability<T> {
    #[inline]
    pub(crate) fn of(row: &[T]) -> Self {
        let largest = largest(row);
        // exp(0) of one largest is the 1 in `ln_1p`.
        let mut one = false;
        let mut others = T::ZERO;
        for x in row {
            if !one && *x == largest {
                one = true;
            } else {
                others += below(*x, largest).exp();
            }
        }
        Self { largest, log_sum: others.ln_1p() }
    }

    #[inline(always)]
    pub(crate) fn at(self, x: T) -> T {
        below(x, self.largest) - self.log_sum
    }
}

impl<X: Tensor> Layer<X> for LogSoftmax {
    type Output = X;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[X], output: &mut [X]) {
        for (x, y) in rows(input).zip(rows_mut(output)) {
            let log = LogProbability::of(x);
            for (y, x) in y.iter_mut().zip(x) {
                *y = log.at(*x);
            }
        }
    }

    fn backward<B: Batch>(
        &self,
        _: &[X],
        output: &[X],
        (): &mut (),
        output_gradient: &mut [X],
        input_gradient: Option<&mut [X]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        for ((y, g), dx) in rows(output).zip(rows(output_gradient)).zip(rows_mut(input_gradient)) {
            let mut sum = X::Scalar::ZERO;
            for g in g {
                sum += *g;
            }
            for ((y, g), dx) in y.iter().zip(g).zip(dx) {
                *dx = *g - y.exp() * sum;
            }
        }
    }
}

crate::network::stream::streams_alone!(LogSoftmax: X, [X: Tensor]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::check_rows;

    #[test]
    fn known_rows() {
        // mpmath, 60 digits.
        let mut output = [[[0.0; 3]; 2]; 1];
        LogSoftmax.forward(&[[[1.0, 2.0, 3.0], [0.5, -1.0, 0.5]]], &mut output);
        let expected = [
            [-2.407_605_964_444_38, -1.407_605_964_444_380_3, -0.407_605_964_444_380_3],
            [-0.798_916_184_841_725_7, -2.298_916_184_841_725_7, -0.798_916_184_841_725_7],
        ];
        for (y, e) in output.as_flattened().as_flattened().iter().zip(expected.as_flattened()) {
            // Four roundings of a number below 4.
            assert!((y - e).abs() < 16.0 * f64::EPSILON, "{y}, not {e}");
        }
    }

    #[test]
    fn derivative() {
        check_rows(&LogSoftmax);
    }

    #[test]
    fn stable_far_out() {
        let mut output = [[9.0_f32; 2]; 4];
        LogSoftmax.forward(&[[1e4, -1e4], [-1e4, -1e4], [0.0, 20.0], [f32::MAX, f32::MAX]], &mut output);
        let ln_half = -core::f32::consts::LN_2;
        // -ln(1 + exp(-20)) = -2.0611536e-9 is not lost beside the 20.
        assert_eq!(output, [[0.0, -2e4], [ln_half; 2], [-20.0, -2.061_153_6e-9], [ln_half; 2]]);
    }

    #[test]
    fn infinities_and_not_a_number() {
        let infinity = f32::INFINITY;
        let mut output = [[9.0_f32; 2]; 4];
        LogSoftmax.forward(&[[infinity, 1.0], [-infinity, 1.0], [f32::NAN, 1.0], [1.0, f32::NAN]], &mut output);
        assert_eq!(output[..2], [[0.0, -infinity], [-infinity, 0.0]]);
        assert!(output[2..].as_flattened().iter().all(|y| y.is_nan()));

        // The derivative there is finite.
        let mut gradient = [[9.0_f32; 2]; 2];
        let (input, mut output_gradient) = ([[0.0; 2]; 2], [[1.0, 2.0], [3.0, 5.0]]);
        LogSoftmax.backward::<crate::network::Inline<2>>(
            &input,
            &[output[0], output[1]],
            &mut (),
            &mut output_gradient,
            Some(&mut gradient),
            &mut (),
        );
        assert_eq!(gradient, [[-2.0, 2.0], [3.0, -3.0]]);
    }

    #[test]
    fn a_scalar_and_an_empty_row() {
        let mut output = [9.0_f32; 2];
        LogSoftmax.forward(&[3.0, -7.0], &mut output);
        assert_eq!(output, [0.0, 0.0]);
        LogSoftmax.forward(&[[0.0_f32; 0]; 2], &mut [[0.0; 0]; 2]);
    }
}
