//! The binary cross-entropy on probabilities.

use crate::error::Error;
use crate::losses::{Loss, OnProbabilities, PROBABILITY_FLOOR, by_scalar, check_probabilities};
use crate::network::{Scalar, Tensor};

/// The binary cross-entropy `-(t ln(p) + (1 - t) ln(1 - p))` of a probability `p`, as
/// [`Sigmoid`](crate::activations::Sigmoid) gives it, and a target `t` in `[0, 1]`, averaged over the `n`
/// scalars of a sample (Goodfellow, Bengio, Courville, "Deep Learning", section 6.2.2).
///
/// As in Keras, `p` is first clipped to `[1e-7, 1 - 1e-7]`; the derivative is
/// `(p - t) / (p (1 - p)) / n` and 0 outside of that range. So a network that is sure and wrong by
/// that much gets no gradient from this loss: prefer
/// [`BinaryCrossEntropyLogits`](crate::losses::BinaryCrossEntropyLogits) on a network without the sigmoid.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 1];
/// let loss = BinaryCrossEntropy.sample(&[0.25_f64], &[1.0], Some(&mut gradient));
/// assert!((loss - 4.0_f64.ln()).abs() < 1e-15);
/// assert_eq!(gradient, [-4.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BinaryCrossEntropy;

impl<Y: Tensor> Loss<Y, Y> for BinaryCrossEntropy {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        let one = Y::Scalar::ONE;
        let low = Y::Scalar::from_f64(PROBABILITY_FLOOR);
        let high = Y::Scalar::from_f64(1.0 - PROBABILITY_FLOOR);
        let value = |p: Y::Scalar, t: Y::Scalar| {
            let p = p.maximum(low).minimum(high);
            -(t * p.ln() + (one - t) * (-p).ln_1p())
        };
        let derivative = |p: Y::Scalar, t: Y::Scalar| {
            if p < low || p > high { Y::Scalar::from_f64(0.0) } else { (p - t) / (p * (one - p)) }
        };
        by_scalar(output, target, gradient, value, derivative)
    }

    fn check(&self, target: &Y) -> Result<(), Error> {
        check_probabilities(target, "a target of the binary cross-entropy")
    }

    fn check_outputs(&self, outputs: &[Y]) -> Result<(), Error> {
        let remedy = "end the network with `Sigmoid`, or use `BinaryCrossEntropyLogits`";
        OnProbabilities { loss: "the binary cross-entropy", remedy }.each(Y::flat(outputs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope, close};

    #[test]
    fn by_hand() {
        // -ln(0.9), -ln(0.8), and -(0.3 ln(0.6) + 0.7 ln(0.4)), from mpmath.
        let (loss, gradient) = at(&BinaryCrossEntropy, [0.9, 0.2, 0.6], [1.0, 0.0, 0.3]);
        let sum = 0.105_360_515_657_826_3 + 0.223_143_551_314_209_76 + 0.794_651_199_441_705_8;
        close(loss, sum / 3.0, 1e-15);
        // -1 / 0.9, 1 / 0.8, 0.3 / 0.24.
        close(gradient, [-1.0 / 0.9 / 3.0, 1.25 / 3.0, 1.25 / 3.0], 1e-15);
    }

    #[test]
    fn slope() {
        check_slope(&BinaryCrossEntropy, [[0.9, 0.2], [0.6, 0.45]], [[1.0, 0.0], [0.3, 0.9]]);
    }

    #[test]
    fn clipped_outside() {
        // -ln(1e-7) for what is surely wrong, -ln(1 - 1e-7) for what is surely right.
        let (wrong, right) = (16.118_095_650_958_32, 1.000_000_05e-7);
        for p in [0.0, -1e4, 0.99e-7] {
            let (loss, gradient) = at(&BinaryCrossEntropy, p, 1.0);
            close(loss, wrong, 1e-12);
            assert_eq!(gradient, 0.0);
            close(at(&BinaryCrossEntropy, p, 0.0).0, right, 1e-12);
        }
        for p in [1.0, 1e4, 1.0 - 0.99e-7] {
            let (loss, gradient) = at(&BinaryCrossEntropy, p, 0.0);
            // 1 - 1e-7 is rounded: its distance from 1 is known to 1e-9 only.
            close(loss, wrong, 1e-8);
            assert_eq!(gradient, 0.0);
            close(at(&BinaryCrossEntropy, p, 1.0).0, right, 1e-12);
        }
    }

    #[test]
    fn not_clipped_just_inside() {
        // The derivative at the ends themselves is that of the inside.
        for (p, slope) in [(1e-7, -1e7), (1.01e-7, -1.0 / 1.01e-7), (1.0 - 1.01e-7, -1.0 / (1.0 - 1.01e-7))] {
            close(at(&BinaryCrossEntropy, p, 1.0).1 / slope, 1.0, 1e-12);
        }
        close(at(&BinaryCrossEntropy, 1.0 - 1e-7, 0.0).1 / 1e7, 1.0, 1e-8);
    }

    #[test]
    fn finite_in_single_precision() {
        let (loss, gradient) = at(&BinaryCrossEntropy, [0.0_f32, 1.0, 1e4, -1e4], [1.0, 0.0, 0.0, 1.0]);
        assert!((15.9..16.2).contains(&loss), "{loss}");
        assert_eq!(gradient, [0.0; 4]);
        let (loss, gradient) = at(&BinaryCrossEntropy, f32::NAN, 1.0);
        assert!(loss.is_nan() && gradient.is_nan());
    }

    #[test]
    fn targets_are_checked() {
        assert_eq!(BinaryCrossEntropy.check(&[0.0_f32, 0.5, 1.0]), Ok(()));
        for bad in [2.0, -0.5, f64::NAN, f64::INFINITY] {
            let error = BinaryCrossEntropy.check(&[0.5, bad]).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("a target of the binary cross-entropy is {bad}, but must be in [0, 1]")
            );
        }
    }
}
