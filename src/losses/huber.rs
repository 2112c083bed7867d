//! The Huber loss.

use crate::error::Error;
use crate::losses::{Loss, by_scalar};
use crate::network::{Scalar, Tensor};

/// The Huber loss: squared for small differences, absolute for large ones, so that outliers count
/// less (Huber 1964, "Robust estimation of a location parameter").
///
/// With `e = y - t` it is the mean over the `n` scalars of a sample of `e² / 2` where `|e| <= d`
/// and `d |e| - d² / 2` elsewhere, as in Keras; its derivative is `e / n`, held within `± d / n`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 2];
/// let loss = Huber::default().sample(&[0.5, 3.0], &[0.0, 0.0], Some(&mut gradient));
/// assert_eq!(loss, (0.125 + 2.5) / 2.0);
/// assert_eq!(gradient, [0.25, 0.5]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    /// The difference `d` from which on the loss is linear. Default 1.
    pub delta: f64,
}

impl Default for Huber {
    fn default() -> Self {
        Self { delta: 1.0 }
    }
}

impl<Y: Tensor> Loss<Y, Y> for Huber {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        let delta = Y::Scalar::from_f64(self.delta);
        let half = Y::Scalar::from_f64(0.5);
        let value = |y: Y::Scalar, t: Y::Scalar| {
            let e = (y - t).abs();
            // Up to delta this is e² / 2, beyond it delta e - delta² / 2.
            let kept = e.minimum(delta);
            kept * (e - half * kept)
        };
        by_scalar(output, target, gradient, value, |y, t| (y - t).minimum(delta).maximum(-delta))
    }

    fn check(&self, _: &Y) -> Result<(), Error> {
        let holds = self.delta.is_finite() && self.delta > 0.0;
        Error::check("the delta of the Huber loss", self.delta, "finite and greater than 0", holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope, close};

    #[test]
    fn by_hand() {
        // Differences 0.5, -0.5, 1, -1, 3, -3.
        let (loss, gradient) = at(&Huber::default(), [0.5, -0.5, 1.0, -1.0, 3.0, -3.0], [0.0; 6]);
        close(loss, (0.125 + 0.125 + 0.5 + 0.5 + 2.5 + 2.5) / 6.0, 1e-15);
        close(gradient, [0.5, -0.5, 1.0, -1.0, 1.0, -1.0].map(|g| g / 6.0), 1e-15);
        // With delta 2: 1² / 2 and 2 · 5 - 2.
        assert_eq!(at(&Huber { delta: 2.0 }, [2.0, 8.0], [1.0, 3.0]), (4.25, [0.5, 1.0]));
        assert_eq!(at(&Huber { delta: 0.5 }, 1.0, 4.0), (0.5 * 3.0 - 0.125, -0.5));
    }

    #[test]
    fn slope() {
        check_slope(&Huber { delta: 0.75 }, [0.5, -0.5, 1.0, -1.0, 3.0, -3.0], [0.1, 0.2, 0.3, -0.4, 0.5, -0.6]);
    }

    #[test]
    fn far_out_and_not_a_number() {
        assert_eq!(at(&Huber::default(), [1e4_f32, -1e4], [-1e4, 1e4]), (2e4 - 0.5, [0.5, -0.5]));
        let (loss, gradient) = at(&Huber::default(), [f32::NAN, 1.0], [0.0, 0.0]);
        assert!(loss.is_nan() && gradient[0].is_nan() && gradient[1] == 0.5);
    }

    #[test]
    fn delta_is_checked() {
        let check = |delta| Loss::<f32>::check(&Huber { delta }, &0.0);
        assert_eq!(check(1e-9), Ok(()));
        for delta in [0.0, -1.0, f64::INFINITY] {
            let name = "the delta of the Huber loss";
            let expected = "finite and greater than 0";
            assert_eq!(check(delta), Err(Error::Setting { name, value: delta, expected }));
        }
        assert!(check(f64::NAN).is_err());
    }
}
