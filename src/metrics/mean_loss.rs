//! Any loss as a metric.

use crate::losses::{Loss, MeanAbsoluteError, MeanSquaredError};
use crate::metrics::Metric;
use crate::network::{Sample, Scalar, Tensor};

/// The mean of a loss over samples, under a name of its own: how the mean squared and the mean
/// absolute error, or any other [`Loss`], are reported beside the loss that is trained on.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut error = MeanLoss::mean_squared_error();
/// error.update(&[[1.0_f32], [3.0]], &[[0.0], [0.0]]);
/// assert_eq!(Metric::<[f32; 1]>::value(&error), 5.0);
///
/// let mut huber = MeanLoss::new("huber", Huber::default());
/// huber.update(&[[0.5_f32]], &[[0.0]]);
/// assert_eq!(Metric::<[f32; 1]>::name(&huber), "huber");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanLoss<L> {
    name: &'static str,
    loss: L,
    sum: f64,
    samples: u64,
}

impl<L> MeanLoss<L> {
    /// Reports the mean of a loss under a name.
    #[must_use]
    pub const fn new(name: &'static str, loss: L) -> Self {
        Self { name, loss, sum: 0.0, samples: 0 }
    }
}

impl MeanLoss<MeanSquaredError> {
    /// The mean squared error, reported as `mse`.
    #[must_use]
    pub const fn mean_squared_error() -> Self {
        Self::new("mse", MeanSquaredError)
    }
}

impl MeanLoss<MeanAbsoluteError> {
    /// The mean absolute error, reported as `mae`.
    #[must_use]
    pub const fn mean_absolute_error() -> Self {
        Self::new("mae", MeanAbsoluteError)
    }
}

impl<Y: Tensor, Target: Sample, L: Loss<Y, Target>> Metric<Y, Target> for MeanLoss<L> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn reset(&mut self) {
        self.sum = 0.0;
        self.samples = 0;
    }

    fn update(&mut self, outputs: &[Y], targets: &[Target]) {
        for (output, target) in outputs.iter().zip(targets) {
            // Summed in double precision: an epoch has many samples.
            self.sum += self.loss.sample(output, target, None).to_f64();
            self.samples += 1;
        }
    }

    fn value(&self) -> f64 {
        self.sum / self.samples as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::SparseCategoricalCrossEntropyLogits;

    #[test]
    fn counted_by_hand() {
        // Samples of (1 + 9) / 2 = 5, (4 + 0) / 2 = 2 and 0.5: 7.5 over 3; absolute 2, 1, 0.5.
        let first = ([[1.0, 3.0], [2.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]);
        let second = ([[0.0, -1.0]], [[0.0, 0.0]]);
        let squared: &mut dyn Metric<[f32; 2]> = &mut MeanLoss::mean_squared_error();
        let absolute: &mut dyn Metric<[f32; 2]> = &mut MeanLoss::mean_absolute_error();
        for (metric, name, expected) in [(squared, "mse", 2.5), (absolute, "mae", 3.5 / 3.0)] {
            assert_eq!(metric.name(), name);
            assert!(metric.value().is_nan());
            metric.update(&first.0, &first.1);
            metric.update(&second.0, &second.1);
            assert_eq!(metric.value(), expected);
            metric.reset();
            assert!(metric.value().is_nan());
            metric.update(&second.0, &second.1);
            assert_eq!(metric.value(), 0.5);
        }
    }

    #[test]
    fn any_loss_and_target() {
        let metric: &mut dyn Metric<[f64; 2], u8> = &mut MeanLoss::new("loss", SparseCategoricalCrossEntropyLogits);
        metric.update(&[[3.0, 3.0]], &[1]);
        assert_eq!((metric.name(), metric.value()), ("loss", core::f64::consts::LN_2));
    }

    #[test]
    fn small_numbers_are_not_lost_beside_a_large_sum() {
        // In single precision 1e8 + 1 is 1e8.
        let metric: &mut dyn Metric<f32> = &mut MeanLoss::mean_absolute_error();
        metric.update(&[1e8, 1.0], &[0.0, 0.0]);
        assert_eq!(metric.value(), 50_000_000.5);
    }
}
