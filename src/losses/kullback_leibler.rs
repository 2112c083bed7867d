//! The Kullback-Leibler divergence.

use crate::error::Error;
use crate::losses::{Loss, OnProbabilities, PROBABILITY_FLOOR, by_row, check_shares};
use crate::network::{Scalar, Tensor, Zero};

/// The Kullback-Leibler divergence `Σᵢ tᵢ ln(tᵢ / pᵢ)` over the innermost dimension, of probabilities
/// `p` as [`Softmax`](crate::activations::Softmax) gives them from a target distribution `t` (Kullback, Leibler
/// 1951, "On information and sufficiency"). Where a sample has several rows it is their mean.
///
/// As in Keras, both are clipped to `[1e-7, 1]`; the derivative is `-tᵢ / pᵢ`, and 0 where `p` is
/// outside of that range. Probabilities are not divided by their sum.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 2];
/// let loss = KullbackLeibler.sample(&[0.25, 0.75_f64], &[0.5, 0.5], Some(&mut gradient));
/// assert!((loss - 0.5 * (4.0_f64 / 3.0).ln()).abs() < 1e-15);
/// assert_eq!(gradient, [-2.0, -2.0 / 3.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KullbackLeibler;

impl<Y: Tensor> Loss<Y, Y> for KullbackLeibler {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        let (low, high) = (Y::Scalar::from_f64(PROBABILITY_FLOOR), Y::Scalar::ONE);
        let clip = |x: Y::Scalar| x.maximum(low).minimum(high);
        by_row(output, target, gradient, |output, target, scale, gradient| {
            let mut loss = Y::Scalar::ZERO;
            for (p, t) in output.iter().zip(target.clone()) {
                let (p, t) = (clip(*p), clip(t));
                loss += t * (t / p).ln();
            }
            if let Some(gradient) = gradient {
                for ((g, p), t) in gradient.iter_mut().zip(output).zip(target) {
                    *g = if *p < low || *p > high { Y::Scalar::ZERO } else { -scale * clip(t) / *p };
                }
            }
            loss
        })
    }

    fn check(&self, target: &Y) -> Result<(), Error> {
        check_shares(target, "a target of the Kullback-Leibler divergence")
    }

    fn check_outputs(&self, outputs: &[Y]) -> Result<(), Error> {
        let remedy = "end the network with `Softmax`";
        OnProbabilities { loss: "the Kullback-Leibler divergence", remedy }.rows(outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope, close};

    #[test]
    fn by_hand() {
        // 0.5 ln(0.5 / 0.25) + 0.5 ln(0.5 / 0.75) = 0.5 ln(4 / 3); a row that is its target is 0.
        let (loss, gradient) = at(&KullbackLeibler, [[0.25, 0.75], [0.5, 0.5]], [[0.5, 0.5], [0.5, 0.5]]);
        close(loss, 0.25 * (4.0_f64 / 3.0).ln(), 1e-15);
        close(gradient, [[-1.0, -1.0 / 3.0], [-0.5, -0.5]], 1e-15);
    }

    #[test]
    fn slope() {
        check_slope(&KullbackLeibler, [[0.2, 0.3, 0.4], [0.6, 0.9, 0.5]], [[0.0, 1.0, 0.0], [0.3, 0.2, 0.5]]);
    }

    #[test]
    fn clipped_outside() {
        // A target of 0 counts as 1e-7: 1e-7 ln(1e-7 / 0.5).
        let (loss, gradient) = at(&KullbackLeibler, 0.5, 0.0);
        close(loss, 1e-7 * (2e-7_f64).ln(), 1e-18);
        close(gradient, -2e-7, 1e-18);
        // A sure and wrong output: ln(1e7), and no gradient.
        for p in [0.0, -1e4, 0.99e-7] {
            let (loss, gradient) = at(&KullbackLeibler, p, 1.0);
            close(loss, 16.118_095_650_958_32, 1e-12);
            assert_eq!(gradient, 0.0);
        }
        // The derivative at the end itself is that of the inside.
        close(at(&KullbackLeibler, 1e-7, 1.0).1 / -1e7, 1.0, 1e-12);
        assert_eq!(at(&KullbackLeibler, 1e4_f32, 1.0), (0.0, 0.0));
        assert_eq!(at(&KullbackLeibler, 1.0_f32, 1.0), (0.0, -1.0));
        let (loss, gradient) = at(&KullbackLeibler, f32::NAN, 1.0);
        assert!(loss.is_nan() && gradient.is_nan());
    }

    #[test]
    fn targets_are_checked() {
        assert_eq!(KullbackLeibler.check(&[0.0_f32, 0.5, 1.0]), Ok(()));
        for bad in [-0.5, f64::NAN, f64::INFINITY] {
            let error = KullbackLeibler.check(&[0.5, bad]).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("a target of the Kullback-Leibler divergence is {bad}, but must be finite and not negative")
            );
        }
    }
}
