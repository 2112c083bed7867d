//! The binary cross-entropy on logits.

use crate::error::Error;
use crate::losses::{Loss, by_scalar, check_probabilities};
use crate::network::scalar::sigmoid;
use crate::network::{Scalar, Tensor, Zero};

/// The binary cross-entropy of a logit `x`, which stands for the probability `s(x) = 1 / (1 + exp(-x))`,
/// and a target `t` in `[0, 1]`, averaged over the `n` scalars of a sample, with derivative
/// `(s(x) - t) / n`.
///
/// It is [`BinaryCrossEntropy`](crate::losses::BinaryCrossEntropy) after [`Sigmoid`](crate::activations::Sigmoid) in
/// one formula, `max(x, 0) - x t + ln(1 + exp(-|x|))`, that needs no clipping and keeps its gradient
/// everywhere (it is TensorFlow's `sigmoid_cross_entropy_with_logits` and PyTorch's
/// `BCEWithLogitsLoss`).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 2];
/// let loss = BinaryCrossEntropyLogits.sample(&[0.0_f32, 1e4], &[1.0, 0.0], Some(&mut gradient));
/// assert_eq!(loss, (core::f32::consts::LN_2 + 1e4) / 2.0);
/// assert_eq!(gradient, [-0.25, 0.5]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BinaryCrossEntropyLogits;

impl<Y: Tensor> Loss<Y, Y> for BinaryCrossEntropyLogits {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        let value = |x: Y::Scalar, t: Y::Scalar| x.maximum(Y::Scalar::ZERO) - x * t + (-x.abs()).exp().ln_1p();
        by_scalar(output, target, gradient, value, |x, t| sigmoid(x) - t)
    }

    fn takes_logits(&self) -> bool {
        true
    }

    fn check(&self, target: &Y) -> Result<(), Error> {
        check_probabilities(target, "a target of the binary cross-entropy")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope, close};

    #[test]
    fn known_points() {
        // mpmath, 60 digits.
        let (loss, gradient) = at(&BinaryCrossEntropyLogits, [2.0, -1.0, 0.5], [1.0, 1.0, 0.25]);
        let sum = 0.126_928_011_042_972_5 + 1.313_261_687_518_222_8 + 0.849_076_984_180_106_7;
        close(loss, sum / 3.0, 1e-15);
        let slopes = [-0.119_202_922_022_117_56, -0.731_058_578_630_004_9, 0.372_459_331_201_854_56];
        close(gradient, slopes.map(|g| g / 3.0), 1e-15);
    }

    #[test]
    fn slope() {
        check_slope(&BinaryCrossEntropyLogits, [[2.0, -1.0], [0.0, -4.0]], [[1.0, 0.0], [0.3, 0.9]]);
    }

    #[test]
    fn stable_far_out() {
        let logit = |x: f32, t: f32| at(&BinaryCrossEntropyLogits, x, t);
        assert_eq!(logit(1e4, 1.0), (0.0, 0.0));
        assert_eq!(logit(1e4, 0.0), (1e4, 1.0));
        assert_eq!(logit(-1e4, 0.0), (0.0, 0.0));
        assert_eq!(logit(-1e4, 1.0), (1e4, -1.0));
        // A loss far below 1 keeps its digits: ln(1 + exp(-20)).
        assert_eq!(logit(20.0, 1.0).0, 2.061_153_6e-9);
        assert!(logit(f32::NAN, 1.0).0.is_nan() && logit(f32::NAN, 1.0).1.is_nan());
    }

    #[test]
    fn targets_are_checked() {
        assert_eq!(BinaryCrossEntropyLogits.check(&[0.0_f32, 0.5, 1.0]), Ok(()));
        for bad in [2.0, -0.5, f64::NAN, f64::INFINITY] {
            let error = BinaryCrossEntropyLogits.check(&[0.5, bad]).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("a target of the binary cross-entropy is {bad}, but must be in [0, 1]")
            );
        }
    }
}
