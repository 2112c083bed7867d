//! The mean squared error.

use crate::losses::{Loss, by_scalar};
use crate::network::Tensor;

/// The mean squared error `Σ (y - t)² / n` over the `n` scalars of a sample, with derivative
/// `2 (y - t) / n` (Goodfellow, Bengio, Courville, "Deep Learning", section 5.5.1). Keras' `MeanSquaredError` and
/// PyTorch's `MSELoss` are the same.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 2];
/// let loss = MeanSquaredError.sample(&[1.0, 3.0], &[0.0, 1.0], Some(&mut gradient));
/// assert_eq!(loss, 2.5);
/// assert_eq!(gradient, [1.0, 2.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanSquaredError;

impl<Y: Tensor> Loss<Y, Y> for MeanSquaredError {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        let value = |y: Y::Scalar, t: Y::Scalar| (y - t) * (y - t);
        by_scalar(output, target, gradient, value, |y, t| (y - t) + (y - t))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope};

    #[test]
    fn by_hand() {
        let (loss, gradient) = at(&MeanSquaredError, [[1.0, 3.0], [-2.0, 0.5]], [[2.0, 0.0], [-2.0, 0.0]]);
        assert_eq!(loss, (1.0 + 9.0 + 0.25) / 4.0);
        assert_eq!(gradient, [[-0.5, 1.5], [0.0, 0.25]]);
        assert_eq!(at(&MeanSquaredError, 5.0, 2.0), (9.0, 6.0));
    }

    #[test]
    fn slope() {
        check_slope(&MeanSquaredError, [1.0, 3.0, -2.0], [2.0, 0.0, -2.5]);
    }

    #[test]
    fn far_out_and_not_a_number() {
        assert_eq!(at(&MeanSquaredError, [1e4_f32, -1e4], [-1e4, 1e4]), (4e8, [2e4, -2e4]));
        let (loss, gradient) = at(&MeanSquaredError, [f32::NAN, 1.0], [0.0, 0.0]);
        assert!(loss.is_nan() && gradient[0].is_nan() && gradient[1] == 1.0);
    }
}
