//! The accuracy of two classes.

use crate::metrics::{Hits, Metric};
use crate::network::{Scalar, Tensor, Zero};

/// The share of scalars that are on their target's side of a threshold: an output above it is
/// read as 1, any other as 0, and must equal the target (the rule of Keras). Reported as `accuracy`.
///
/// The default threshold, 0.5, is for probabilities; [`on_logits`](Self::on_logits) is for a network
/// without a final sigmoid. An output that is not-a-number is a miss, whatever its target.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut accuracy = BinaryAccuracy::default();
/// accuracy.update(&[[0.75_f32], [0.5], [0.25], [0.25]], &[[1.0], [0.0], [0.0], [1.0]]);
/// assert_eq!(Metric::<[f32; 1]>::value(&accuracy), 0.75);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryAccuracy {
    threshold: f64,
    hits: Hits,
}

impl Default for BinaryAccuracy {
    fn default() -> Self {
        Self::above(0.5)
    }
}

impl BinaryAccuracy {
    const fn above(threshold: f64) -> Self {
        Self { threshold, hits: Hits { hits: 0, total: 0 } }
    }

    /// Reads an output above this threshold as 1. The default, 0.5, is for probabilities.
    #[must_use]
    pub const fn threshold(self, threshold: f64) -> Self {
        Self { threshold, ..self }
    }

    /// For logits: the threshold is 0, which is a probability of one half.
    #[must_use]
    pub const fn on_logits() -> Self {
        Self::above(0.0)
    }
}

impl<Y: Tensor> Metric<Y, Y> for BinaryAccuracy {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn reset(&mut self) {
        self.hits = Hits::default();
    }

    fn update(&mut self, outputs: &[Y], targets: &[Y]) {
        let threshold = Y::Scalar::from_f64(self.threshold);
        for (y, t) in Y::flat(outputs).iter().zip(Y::flat(targets)) {
            let read = if *y > threshold { Y::Scalar::ONE } else { Y::Scalar::ZERO };
            self.hits.add(read == *t && !y.is_nan());
        }
    }

    fn value(&self) -> f64 {
        self.hits.share()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<Y: Tensor>(mut metric: BinaryAccuracy, outputs: &[Y], targets: &[Y]) -> f64 {
        metric.update(outputs, targets);
        Metric::<Y>::value(&metric)
    }

    #[test]
    fn counted_by_hand() {
        // Right: 0.9 for 1, 0.1 for 0, 0.5 for 0. Wrong: 0.9 for 0, 0.5 for 1.
        let (outputs, targets) = ([0.9, 0.1, 0.5, 0.9, 0.5], [1.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(value(BinaryAccuracy::default(), &outputs, &targets), 0.6);
        // All scalars of a sample count.
        let (outputs, targets) = ([[0.9_f32, 0.1], [0.7, 0.7]], [[1.0, 0.0], [0.0, 1.0]]);
        assert_eq!(value(BinaryAccuracy::default(), &outputs, &targets), 0.75);
    }

    #[test]
    fn thresholds() {
        let (outputs, targets) = ([-0.1, 0.0, 0.1, 0.6], [1.0, 1.0, 1.0, 1.0]);
        assert_eq!(value(BinaryAccuracy::on_logits(), &outputs, &targets), 0.5);
        assert_eq!(value(BinaryAccuracy::default(), &outputs, &targets), 0.25);
        assert_eq!(value(BinaryAccuracy::default().threshold(0.7), &outputs, &targets), 0.0);
    }

    #[test]
    fn neither_0_nor_1() {
        assert_eq!(value(BinaryAccuracy::default(), &[0.9_f32, 0.9], &[0.9, f32::NAN]), 0.0);
        assert_eq!(value(BinaryAccuracy::default(), &[f32::NAN, f32::NAN], &[1.0, 0.0]), 0.0);
    }

    #[test]
    fn batches_add_up_until_reset() {
        let metric: &mut dyn Metric<f32> = &mut BinaryAccuracy::default();
        assert_eq!(metric.name(), "accuracy");
        assert!(metric.value().is_nan());
        metric.update(&[0.9, 0.9, 0.9], &[1.0, 1.0, 1.0]);
        metric.update(&[0.9], &[0.0]);
        assert_eq!(metric.value(), 0.75);
        metric.reset();
        assert!(metric.value().is_nan());
        metric.update(&[0.9], &[0.0]);
        assert_eq!(metric.value(), 0.0);
    }
}
