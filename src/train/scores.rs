//! What evaluating a network measures.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::metrics::Metric;
use crate::network::Sample;

/// A metric and its name in reports.
pub(crate) type Named<Y, Target> = (&'static str, Box<dyn Metric<Y, Target>>);

/// The value of each metric.
pub(super) fn measured<Y: Sample, Target: Sample>(metrics: &[Named<Y, Target>]) -> Vec<(&'static str, f64)> {
    metrics.iter().map(|(name, metric)| (*name, metric.value())).collect()
}

/// The loss and the metrics of an evaluation.
///
/// ```
/// use typenet::prelude::*;
///
/// let scores = Scores { loss: 0.25, metrics: vec![("accuracy", 0.9375)] };
/// assert_eq!(scores.get("accuracy"), Some(0.9375));
/// assert_eq!(scores.to_string(), "loss 0.2500, accuracy 0.9375");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The mean loss, penalties included.
    pub loss: f64,
    /// The name and value of each metric.
    pub metrics: Vec<(&'static str, f64)>,
}

impl Scores {
    /// The loss or a metric by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        if name == "loss" {
            return Some(self.loss);
        }
        self.metrics.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    pub(super) fn values(&self) -> Vec<f64> {
        core::iter::once(self.loss).chain(self.metrics.iter().map(|(_, value)| *value)).collect()
    }
}

impl core::fmt::Display for Scores {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "loss {:.4}", self.loss)?;
        self.metrics.iter().try_for_each(|(name, value)| write!(f, ", {name} {value:.4}"))
    }
}
