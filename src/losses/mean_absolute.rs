//! The mean absolute error.

use crate::losses::{Loss, by_scalar};
use crate::network::{Scalar, Tensor};

/// The mean absolute error `Σ |y - t| / n` over the `n` scalars of a sample, with derivative
/// `sign(y - t) / n`, which is 0 where the two are equal.
///
/// (Willmott, Matsuura 2005, <https://doi.org/10.3354/cr030079>, on what it says beside the squared error.) Keras'
/// `MeanAbsoluteError` and PyTorch's `L1Loss` are the same.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 2];
/// let loss = MeanAbsoluteError.sample(&[1.0, 3.0], &[2.0, 0.0], Some(&mut gradient));
/// assert_eq!(loss, 2.0);
/// assert_eq!(gradient, [-0.5, 0.5]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanAbsoluteError;

impl<Y: Tensor> Loss<Y, Y> for MeanAbsoluteError {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        by_scalar(output, target, gradient, |y, t| (y - t).abs(), |y, t| sign(y - t))
    }
}

/// -1, 0 or 1, or not-a-number.
#[inline(always)]
fn sign<T: Scalar>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else {
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope};

    #[test]
    fn by_hand() {
        let (loss, gradient) = at(&MeanAbsoluteError, [1.0, 3.0, -2.0, 0.5], [2.0, 0.0, -2.0, 0.0]);
        assert_eq!(loss, 4.5 / 4.0);
        assert_eq!(gradient, [-0.25, 0.25, 0.0, 0.25]);
        assert_eq!(at(&MeanAbsoluteError, 5.0, 2.0), (3.0, 1.0));
    }

    #[test]
    fn slope() {
        check_slope(&MeanAbsoluteError, [[1.0, 3.0], [-2.0, 0.5]], [[2.0, 0.0], [-2.5, 0.75]]);
    }

    #[test]
    fn far_out_and_not_a_number() {
        assert_eq!(at(&MeanAbsoluteError, [1e4_f32, -1e4], [-1e4, 1e4]), (2e4, [0.5, -0.5]));
        let (loss, gradient) = at(&MeanAbsoluteError, [f32::NAN, 1.0], [0.0, 0.0]);
        assert!(loss.is_nan() && gradient[0].is_nan() && gradient[1] == 0.5);
    }
}
