//! The categorical cross-entropy on probabilities.

use crate::error::Error;
use crate::losses::{CATEGORICAL, Loss, PROBABILITY_FLOOR, by_row, check_shares};
use crate::network::{Scalar, Tensor};

/// The categorical cross-entropy `-Σᵢ tᵢ ln(qᵢ)` over the innermost dimension, of probabilities `p`
/// as [`Softmax`](crate::activations::Softmax) gives them and a target `t` of the same shape, one-hot or any
/// distribution (Goodfellow, Bengio, Courville, "Deep Learning", section 6.2.2). Where a sample has
/// several rows it is their mean.
///
/// As in Keras, `qᵢ` is `pᵢ / Σⱼ pⱼ`, clipped to `[1e-7, 1 - 1e-7]`. The derivative is
/// `(Σᵢ tᵢ - tⱼ / qⱼ) / Σᵢ pᵢ`, where a class whose `q` is outside of that range counts as if its
/// `t` were 0. So a network that is sure and wrong gets no gradient from this loss: prefer
/// [`CategoricalCrossEntropyLogits`](crate::losses::CategoricalCrossEntropyLogits) on a network without the
/// softmax.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 3];
/// let loss = CategoricalCrossEntropy.sample(&[0.25, 0.5, 0.25_f64], &[0.0, 1.0, 0.0], Some(&mut gradient));
/// assert!((loss - 2.0_f64.ln()).abs() < 1e-15);
/// assert_eq!(gradient, [1.0, -1.0, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CategoricalCrossEntropy;

impl<Y: Tensor> Loss<Y, Y> for CategoricalCrossEntropy {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        by_row(output, target, gradient, |y, t, scale, g| row(y, t, scale, g))
    }

    fn check(&self, target: &Y) -> Result<(), Error> {
        check_shares(target, "a target of the categorical cross-entropy")
    }

    fn check_outputs(&self, outputs: &[Y]) -> Result<(), Error> {
        CATEGORICAL.rows(outputs)
    }
}

/// One row: its loss, and its derivative times a scale.
pub(super) fn row<T: Scalar>(
    output: &[T],
    target: impl Iterator<Item = T> + Clone,
    scale: T,
    gradient: Option<&mut [T]>,
) -> T {
    let low = T::from_f64(PROBABILITY_FLOOR);
    let high = T::from_f64(1.0 - PROBABILITY_FLOOR);
    let mut total = T::ZERO;
    for p in output {
        total += *p;
    }
    let mut loss = T::ZERO;
    let mut weight = T::ZERO;
    for (p, t) in output.iter().zip(target.clone()) {
        // Most targets are 0: their logarithms are not needed.
        if t != T::ZERO {
            let q = *p / total;
            loss -= t * q.maximum(low).minimum(high).ln();
            weight += if q < low || q > high { T::ZERO } else { t };
        }
    }
    if let Some(gradient) = gradient {
        let scale = scale / total;
        for ((g, p), t) in gradient.iter_mut().zip(output).zip(target) {
            let q = *p / total;
            *g = scale * if q < low || q > high { weight } else { weight - t / q };
        }
    }
    loss
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope, close};

    // ln 2 and ln 4.
    const LN_2: f64 = core::f64::consts::LN_2;
    const LN_4: f64 = 2.0 * LN_2;

    #[test]
    fn one_hot_by_hand() {
        let (loss, gradient) = at(&CategoricalCrossEntropy, [0.25, 0.5, 0.25], [1.0, 0.0, 0.0]);
        close(loss, LN_4, 1e-15);
        close(gradient, [1.0 - 4.0, 1.0, 1.0], 1e-15);
    }

    #[test]
    fn probabilities_are_normalised() {
        // Twice the numbers above: the same loss, half the derivative.
        let (loss, gradient) = at(&CategoricalCrossEntropy, [0.5, 1.0, 0.5], [1.0, 0.0, 0.0]);
        close(loss, LN_4, 1e-15);
        close(gradient, [-1.5, 0.5, 0.5], 1e-15);
    }

    #[test]
    fn any_distribution_and_several_rows() {
        // 0.5 ln 4 + 0.25 ln 2 with weights that sum to 0.75, then a one-hot row of ln 2.
        let output = [[0.25, 0.5, 0.25], [0.25, 0.25, 0.5]];
        let target = [[0.5, 0.25, 0.0], [0.0, 0.0, 1.0]];
        let (loss, gradient) = at(&CategoricalCrossEntropy, output, target);
        close(loss, (0.5 * LN_4 + 0.25 * LN_2 + LN_2) / 2.0, 1e-15);
        let rows = [[0.75 - 2.0, 0.75 - 0.5, 0.75], [1.0, 1.0, 1.0 - 2.0]];
        close(gradient, rows.map(|row| row.map(|g| g / 2.0)), 1e-15);
    }

    #[test]
    fn slope() {
        let target = [[0.0, 1.0, 0.0], [0.3, 0.2, 0.4]];
        check_slope(&CategoricalCrossEntropy, [[0.2, 0.3, 0.4], [0.6, 0.9, 0.5]], target);
    }

    #[test]
    fn clipped_outside() {
        // -ln(1e-7), and no gradient.
        let (loss, gradient) = at(&CategoricalCrossEntropy, [0.99e-7, 1.0], [1.0, 0.0]);
        close(loss, 16.118_095_650_958_32, 1e-12);
        assert_eq!(gradient, [0.0; 2]);
        // -ln(1 - 1e-7), and no gradient.
        let (loss, gradient) = at(&CategoricalCrossEntropy, [1.0, 0.0], [1.0, 0.0]);
        close(loss, 1.000_000_05e-7, 1e-12);
        assert_eq!(gradient, [0.0; 2]);
        // One class of two is clipped: it counts as if its target were 0, for the other as well.
        let (loss, gradient) = at(&CategoricalCrossEntropy, [0.0, 0.5, 0.5], [0.5, 0.5, 0.0]);
        close(loss, 0.5 * 16.118_095_650_958_32 + 0.5 * LN_2, 1e-12);
        close(gradient, [0.5, -0.5, 0.5], 1e-15);
    }

    #[test]
    fn not_clipped_just_inside() {
        let (loss, gradient) = at(&CategoricalCrossEntropy, [1.01e-7, 1.0 - 1.01e-7], [1.0, 0.0]);
        close(loss, -(1.01e-7_f64.ln()), 1e-12);
        close(gradient.map(|g| g / 1e7), [(1.0 - 1.0 / 1.01e-7) / 1e7, 1e-7], 1e-9);
        let (_, gradient) = at(&CategoricalCrossEntropy, [1.0 - 1.01e-7, 1.01e-7], [1.0, 0.0]);
        // 1 - 1 / (1 - 1.01e-7) = -1.01e-7, to a few roundings of 1.
        close(gradient, [-1.01e-7, 1.0], 1e-13);
    }

    #[test]
    fn not_clipped_at_the_ends() {
        let (low, high) = (1e-7, 1.0 - 1e-7);
        assert_eq!(low + high, 1.0);
        let (_, gradient) = at(&CategoricalCrossEntropy, [low, high], [1.0, 0.0]);
        // 1 - 1 / 1e-7, to a few roundings of 1e7.
        close(gradient, [1.0 - 1e7, 1.0], 1e-8);
        let (_, gradient) = at(&CategoricalCrossEntropy, [high, low], [1.0, 0.0]);
        // 1 - 1 / (1 - 1e-7) = -1e-7, to a few roundings of 1.
        close(gradient, [-1.000_000_1e-7, 1.0], 1e-15);
    }

    #[test]
    fn single_precision_and_not_a_number() {
        let (loss, gradient) = at(&CategoricalCrossEntropy, [1e4_f32, 1e4], [0.0, 1.0]);
        assert_eq!((loss, gradient), (core::f32::consts::LN_2, [5e-5, -5e-5]));
        let (loss, gradient) = at(&CategoricalCrossEntropy, [0.0_f32, 1.0], [1.0, 0.0]);
        assert!((16.1..16.2).contains(&loss));
        assert_eq!(gradient, [0.0; 2]);
        for output in [[f32::NAN, 0.5], [0.5, f32::NAN], [0.0, 0.0]] {
            let (loss, gradient) = at(&CategoricalCrossEntropy, output, [1.0, 0.0]);
            assert!(loss.is_nan() && gradient[0].is_nan() && gradient[1].is_nan());
        }
    }

    #[test]
    fn targets_are_checked() {
        assert_eq!(CategoricalCrossEntropy.check(&[0.0_f32, 0.5, 1.0]), Ok(()));
        for bad in [-0.5, f64::NAN, f64::INFINITY] {
            let error = CategoricalCrossEntropy.check(&[0.5, bad]).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("a target of the categorical cross-entropy is {bad}, but must be finite and not negative")
            );
        }
    }
}
