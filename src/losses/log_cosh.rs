//! The logarithm of the hyperbolic cosine.

use crate::losses::{Loss, by_scalar};
use crate::network::scalar::softplus;
use crate::network::{Scalar, Tensor};

/// The logarithm of the hyperbolic cosine of the difference, averaged over the `n` scalars of a
/// sample: `e² / 2` for a small `e = y - t`, `|e| - ln 2` for a large one. Its derivative is
/// `tanh(e) / n`.
///
/// It is computed as `|e| + ln(1 + exp(-2 |e|)) - ln 2`, which does not overflow (Keras' `LogCosh`).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = 0.0;
/// let loss = LogCosh.sample(&1e4_f32, &0.0, Some(&mut gradient));
/// assert_eq!((loss, gradient), (1e4 - core::f32::consts::LN_2, 1.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogCosh;

impl<Y: Tensor> Loss<Y, Y> for LogCosh {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        let ln_2 = Y::Scalar::from_f64(core::f64::consts::LN_2);
        let value = |y: Y::Scalar, t: Y::Scalar| {
            let e = (y - t).abs();
            e + (softplus(-(e + e)) - ln_2)
        };
        by_scalar(output, target, gradient, value, |y, t| (y - t).tanh())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope, close};

    #[test]
    fn known_points() {
        // mpmath, 60 digits: ln(cosh(0.5)) and tanh(0.5), at both signs; ln(cosh(3)), tanh(3).
        let (loss, gradient) = at(&LogCosh, [0.5, -0.25, 3.0], [0.0, 0.25, 0.0]);
        close(loss, (2.0 * 0.120_114_506_958_277_52 + 2.309_328_504_577_785) / 3.0, 1e-15);
        let (half, three) = (0.462_117_157_260_009_76, 0.995_054_753_686_730_5);
        close(gradient, [half / 3.0, -half / 3.0, three / 3.0], 1e-15);
    }

    #[test]
    fn slope() {
        check_slope(&LogCosh, [[0.9, 0.2], [-0.6, 5.0]], [[1.0, 0.0], [0.3, 0.9]]);
    }

    #[test]
    fn far_out_and_not_a_number() {
        let (loss, gradient) = at(&LogCosh, [-1e4_f32, 0.0], [1e4, 0.0]);
        assert_eq!((loss, gradient), ((2e4 - core::f32::consts::LN_2) / 2.0, [-0.5, 0.0]));
        let (loss, gradient) = at(&LogCosh, f32::NAN, 1.0);
        assert!(loss.is_nan() && gradient.is_nan());
    }
}
