//! The metrics: what is reported of a network beside its loss. One file each.
//!
//! ```
//! use typenet::prelude::*;
//!
//! let mut accuracy = SparseCategoricalAccuracy::default();
//! accuracy.update(&[[0.1_f32, 0.9], [0.8, 0.2]], &[1_u8, 1]);
//! assert_eq!(Metric::<[f32; 2], u8>::value(&accuracy), 0.5);
//! ```
//!
//! | targets | metrics |
//! | --- | --- |
//! | 0 or 1 | [`BinaryAccuracy`], [`Precision`], [`Recall`], [`F1`], [`RocAuc`], [`PrAuc`] |
//! | one-hot | [`CategoricalAccuracy`], [`TopK`] |
//! | the number of a class | [`SparseCategoricalAccuracy`], [`SparseTopK`] |
//! | numbers | [`RootMeanSquaredError`], [`MeanAbsolutePercentageError`], [`R2`] |
//! | those of a loss | [`MeanLoss`], such as the mean squared error |
//! | tables of classes | [`ConfusionMatrix`], [`NamedMatrix`], [`ClassReport`] |
//!
//! One rule for an output that is not-a-number: where hits are counted it is wrong, whatever its target; where numbers
//! are averaged, and under the curves, the value is not-a-number too; a [`ConfusionMatrix`] is an error. The same
//! holds for such a target.

#[cfg(feature = "alloc")]
mod areas;
mod binary_accuracy;
mod binary_counts;
mod categorical_accuracy;
mod confusion_matrix;
mod mean_loss;
#[cfg(feature = "alloc")]
mod measured_by;
#[cfg(all(test, feature = "alloc"))]
mod not_a_number;
mod regression;
mod report;
mod sparse_categorical_accuracy;
mod top_k;

#[cfg(feature = "alloc")]
pub use areas::{PrAuc, RocAuc, precision_recall_curve, roc_curve};
pub use binary_accuracy::BinaryAccuracy;
pub use binary_counts::{F1, Precision, Recall};
pub use categorical_accuracy::CategoricalAccuracy;
pub use confusion_matrix::{ConfusionMatrix, NamedMatrix};
pub use mean_loss::MeanLoss;
#[cfg(feature = "alloc")]
pub use measured_by::MeasuredBy;
pub use regression::{MeanAbsolutePercentageError, R2, RootMeanSquaredError};
pub use report::{ClassReport, ClassScores};
pub use sparse_categorical_accuracy::SparseCategoricalAccuracy;
pub use top_k::{SparseTopK, TopK};

use crate::network::Sample;

/// A number that is gathered over the batches of an epoch, for a report.
///
/// It can be made into a trait object, so that a list of different metrics can be kept.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut metrics: [Box<dyn Metric<[f32; 1]>>; 2] =
///     [Box::new(BinaryAccuracy::default()), Box::new(MeanLoss::mean_absolute_error())];
/// for metric in &mut metrics {
///     metric.update(&[[0.75], [0.75]], &[[1.0], [0.0]]);
/// }
/// let report = metrics.each_ref().map(|metric| (metric.name(), metric.value()));
/// assert_eq!(report, [("accuracy", 0.5), ("mae", 0.5)]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a metric for an output of shape `{Y}` and a target of shape `{Target}`",
    label = "given to a network that outputs `{Y}` and to targets `{Target}`",
    note = "a metric is a value such as `BinaryAccuracy::on_logits()`",
    note = "metrics with `Sparse` in their names take class numbers such as `u8`; the others targets of the output's shape, such as one-hot vectors"
)]
pub trait Metric<Y: Sample, Target: Sample = Y> {
    /// The name in reports and histories.
    fn name(&self) -> &'static str;

    /// Forgets all samples.
    fn reset(&mut self);

    /// Takes in the samples of one batch. Where the slices differ in length, the shorter counts.
    fn update(&mut self, outputs: &[Y], targets: &[Target]);

    /// The value over all samples since the last reset. Not-a-number where there was none.
    fn value(&self) -> f64;
}

/// The share of hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Hits {
    hits: u64,
    total: u64,
}

impl Hits {
    fn add(&mut self, hit: bool) {
        self.hits += u64::from(hit);
        self.total += 1;
    }

    /// Not-a-number for none: 0 / 0.
    fn share(self) -> f64 {
        self.hits as f64 / self.total as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        let mut hits = Hits::default();
        assert!(hits.share().is_nan());
        for hit in [true, false, false, false] {
            hits.add(hit);
        }
        assert_eq!(hits.share(), 0.25);
    }
}
