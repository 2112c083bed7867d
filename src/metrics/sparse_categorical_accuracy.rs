//! The accuracy of several classes, against class numbers.

use crate::data::ClassIndex;
use crate::data::place_of_largest;
use crate::metrics::{Hits, Metric};
use crate::network::Scalar;

/// The share of samples whose largest output is that of the target class. It is the same on
/// probabilities and on logits. Reported as `accuracy`.
///
/// Of several largest the first counts. A sample with a not-a-number is a miss, and so is a class
/// that does not exist.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut accuracy = SparseCategoricalAccuracy::default();
/// accuracy.update(&[[0.7_f32, 0.2, 0.1], [0.3, 0.3, 0.4]], &[0_u8, 1]);
/// assert_eq!(Metric::<[f32; 3], u8>::value(&accuracy), 0.5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SparseCategoricalAccuracy {
    hits: Hits,
}

impl<T: Scalar, Target: ClassIndex, const CLASSES: usize> Metric<[T; CLASSES], Target> for SparseCategoricalAccuracy {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn reset(&mut self) {
        self.hits = Hits::default();
    }

    fn update(&mut self, outputs: &[[T; CLASSES]], targets: &[Target]) {
        for (y, t) in outputs.iter().zip(targets) {
            self.hits.add(place_of_largest(y) == Some(t.index()));
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
        let metric: &mut dyn Metric<[f32; 3], u16> = &mut SparseCategoricalAccuracy::default();
        assert_eq!(metric.name(), "accuracy");
        assert!(metric.value().is_nan());
        metric.update(&[[-1.0, 5.0, 0.0], [5.0, -1.0, 0.0]], &[1, 2]);
        assert_eq!(metric.value(), 0.5);
        // The first of two largest, a class that does not exist, a not-a-number.
        metric.update(&[[2.0, 2.0, 0.0], [2.0, 2.0, 0.0]], &[0, 3]);
        metric.update(&[[f32::NAN, 0.0, 2.0]], &[2]);
        assert_eq!(metric.value(), 0.4);
        metric.reset();
        assert!(metric.value().is_nan());
    }
}
