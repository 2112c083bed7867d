//! The Poisson loss.

use crate::error::Error;
use crate::losses::{Loss, PROBABILITY_FLOOR, by_scalar, check_shares};
use crate::network::{Scalar, Tensor};

/// The Poisson loss `y - t ln(y + 1e-7)` of a rate `y >= 0`, as [`Softplus`](crate::activations::Softplus) gives
/// it, and a count `t >= 0`: the negative logarithm of the count's probability, less what does not
/// depend on `y`. It is averaged over the `n` scalars of a sample (Keras' `Poisson`). Its derivative
/// is `(1 - t / (y + 1e-7)) / n`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = 0.0;
/// let loss = Poisson.sample(&1.0_f64, &3.0, Some(&mut gradient));
/// assert!((loss - 1.0).abs() < 1e-6 && (gradient + 2.0).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Poisson;

impl<Y: Tensor> Loss<Y, Y> for Poisson {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        let floor = Y::Scalar::from_f64(PROBABILITY_FLOOR);
        let value = |y: Y::Scalar, t: Y::Scalar| y - t * (y + floor).ln();
        by_scalar(output, target, gradient, value, |y, t| Y::Scalar::ONE - t / (y + floor))
    }

    fn check(&self, target: &Y) -> Result<(), Error> {
        check_shares(target, "a target of the Poisson loss")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope, close};

    #[test]
    fn by_hand() {
        // y + 1e-7 is 1, 2 and 1e-7.
        let (loss, gradient) = at(&Poisson, [1.0 - 1e-7, 2.0 - 1e-7, 0.0], [3.0, 1.0, 2.0]);
        let sum = 1.0 - 1e-7 + 2.0 - 1e-7 - core::f64::consts::LN_2 + 2.0 * 16.118_095_650_958_32;
        close(loss, sum / 3.0, 1e-12);
        // To a few roundings of 2e7.
        close(gradient, [-2.0 / 3.0, 0.5 / 3.0, (1.0 - 2e7) / 3.0], 1e-8);
    }

    #[test]
    fn slope() {
        check_slope(&Poisson, [[0.9, 0.4], [0.6, 5.0]], [[1.0, 0.0], [3.0, 7.0]]);
    }

    #[test]
    fn far_out_and_not_a_number() {
        assert_eq!(at(&Poisson, 1e4_f32, 0.0), (1e4, 1.0));
        assert!(at(&Poisson, -1.0_f32, 1.0).0.is_nan());
        let (loss, gradient) = at(&Poisson, f32::NAN, 1.0);
        assert!(loss.is_nan() && gradient.is_nan());
    }

    #[test]
    fn counts_are_not_negative() {
        assert_eq!(Poisson.check(&[0.0_f32, 2.5]), Ok(()));
        for bad in [-1.0, f32::INFINITY, f32::NAN] {
            assert!(Poisson.check(&[0.0, bad]).is_err());
        }
    }
}
