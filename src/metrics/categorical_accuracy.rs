//! The accuracy of several classes, against one-hot vectors.

use crate::activations::rows;
use crate::data::place_of_largest;
use crate::metrics::{Hits, Metric};
use crate::network::Tensor;

/// The share of rows whose largest entry is where the target's largest is. It is the same on
/// probabilities and on logits. Reported as `accuracy`.
///
/// Of several largest the first counts. A row with a not-a-number is a miss. A row of one entry, whose largest is
/// always the same, does not compile: that is for [`BinaryAccuracy`](crate::metrics::BinaryAccuracy).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut accuracy = CategoricalAccuracy::default();
/// accuracy.update(&[[0.7_f32, 0.2, 0.1], [0.3, 0.3, 0.4]], &[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
/// assert_eq!(Metric::<[f32; 3]>::value(&accuracy), 0.5);
/// ```
///
/// ```compile_fail,E0080
/// use typenet::prelude::*;
///
/// CategoricalAccuracy::default().update(&[[0.7_f32]], &[[1.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CategoricalAccuracy {
    hits: Hits,
}

impl<Y: Tensor> Metric<Y, Y> for CategoricalAccuracy {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn reset(&mut self) {
        self.hits = Hits::default();
    }

    fn update(&mut self, outputs: &[Y], targets: &[Y]) {
        const { assert!(Y::INNER > 1, "`CategoricalAccuracy` is for rows of two or more, `BinaryAccuracy` for one") };
        for (y, t) in rows(outputs).zip(rows(targets)) {
            let found = place_of_largest(y);
            self.hits.add(found.is_some() && found == place_of_largest(t));
        }
    }

    fn value(&self) -> f64 {
        self.hits.share()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_hand() {
        let metric: &mut dyn Metric<[f32; 3]> = &mut CategoricalAccuracy::default();
        assert_eq!(metric.name(), "accuracy");
        assert!(metric.value().is_nan());
        // Right, wrong; then, in a second batch, right (the first of two largest) and wrong.
        metric.update(&[[-1.0, 5.0, 0.0], [5.0, -1.0, 0.0]], &[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
        assert_eq!(metric.value(), 0.5);
        metric.update(&[[2.0, 2.0, 0.0], [2.0, 2.0, 0.0]], &[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
        metric.update(&[[0.0, 0.0, 2.0]], &[[0.0, 0.0, 1.0]]);
        assert_eq!(metric.value(), 0.6);
        metric.reset();
        assert!(metric.value().is_nan());
    }

    #[test]
    fn every_row_of_a_sample_counts() {
        let mut metric = CategoricalAccuracy::default();
        metric.update(&[[[0.1, 0.9], [0.8, 0.2]]], &[[[0.0, 1.0], [0.0, 1.0]]]);
        assert_eq!(Metric::<[[f64; 2]; 2]>::value(&metric), 0.5);
    }

    #[test]
    fn not_a_number_is_a_miss() {
        let mut metric = CategoricalAccuracy::default();
        metric.update(&[[f32::NAN, 1.0], [0.0, 1.0]], &[[f32::NAN, 1.0], [f32::NAN, 1.0]]);
        assert_eq!(Metric::<[f32; 2]>::value(&metric), 0.0);
    }
}
