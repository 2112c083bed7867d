//! The accuracy among the best few.

use crate::activations::rows;
use crate::data::ClassIndex;
use crate::data::place_of_largest;
use crate::metrics::{Hits, Metric};
use crate::network::{Sample, Scalar, Tensor};

/// The share of rows in which the target's class is among the `K` largest outputs. It is the same on
/// probabilities and on logits. Targets are one-hot, or class numbers with [`sparse`](Self::sparse).
/// Reported as `top_k_accuracy`.
///
/// The target's class counts as among them where fewer than `K` outputs are larger, as in Keras. A row
/// with a not-a-number is a miss.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut accuracy = TopK::<2>::default();
/// accuracy.update(&[[0.2_f32, 0.5, 0.3], [0.2, 0.5, 0.3]], &[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
/// assert_eq!(Metric::<[f32; 3]>::value(&accuracy), 0.5);
/// ```
///
/// ```compile_fail,E0080
/// use typenet::prelude::*;
///
/// TopK::<0>::default().update(&[[0.7_f32, 0.3]], &[[1.0, 0.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TopK<const K: usize> {
    hits: Hits,
}

/// As [`TopK`], for targets that are class numbers (see [`TopK::sparse`]).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SparseTopK<const K: usize>(TopK<K>);

impl<const K: usize> TopK<K> {
    /// The same for targets that are class numbers.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut accuracy = TopK::<2>::sparse();
    /// accuracy.update(&[[0.2_f32, 0.5, 0.3], [0.2, 0.5, 0.3]], &[2_u8, 0]);
    /// assert_eq!(Metric::<[f32; 3], u8>::value(&accuracy), 0.5);
    /// ```
    #[must_use]
    pub fn sparse() -> SparseTopK<K> {
        SparseTopK::default()
    }

    fn add<T: Scalar>(&mut self, row: &[T], class: Option<usize>) {
        const { assert!(K > 0, "the K of a `TopK` must be 1 or more") };
        let wanted = class.and_then(|class| row.get(class)).filter(|_| !row.iter().any(|y| y.is_nan()));
        self.hits.add(wanted.is_some_and(|wanted| row.iter().filter(|y| *y > wanted).count() < K));
    }
}

impl<Y: Tensor, const K: usize> Metric<Y, Y> for TopK<K> {
    fn name(&self) -> &'static str {
        "top_k_accuracy"
    }

    fn reset(&mut self) {
        *self = Self::default();
    }

    fn update(&mut self, outputs: &[Y], targets: &[Y]) {
        for (y, t) in rows(outputs).zip(rows(targets)) {
            self.add(y, place_of_largest(t));
        }
    }

    fn value(&self) -> f64 {
        self.hits.share()
    }
}

impl<T: Scalar, C: ClassIndex + Sample, const N: usize, const K: usize> Metric<[T; N], C> for SparseTopK<K> {
    fn name(&self) -> &'static str {
        "top_k_accuracy"
    }

    fn reset(&mut self) {
        *self = Self::default();
    }

    fn update(&mut self, outputs: &[[T; N]], targets: &[C]) {
        for (output, target) in outputs.iter().zip(targets) {
            self.0.add(output, Some(target.index()));
        }
    }

    fn value(&self) -> f64 {
        self.0.hits.share()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_hand() {
        let outputs = [[0.1, 0.4, 0.3, 0.2]; 4];
        let metric: &mut dyn Metric<[f64; 4], u8> = &mut TopK::<2>::sparse();
        assert!(metric.value().is_nan());
        metric.update(&outputs, &[0, 1, 2, 3]);
        assert_eq!(metric.value(), 0.5);
        metric.reset();
        metric.update(&outputs[..1], &[9]);
        assert_eq!(metric.value(), 0.0);

        let mut three = TopK::<3>::default();
        let targets = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
        three.update(&outputs, &targets);
        assert_eq!(Metric::<[f64; 4]>::value(&three), 0.75);
        assert_eq!(Metric::<[f64; 4]>::name(&three), "top_k_accuracy");
    }

    #[test]
    fn equals_and_not_a_number() {
        let mut one = TopK::<1>::sparse();
        // Nothing is larger than either.
        one.update(&[[0.5_f32, 0.5], [0.5, 0.5], [f32::NAN, 0.5], [0.5, f32::NAN]], &[0_u8, 1, 1, 0]);
        assert_eq!(Metric::<[f32; 2], u8>::value(&one), 0.5);
    }
}
