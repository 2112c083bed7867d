//! The focal loss.

use crate::error::Error;
use crate::losses::{Loss, by_scalar, check_targets};
use crate::network::scalar::{sigmoid, softplus};
use crate::network::{Scalar, Tensor, Zero};

/// The focal loss of a logit `x` and a target `t` of 0 or 1: the binary cross-entropy, with samples
/// that are already right counting less (Lin and others 2017, <https://arxiv.org/abs/1708.02002>). It is
/// averaged over the `n` scalars of a sample.
///
/// With `s(x) = 1 / (1 + exp(-x))` and `z = x` for a target of 1, `z = -x` for one of 0, it is
/// `a (1 - s(z))^focus x -ln s(z)`, where `a` is `balance` for a target of 1 and `1 - balance` for one
/// of 0, or 1 without balance. The derivative by `z` is
/// `-a (1 - s(z))^focus ((1 - s(z)) - focus s(z) ln s(z))`.
///
/// Keras' `BinaryFocalCrossentropy(from_logits=True)` clips, this does not.
///
/// ```
/// use typenet::prelude::*;
///
/// let loss: f64 = FocalLogits::default().sample(&0.0, &1.0, None);
/// assert!((loss - 0.25 * core::f64::consts::LN_2).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FocalLogits {
    /// How much less right samples count; 0 is the binary cross-entropy. Default 2.
    pub focus: f64,
    /// The weight of a target of 1, in [0, 1]; one of 0 has the rest. Default none.
    pub balance: Option<f64>,
}

impl Default for FocalLogits {
    fn default() -> Self {
        Self { focus: 2.0, balance: None }
    }
}

impl<Y: Tensor> Loss<Y, Y> for FocalLogits {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        let focus = Y::Scalar::from_f64(self.focus);
        let weights = self.balance.map_or([1.0; 2], |balance| [1.0 - balance, balance]).map(Y::Scalar::from_f64);
        // The weight, z, -ln s(z) and (1 - s(z))^focus, whose logarithm is -focus ln(1 + exp(z)).
        let parts = |x: Y::Scalar, t: Y::Scalar| {
            let [zero, one] = weights;
            let (weight, z) = if t == Y::Scalar::ZERO { (zero, -x) } else { (one, x) };
            (weight, z, softplus(-z), (-focus * softplus(z)).exp())
        };
        let value = |x: Y::Scalar, t: Y::Scalar| {
            let (weight, _, surprise, power) = parts(x, t);
            // Where both are at their ends: 0 x infinity is 0.
            if power == Y::Scalar::ZERO { Y::Scalar::from_f64(0.0) } else { weight * power * surprise }
        };
        let derivative = |x: Y::Scalar, t: Y::Scalar| {
            let (weight, z, surprise, power) = parts(x, t);
            let sign = if t == Y::Scalar::ZERO { -Y::Scalar::ONE } else { Y::Scalar::ONE };
            // s(z) falls faster than its logarithm grows.
            let right = sigmoid(z);
            let drop = if right == Y::Scalar::ZERO { Y::Scalar::from_f64(0.0) } else { right * surprise };
            -sign * weight * power * (sigmoid(-z) + focus * drop)
        };
        by_scalar(output, target, gradient, value, derivative)
    }

    fn takes_logits(&self) -> bool {
        true
    }

    fn check(&self, target: &Y) -> Result<(), Error> {
        let holds = self.focus.is_finite() && self.focus >= 0.0;
        Error::check("the focus of the focal loss", self.focus, "finite and not negative", holds)?;
        if let Some(balance) = self.balance {
            Error::check("the balance of the focal loss", balance, "in [0, 1]", (0.0..=1.0).contains(&balance))?;
        }
        check_targets(target, "a target of the focal loss", "0 or 1", |t| t == 0.0 || t == 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::BinaryCrossEntropyLogits;
    use crate::losses::checks::{at, check_slope, close};

    const LN_2: f64 = core::f64::consts::LN_2;

    #[test]
    fn by_hand() {
        // s(0) = 1/2. By z: -(1/2)^2 (1/2 + 2 x 1/2 x ln 2).
        let (loss, gradient) = at(&FocalLogits::default(), [0.0, 0.0], [1.0, 0.0]);
        close(loss, 0.25 * LN_2, 1e-15);
        let slope = 0.25 * (0.5 + LN_2) / 2.0;
        close(gradient, [-slope, slope], 1e-15);
        // s(ln 3) = 3/4: (1/4)^1 x -ln(3/4), weighted by 0.25 for a target of 1 and 0.75 for one of 0.
        let loss = FocalLogits { focus: 1.0, balance: Some(0.25) };
        let x = 3.0_f64.ln();
        close(at(&loss, x, 1.0).0, 0.25 * 0.25 * -(0.75_f64.ln()), 1e-15);
        close(at(&loss, -x, 0.0).0, 0.75 * 0.25 * -(0.75_f64.ln()), 1e-15);
    }

    #[test]
    fn without_focus_it_is_the_binary_cross_entropy() {
        let none = FocalLogits { focus: 0.0, balance: None };
        let (output, target) = ([2.0, -1.0, 0.5], [1.0, 1.0, 0.0]);
        let (loss, gradient) = at(&none, output, target);
        let (expected, slope) = at(&BinaryCrossEntropyLogits, output, target);
        close(loss, expected, 1e-15);
        close(gradient, slope, 1e-15);
    }

    #[test]
    fn slope() {
        let (output, target) = ([[2.0, -1.0], [0.5, -3.0]], [[1.0, 1.0], [0.0, 0.0]]);
        check_slope(&FocalLogits::default(), output, target);
        check_slope(&FocalLogits { focus: 0.7, balance: Some(0.3) }, output, target);
    }

    #[test]
    fn far_out_and_not_a_number() {
        assert_eq!(at(&FocalLogits::default(), [1e4_f32, -1e4], [1.0, 0.0]), (0.0, [0.0; 2]));
        assert_eq!(at(&FocalLogits::default(), [-1e4_f32, 1e4], [1.0, 0.0]), (1e4, [-0.5, 0.5]));
        let (loss, gradient) = at(&FocalLogits::default(), f32::NAN, 1.0);
        assert!(loss.is_nan() && gradient.is_nan());
    }

    #[test]
    fn settings_and_targets_are_checked() {
        let good = FocalLogits::default();
        assert_eq!(good.check(&[0.0_f32, 1.0]), Ok(()));
        assert!(good.check(&[0.5_f32, 1.0]).is_err());
        assert!(good.check(&f32::NAN).is_err());
        assert!(FocalLogits { focus: -1.0, ..good }.check(&1.0_f32).is_err());
        assert!(FocalLogits { focus: f64::NAN, ..good }.check(&1.0_f32).is_err());
        for balance in [-0.1, 1.1, f64::NAN] {
            assert!(FocalLogits { balance: Some(balance), ..good }.check(&1.0_f32).is_err());
        }
        assert_eq!(FocalLogits { balance: Some(1.0), ..good }.check(&1.0_f32), Ok(()));
    }
}
