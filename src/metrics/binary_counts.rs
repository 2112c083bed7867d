//! Precision, recall and F1 of two classes.

use crate::metrics::Metric;
use crate::network::{Scalar, Tensor, Zero};

/// True and false positives, and false negatives. A scalar above the threshold is positive. One that is
/// not-a-number is wrong whatever its target, and so is one whose target is.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Counts {
    threshold: f64,
    true_positives: u64,
    false_positives: u64,
    false_negatives: u64,
}

impl Counts {
    const fn new(threshold: f64) -> Self {
        Self { threshold, true_positives: 0, false_positives: 0, false_negatives: 0 }
    }

    fn add<Y: Tensor>(&mut self, outputs: &[Y], targets: &[Y]) {
        let threshold = Y::Scalar::from_f64(self.threshold);
        for (y, t) in Y::flat(outputs).iter().zip(Y::flat(targets)) {
            let positive = *t != Y::Scalar::ZERO;
            let read = if y.is_nan() || t.is_nan() { !positive } else { *y > threshold };
            match (read, positive) {
                (true, true) => self.true_positives += 1,
                (true, false) => self.false_positives += 1,
                (false, true) => self.false_negatives += 1,
                (false, false) => {}
            }
        }
    }
}

/// `hits / of`, and 0 where there is nothing to divide by, as in Keras and scikit-learn.
pub(super) fn share(hits: f64, of: f64) -> f64 {
    if of == 0.0 { 0.0 } else { hits / of }
}

macro_rules! binary_metric {
    ($(#[$doc:meta])+ $metric:ident, $name:literal, |$counts:ident| $value:expr) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $metric(Counts);

        impl Default for $metric {
            fn default() -> Self {
                Self(Counts::new(0.5))
            }
        }

        impl $metric {
            /// Reads an output above this threshold as 1. The default, 0.5, is for probabilities.
            #[must_use]
            pub const fn threshold(self, threshold: f64) -> Self {
                Self(Counts { threshold, ..self.0 })
            }

            /// For logits: the threshold is 0, which is a probability of one half.
            #[must_use]
            pub const fn on_logits() -> Self {
                Self(Counts::new(0.0))
            }
        }

        impl<Y: Tensor> Metric<Y, Y> for $metric {
            fn name(&self) -> &'static str {
                $name
            }

            fn reset(&mut self) {
                self.0 = Counts::new(self.0.threshold);
            }

            fn update(&mut self, outputs: &[Y], targets: &[Y]) {
                self.0.add(outputs, targets);
            }

            fn value(&self) -> f64 {
                let $counts = self.0;
                $value
            }
        }
    };
}

binary_metric!(
    /// Of the scalars that are read as 1, the share that are 1: `true positives / (true positives +
    /// false positives)`, 0 where none is read as 1. An output that is not-a-number is wrong whatever its
    /// target. Reported as `precision`.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut precision = Precision::default();
    /// precision.update(&[[0.9_f32], [0.8], [0.1]], &[[1.0], [0.0], [1.0]]);
    /// assert_eq!(Metric::<[f32; 1]>::value(&precision), 0.5);
    /// ```
    Precision, "precision",
    |counts| share(counts.true_positives as f64, (counts.true_positives + counts.false_positives) as f64)
);

binary_metric!(
    /// Of the scalars that are 1, the share that are read as 1: `true positives / (true positives +
    /// false negatives)`, 0 where none is 1. An output that is not-a-number is a miss. Reported as `recall`.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut recall = Recall::default();
    /// recall.update(&[[0.9_f32], [0.8], [0.1]], &[[1.0], [0.0], [1.0]]);
    /// assert_eq!(Metric::<[f32; 1]>::value(&recall), 0.5);
    /// ```
    Recall, "recall",
    |counts| share(counts.true_positives as f64, (counts.true_positives + counts.false_negatives) as f64)
);

binary_metric!(
    /// The harmonic mean of [`Precision`] and [`Recall`]: `2 true positives / (2 true positives + false
    /// positives + false negatives)`, 0 where there is no positive at all. An output that is not-a-number
    /// is wrong whatever its target. Reported as `f1`.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut f1 = F1::default();
    /// f1.update(&[[0.9_f32], [0.8], [0.1]], &[[1.0], [0.0], [1.0]]);
    /// assert_eq!(Metric::<[f32; 1]>::value(&f1), 0.5);
    /// ```
    F1, "f1",
    |counts| {
        let hits = (2 * counts.true_positives) as f64;
        share(hits, hits + (counts.false_positives + counts.false_negatives) as f64)
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_hand_over_two_batches() {
        // Read as 1: 0.9 for 1, 0.8 for 1, 0.7 for 0. Read as 0: 0.5 for 1, 0.1 for 0; then 0.2 for 1.
        fn value(metric: &mut dyn Metric<[f64; 1]>) -> f64 {
            metric.update(&[[0.3]], &[[1.0]]);
            metric.reset();
            metric.update(&[[0.9], [0.8], [0.7], [0.5], [0.1]], &[[1.0], [1.0], [0.0], [1.0], [0.0]]);
            metric.update(&[[0.2]], &[[1.0]]);
            metric.value()
        }
        assert_eq!(value(&mut Precision::default()), 2.0 / 3.0);
        assert_eq!(value(&mut Recall::default()), 0.5);
        assert_eq!(value(&mut F1::default()), 4.0 / 7.0);
        // With a threshold of 0 every one is read as 1.
        assert_eq!(value(&mut Precision::on_logits()), 4.0 / 6.0);
        assert_eq!(value(&mut Recall::on_logits()), 1.0);
        assert_eq!(value(&mut F1::default().threshold(0.85)), 2.0 / 5.0);
    }

    #[test]
    fn nothing_to_divide_by() {
        for metric in [&mut Precision::default() as &mut dyn Metric<f32>, &mut Recall::default(), &mut F1::default()] {
            assert_eq!(metric.value(), 0.0);
            metric.update(&[0.1], &[0.0]);
            assert_eq!(metric.value(), 0.0);
        }
    }

    #[test]
    fn names() {
        let name = |metric: &dyn Metric<f32>| metric.name();
        assert_eq!(
            [name(&Precision::default()), name(&Recall::default()), name(&F1::default())],
            ["precision", "recall", "f1"]
        );
    }
}
