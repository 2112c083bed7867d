//! A metric from its target's side.

use alloc::boxed::Box;

use crate::metrics::Metric;
use crate::network::Sample;

/// A target that metric `M` compares an output `Y` with: the other way round of [`Metric`].
///
/// ```
/// use typenet::prelude::*;
///
/// let metric = u8::boxed(SparseCategoricalAccuracy::default());
/// # let _: &Box<dyn Metric<[f32; 3], u8>> = &metric;
/// assert_eq!(metric.name(), "accuracy");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{M}` is not a metric for an output of shape `{Y}` and a target of shape `{Self}`"
)]
pub trait MeasuredBy<M, Y: Sample>: Sample {
    /// The metric on the heap.
    fn boxed(metric: M) -> Box<dyn Metric<Y, Self>>;
}

impl<Y: Sample, Target: Sample, M: Metric<Y, Target> + 'static> MeasuredBy<M, Y> for Target {
    fn boxed(metric: M) -> Box<dyn Metric<Y, Target>> {
        Box::new(metric)
    }
}
