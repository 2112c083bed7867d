//! The hinge losses.

use crate::error::Error;
use crate::losses::{Loss, by_scalar, check_targets};
use crate::network::{Scalar, Tensor, Zero};

/// The hinge loss `max(1 - t y, 0)` of a score `y` and a target `t` of -1 or 1, averaged over the `n`
/// scalars of a sample, as in Keras (Rosasco and others 2004, "Are loss functions all the same?").
/// Its derivative is `-t / n` where `t y < 1` and 0 elsewhere.
///
/// Keras turns targets of 0 and 1 into -1 and 1; here any other target than -1 and 1 is an error.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 2];
/// let loss = Hinge.sample(&[0.5, 3.0], &[-1.0, 1.0], Some(&mut gradient));
/// assert_eq!((loss, gradient), (0.75, [0.5, 0.0]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hinge;

/// The squared hinge loss `max(1 - t y, 0)²` of a score `y` and a target `t` of -1 or 1, averaged over
/// the `n` scalars of a sample, as in Keras. Its derivative is `-2 t max(1 - t y, 0) / n`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 2];
/// let loss = SquaredHinge.sample(&[0.5, 3.0], &[-1.0, 1.0], Some(&mut gradient));
/// assert_eq!((loss, gradient), (1.125, [1.5, 0.0]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SquaredHinge;

/// `max(1 - t y, 0)`
#[inline(always)]
fn margin<T: Scalar>(y: T, t: T) -> T {
    (T::ONE - t * y).maximum(T::ZERO)
}

/// Checks that every target is -1 or 1.
fn check_signs<Y: Tensor>(target: &Y) -> Result<(), Error> {
    check_targets(target, "a target of the hinge loss", "-1 or 1", |t| t.abs() == 1.0)
}

impl<Y: Tensor> Loss<Y, Y> for Hinge {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        let derivative = |y, t: Y::Scalar| {
            let margin = margin(y, t);
            // The margin is 0 here, or not-a-number and stays it.
            if margin > Y::Scalar::ZERO { -t } else { margin }
        };
        by_scalar(output, target, gradient, margin, derivative)
    }

    fn check(&self, target: &Y) -> Result<(), Error> {
        check_signs(target)
    }
}

impl<Y: Tensor> Loss<Y, Y> for SquaredHinge {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        let value = |y, t| {
            let margin = margin(y, t);
            margin * margin
        };
        by_scalar(output, target, gradient, value, |y, t| {
            let margin = margin(y, t);
            -t * (margin + margin)
        })
    }

    fn check(&self, target: &Y) -> Result<(), Error> {
        check_signs(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope, close};

    // Margins 0.5, 1.5, 0, 3.
    const OUTPUT: [[f64; 2]; 2] = [[0.5, 0.5], [1.5, -2.0]];
    const TARGET: [[f64; 2]; 2] = [[1.0, -1.0], [1.0, 1.0]];

    #[test]
    fn by_hand() {
        assert_eq!(at(&Hinge, OUTPUT, TARGET), (1.25, [[-0.25, 0.25], [0.0, -0.25]]));
        let (loss, gradient) = at(&SquaredHinge, OUTPUT, TARGET);
        close(loss, (0.25 + 2.25 + 9.0) / 4.0, 1e-15);
        close(gradient, [[-0.25, 0.75], [0.0, -1.5]], 1e-15);
    }

    #[test]
    fn slope() {
        check_slope(&Hinge, OUTPUT, TARGET);
        check_slope(&SquaredHinge, OUTPUT, TARGET);
    }

    #[test]
    fn far_out_and_not_a_number() {
        assert_eq!(at(&Hinge, [1e4_f32, -1e4], [1.0, 1.0]), (5000.5, [0.0, -0.5]));
        assert_eq!(at(&SquaredHinge, [1e4_f32, -1.0], [1.0, 1.0]), (2.0, [0.0, -2.0]));
        let (loss, gradient) = at(&Hinge, f32::NAN, 1.0);
        assert!(loss.is_nan() && gradient.is_nan());
        let (loss, gradient) = at(&SquaredHinge, f32::NAN, 1.0);
        assert!(loss.is_nan() && gradient.is_nan());
    }

    #[test]
    fn targets_are_signs() {
        assert_eq!(Hinge.check(&[1.0_f32, -1.0]), Ok(()));
        for bad in [0.0, 0.5, -2.0] {
            let error = Error::Setting { name: "a target of the hinge loss", value: bad, expected: "-1 or 1" };
            assert_eq!(Hinge.check(&[1.0, bad]), Err(error.clone()));
            assert_eq!(SquaredHinge.check(&[bad, 1.0]), Err(error));
        }
        assert!(Hinge.check(&f32::NAN).is_err());
    }
}
