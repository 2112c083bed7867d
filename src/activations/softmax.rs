//! The softmax.

use bytemuck::AnyBitPattern;

use crate::activations::{rows, rows_mut};
use crate::network::{Batch, Layer, Scalar, Tensor, Zero};

/// The softmax `yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)` over the innermost dimension: each row becomes
/// probabilities that sum to 1 (Bridle 1990, "Probabilistic interpretation of feedforward
/// classification network outputs").
///
/// The largest `x` of the row is subtracted first, so that nothing overflows. Entries of minus
/// infinity get probability 0; where the largest is infinite, its occurrences share alike.
///
/// Backward, with `g` the derivative by `y`: `dxᵢ = yᵢ (gᵢ - Σⱼ gⱼ yⱼ)`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 2]; 2];
/// Softmax.forward(&[[0.0, 0.0], [-1e4, 1e4]], &mut output);
/// assert_eq!(output, [[0.5, 0.5], [0.0, 1.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Softmax;

crate::no_parameters!(Softmax);

/// The largest of a row; not-a-number where there is one in it.
#[inline]
pub(crate) fn largest<T: Scalar>(row: &[T]) -> T {
    row.iter().copied().reduce(T::maximum).unwrap_or(T::ZERO)
}

/// `x - largest`, and 0 for the largest itself even if it is infinite.
#[inline]
pub(crate) fn below<T: Scalar>(x: T, largest: T) -> T {
    if x == largest { T::ZERO } else { x - largest }
}

impl<X: Tensor> Layer<X> for Softmax {
    type Output = X;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[X], output: &mut [X]) {
        for (x, y) in rows(input).zip(rows_mut(output)) {
            let largest = largest(x);
            let mut sum = X::Scalar::ZERO;
            for (y, x) in y.iter_mut().zip(x) {
                *y = below(*x, largest).exp();
                sum += *y;
            }
            for y in y {
                *y /= sum;
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
            let mut mean = X::Scalar::ZERO;
            for (y, g) in y.iter().zip(g) {
                mean += *g * *y;
            }
            for ((y, g), dx) in y.iter().zip(g).zip(dx) {
                *dx = *y * (*g - mean);
            }
        }
    }
}

crate::network::stream::streams_alone!(Softmax: X, [X: Tensor]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::check_rows;

    #[test]
    fn known_rows() {
        // mpmath, 60 digits.
        let mut output = [[[0.0; 3]; 2]; 1];
        Softmax.forward(&[[[1.0, 2.0, 3.0], [0.5, -1.0, 0.5]]], &mut output);
        let expected = [
            [0.090_030_573_170_380_46, 0.244_728_471_054_797_65, 0.665_240_955_774_821_9],
            [0.449_816_217_658_274_2, 0.100_367_564_683_451_68, 0.449_816_217_658_274_2],
        ];
        for (y, e) in output.as_flattened().as_flattened().iter().zip(expected.as_flattened()) {
            // Four roundings of a number below 1.
            assert!((y - e).abs() < 4.0 * f64::EPSILON, "{y}, not {e}");
        }
    }

    #[test]
    fn derivative() {
        check_rows(&Softmax);
    }

    #[test]
    fn stable_far_out() {
        let mut output = [[9.0_f32; 3]; 4];
        Softmax.forward(&[[1e4, -1e4, 0.0], [-1e4; 3], [f32::MAX, f32::MIN, 0.0], [1e4, 1e4, -1e4]], &mut output);
        assert_eq!(output, [[1.0, 0.0, 0.0], [1.0 / 3.0; 3], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]);
    }

    #[test]
    fn infinities_and_not_a_number() {
        let infinity = f32::INFINITY;
        let mut output = [[9.0_f32; 2]; 4];
        Softmax.forward(&[[infinity, 1.0], [-infinity, 1.0], [f32::NAN, 1.0], [1.0, f32::NAN]], &mut output);
        assert_eq!(output[..2], [[1.0, 0.0], [0.0, 1.0]]);
        assert!(output[2..].as_flattened().iter().all(|y| y.is_nan()));
    }

    #[test]
    fn a_scalar_and_an_empty_row() {
        let mut output = [0.0_f32; 2];
        Softmax.forward(&[3.0, -7.0], &mut output);
        assert_eq!(output, [1.0, 1.0]);
        Softmax.forward(&[[0.0_f32; 0]; 2], &mut [[0.0; 0]; 2]);
    }
}
