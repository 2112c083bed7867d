//! Errors of regression.

use crate::metrics::Metric;
use crate::network::{Scalar, Tensor};

/// The square root of the mean squared error over all scalars. Reported as `rmse`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut error = RootMeanSquaredError::default();
/// error.update(&[[3.0_f32], [4.0]], &[[0.0], [0.0]]);
/// assert!((Metric::<[f32; 1]>::value(&error) - 12.5_f64.sqrt()).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RootMeanSquaredError {
    squares: f64,
    scalars: f64,
}

impl<Y: Tensor> Metric<Y, Y> for RootMeanSquaredError {
    fn name(&self) -> &'static str {
        "rmse"
    }

    fn reset(&mut self) {
        *self = Self::default();
    }

    fn update(&mut self, outputs: &[Y], targets: &[Y]) {
        for (y, t) in Y::flat(outputs).iter().zip(Y::flat(targets)) {
            let difference = y.to_f64() - t.to_f64();
            self.squares += difference * difference;
            self.scalars += 1.0;
        }
    }

    fn value(&self) -> f64 {
        libm::sqrt(self.squares / self.scalars)
    }
}

/// The mean of `|y - t| / max(|t|, 1e-7)` in percent, over all scalars (Keras'
/// `MeanAbsolutePercentageError`; scikit-learn's is not in percent). Reported as `mape`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut error = MeanAbsolutePercentageError::default();
/// error.update(&[[3.0_f64], [4.0]], &[[2.0], [4.0]]);
/// assert_eq!(Metric::<[f64; 1]>::value(&error), 25.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeanAbsolutePercentageError {
    sum: f64,
    scalars: f64,
}

impl<Y: Tensor> Metric<Y, Y> for MeanAbsolutePercentageError {
    fn name(&self) -> &'static str {
        "mape"
    }

    fn reset(&mut self) {
        *self = Self::default();
    }

    fn update(&mut self, outputs: &[Y], targets: &[Y]) {
        for (y, t) in Y::flat(outputs).iter().zip(Y::flat(targets)) {
            let (y, t) = (y.to_f64(), t.to_f64());
            self.sum += (y - t).abs() / t.abs().max(1e-7);
            self.scalars += 1.0;
        }
    }

    fn value(&self) -> f64 {
        100.0 * self.sum / self.scalars
    }
}

/// The coefficient of determination, `1 - Σ (t - y)² / Σ (t - mean of t)²`, for each of `N` outputs, and
/// their mean: 1 is perfect, 0 is as good as the mean of the targets (Keras' `R2Score`, scikit-learn's
/// `r2_score`). Reported as `r2`.
///
/// An output whose targets are all equal counts 1 where it is perfect and 0 elsewhere, as in
/// scikit-learn. Not-a-number before the second sample, and where an output is not finite.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut r2 = R2::<1>::default();
/// r2.update(&[[1.0_f64], [2.0], [4.0]], &[[1.0], [2.0], [3.0]]);
/// assert_eq!(r2.value(), 0.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct R2<const N: usize> {
    samples: f64,
    /// Of each output: the mean of the targets, the sum of their squared distances from it, and the
    /// sum of squared errors (Welford 1962, "Note on a method for calculating corrected sums of
    /// squares and products").
    outputs: [[f64; 3]; N],
}

impl<const N: usize> Default for R2<N> {
    fn default() -> Self {
        Self { samples: 0.0, outputs: [[0.0; 3]; N] }
    }
}

impl<T: Scalar, const N: usize> Metric<[T; N], [T; N]> for R2<N> {
    fn name(&self) -> &'static str {
        "r2"
    }

    fn reset(&mut self) {
        *self = Self::default();
    }

    fn update(&mut self, outputs: &[[T; N]], targets: &[[T; N]]) {
        for (output, target) in outputs.iter().zip(targets) {
            self.samples += 1.0;
            for ((y, t), [mean, spread, error]) in output.iter().zip(target).zip(&mut self.outputs) {
                let (y, t) = (y.to_f64(), t.to_f64());
                let before = t - *mean;
                *mean += before / self.samples;
                *spread += before * (t - *mean);
                *error += (t - y) * (t - y);
            }
        }
    }

    fn value(&self) -> f64 {
        R2::value(self)
    }
}

impl<const N: usize> R2<N> {
    /// The mean over the outputs.
    #[must_use]
    pub fn value(&self) -> f64 {
        if self.samples < 2.0 {
            return f64::NAN;
        }
        let score = |[_, spread, error]: &[f64; 3]| match (*spread == 0.0, *error == 0.0) {
            _ if !error.is_finite() => f64::NAN,
            (true, true) => 1.0,
            (true, false) => 0.0,
            _ => 1.0 - error / spread,
        };
        self.outputs.iter().map(score).sum::<f64>() / N as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        fn value(metric: &mut dyn Metric<[f64; 2]>) -> f64 {
            assert!(metric.value().is_nan());
            metric.update(&[[9.0, 9.0]], &[[1.0, 1.0]]);
            metric.reset();
            // Errors 1, 0; 2, 0; then 1, 3.
            metric.update(&[[1.0, 5.0], [4.0, -2.0]], &[[2.0, 5.0], [2.0, -2.0]]);
            metric.update(&[[6.0, 6.0]], &[[5.0, 3.0]]);
            metric.value()
        }
        // (1 + 4 + 1 + 9) / 6.
        assert_eq!(value(&mut RootMeanSquaredError::default()), 2.5_f64.sqrt());
        // 1/2, 0, 1, 0, 1/5, 1.
        assert!((value(&mut MeanAbsolutePercentageError::default()) - 45.0).abs() < 1e-12);
        // Means 3 and 2: spreads 1 + 1 + 4 = 6 and 9 + 16 + 1 = 26, errors 6 and 9.
        assert!((value(&mut R2::<2>::default()) - (0.0 + 1.0 - 9.0 / 26.0) / 2.0).abs() < 1e-15);
    }

    #[test]
    fn a_target_of_zero_and_equal_targets() {
        let mut percent = MeanAbsolutePercentageError::default();
        percent.update(&[1e-7_f64], &[0.0]);
        assert_eq!(Metric::<f64>::value(&percent), 100.0);
        let mut r2 = R2::<2>::default();
        r2.update(&[[1.0_f32, 1.0], [1.0, 2.0]], &[[1.0, 1.0], [1.0, 1.0]]);
        assert_eq!(r2.value(), 0.5);
        let mut one = R2::<1>::default();
        one.update(&[[1.0_f32]], &[[1.0]]);
        assert!(one.value().is_nan());
    }

    #[test]
    fn a_large_mean_keeps_its_spread() {
        let mut r2 = R2::<1>::default();
        r2.update(&[[1e8], [1e8]], &[[1e8 - 1.0], [1e8 + 1.0]]);
        assert_eq!(r2.value(), 0.0);
    }
}
