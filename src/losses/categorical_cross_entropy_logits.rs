//! The categorical cross-entropy on logits.

use crate::activations::LogProbability;
use crate::error::Error;
use crate::losses::{Loss, by_row, check_shares};
use crate::network::{Scalar, Tensor};

/// The categorical cross-entropy `-Σᵢ tᵢ ln(softmax(x)ᵢ)` over the innermost dimension, of logits
/// `x` and a target `t` of the same shape, one-hot or any distribution, with derivative
/// `softmax(x)ⱼ Σᵢ tᵢ - tⱼ`. Where a sample has several rows it is their mean.
///
/// It is [`CategoricalCrossEntropy`](crate::losses::CategoricalCrossEntropy) after
/// [`Softmax`](crate::activations::Softmax) in one formula that needs no clipping and keeps its gradient
/// everywhere; the logarithm is that of [`LogSoftmax`](crate::activations::LogSoftmax). A class that shall not be
/// possible has a logit such as -1e30: one of minus infinity makes the loss not-a-number, as any output that is not
/// finite does.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 2];
/// let loss = CategoricalCrossEntropyLogits.sample(&[1e4_f32, 1e4], &[0.0, 1.0], Some(&mut gradient));
/// assert_eq!(loss, core::f32::consts::LN_2);
/// assert_eq!(gradient, [0.5, -0.5]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CategoricalCrossEntropyLogits;

impl<Y: Tensor> Loss<Y, Y> for CategoricalCrossEntropyLogits {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        by_row(output, target, gradient, |y, t, scale, g| row(y, t, scale, g))
    }

    fn takes_logits(&self) -> bool {
        true
    }

    fn check(&self, target: &Y) -> Result<(), Error> {
        check_shares(target, "a target of the categorical cross-entropy")
    }
}

/// One row: its loss, and its derivative times a scale.
pub(super) fn row<T: Scalar>(
    output: &[T],
    target: impl Iterator<Item = T> + Clone,
    scale: T,
    gradient: Option<&mut [T]>,
) -> T {
    let log = LogProbability::of(output);
    let mut loss = T::ZERO;
    let mut weight = T::ZERO;
    for (x, t) in output.iter().zip(target.clone()) {
        // A class of weight 0 adds nothing.
        if t != T::ZERO {
            loss -= t * log.at(*x);
            weight += t;
        }
    }
    if let Some(gradient) = gradient {
        for ((g, x), t) in gradient.iter_mut().zip(output).zip(target) {
            *g = scale * (weight * log.at(*x).exp() - t);
        }
    }
    loss
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope, close};

    #[test]
    fn known_points() {
        // The softmax of 1, 2, 3 and its logarithm, from mpmath.
        let p = [0.090_030_573_170_380_46, 0.244_728_471_054_797_65, 0.665_240_955_774_821_9];
        let (loss, gradient) = at(&CategoricalCrossEntropyLogits, [1.0, 2.0, 3.0], [0.0, 1.0, 0.0]);
        close(loss, 1.407_605_964_444_380_3, 1e-15);
        close(gradient, [p[0], p[1] - 1.0, p[2]], 1e-15);
        // Two rows; the second with weights that sum to 0.75.
        let target = [[0.0, 0.0, 1.0], [0.5, 0.0, 0.25]];
        let (loss, gradient) = at(&CategoricalCrossEntropyLogits, [[1.0, 2.0, 3.0]; 2], target);
        let second = 0.5 * 2.407_605_964_444_38 + 0.25 * 0.407_605_964_444_380_3;
        close(loss, (0.407_605_964_444_380_3 + second) / 2.0, 1e-15);
        let rows = [[p[0], p[1], p[2] - 1.0], [0.75 * p[0] - 0.5, 0.75 * p[1], 0.75 * p[2] - 0.25]];
        close(gradient, rows.map(|row| row.map(|g| g / 2.0)), 1e-15);
    }

    #[test]
    fn slope() {
        let target = [[0.0, 1.0, 0.0], [0.3, 0.2, 0.4]];
        check_slope(&CategoricalCrossEntropyLogits, [[0.2, -1.3, 2.4], [0.6, 0.9, 0.9]], target);
    }

    #[test]
    fn stable_far_out() {
        let logits = |x: [f32; 2], t: [f32; 2]| at(&CategoricalCrossEntropyLogits, x, t);
        assert_eq!(logits([1e4, -1e4], [1.0, 0.0]), (0.0, [0.0, 0.0]));
        assert_eq!(logits([1e4, -1e4], [0.0, 1.0]), (2e4, [1.0, -1.0]));
        // ln 2 keeps its digits beside 1e4.
        assert_eq!(logits([-1e4, -1e4], [0.0, 1.0]), (core::f32::consts::LN_2, [0.5, -0.5]));
        // ln(1 + exp(-20)) keeps its digits beside 1.
        assert_eq!(logits([20.0, 0.0], [1.0, 0.0]).0, 2.061_153_6e-9);
    }

    #[test]
    fn excluded_classes_and_not_a_number() {
        let (loss, gradient) = at(&CategoricalCrossEntropyLogits, [1.0, -1e30_f32, 1.0], [1.0, 0.0, 0.0]);
        assert_eq!((loss, gradient), (core::f32::consts::LN_2, [-0.5, 0.0, 0.5]));
        let (loss, gradient) = at(&CategoricalCrossEntropyLogits, [1.0, f32::NAN], [1.0, 0.0]);
        assert!(loss.is_nan() && gradient[0].is_nan() && gradient[1].is_nan());
    }

    #[test]
    fn targets_are_checked() {
        assert_eq!(CategoricalCrossEntropyLogits.check(&[0.0_f32, 0.5, 1.0]), Ok(()));
        for bad in [-0.5, f64::NAN, f64::INFINITY] {
            let error = CategoricalCrossEntropyLogits.check(&[0.5, bad]).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("a target of the categorical cross-entropy is {bad}, but must be finite and not negative")
            );
        }
    }
}
