//! What a callback looks at to tell better from worse.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Error;
use crate::train::callbacks::Plan;
use crate::train::history::History;

/// Whether small values are better, or large ones.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(Mode::default(), Mode::Auto);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// By the name: losses and errors shall be small, accuracies, areas, precision, recall, F1 and R²
    /// large. Where the name tells nothing, training does not start.
    #[default]
    Auto,
    /// Small values are better.
    Min,
    /// Large values are better.
    Max,
}

/// A column of the history that a callback monitors, and what counts as an improvement: a value that
/// is better than the best by more than `min_delta`.
///
/// As in Keras, except that a not-a-number is never an improvement: in Keras, a first value that is
/// one stays the best for ever.
///
/// ```
/// use typenet::prelude::*;
///
/// let monitor = Monitor::from("val_accuracy").min_delta(0.01);
/// assert!(monitor.improves(0.52, Some(0.5)) && !monitor.improves(0.505, Some(0.5)));
/// assert!(monitor.improves(0.1, None));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Monitor {
    /// The column, such as `val_loss`.
    pub column: String,
    /// Whether small or large values are better.
    pub mode: Mode,
    /// What an improvement must exceed.
    pub min_delta: f64,
}

impl From<&str> for Monitor {
    fn from(column: &str) -> Self {
        Self { column: column.into(), mode: Mode::Auto, min_delta: 0.0 }
    }
}

impl Monitor {
    /// Whether small or large values are better.
    #[must_use]
    pub fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// What an improvement must exceed.
    #[must_use]
    pub fn min_delta(self, min_delta: f64) -> Self {
        Self { min_delta, ..self }
    }

    /// Whether a value is better than the best so far.
    #[must_use]
    pub fn improves(&self, value: f64, best: Option<f64>) -> bool {
        match (best, self.direction()) {
            (None, _) => !value.is_nan(),
            (Some(best), Some(Mode::Max)) => value - self.min_delta > best,
            (Some(best), _) => value + self.min_delta < best,
        }
    }

    /// Checks the settings against the columns that there will be.
    ///
    /// # Errors
    ///
    /// [`Error::Monitor`], [`Error::MonitorMode`] and [`Error::Setting`].
    pub fn check(&self, plan: &Plan<'_>) -> Result<(), Error> {
        if !plan.columns.contains(&self.column) {
            let columns: Vec<String> = plan.columns.iter().map(|column| format!("{column:?}")).collect();
            return Err(Error::Monitor { name: self.column.clone(), columns: columns.join(", ") });
        }
        if self.direction().is_none() {
            return Err(Error::MonitorMode { name: self.column.clone() });
        }
        let holds = self.min_delta.is_finite() && self.min_delta >= 0.0;
        Error::check("the smallest improvement", self.min_delta, "finite and not negative", holds)
    }

    /// The value of the last epoch.
    pub(crate) fn value(&self, history: &History) -> f64 {
        history.value(&self.column).unwrap_or(f64::NAN)
    }

    /// `Min` or `Max`; `None` where the name does not tell.
    fn direction(&self) -> Option<Mode> {
        if self.mode != Mode::Auto {
            return Some(self.mode);
        }
        let name = self.column.to_lowercase();
        let any = |words: &[&str]| words.iter().any(|word| name.contains(word));
        // Losses first: a "precision loss" shall be small.
        if any(&["loss", "error", "mae", "mse", "rmse", "mape", "perplexity", "entropy", "divergence"]) {
            Some(Mode::Min)
        } else if any(&["acc", "auc", "precision", "recall", "f1", "r2", "matthews", "similarity"]) {
            Some(Mode::Max)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_direction() {
        let direction = |name: &str| Monitor::from(name).direction();
        for name in ["loss", "val_loss", "mae", "val_rmse", "mape", "Precision loss"] {
            assert_eq!(direction(name), Some(Mode::Min), "{name}");
        }
        for name in ["accuracy", "val_top_k_accuracy", "roc_auc", "pr_auc", "precision", "recall", "f1", "r2"] {
            assert_eq!(direction(name), Some(Mode::Max), "{name}");
        }
        assert_eq!(direction("samples"), None);
        assert_eq!(Monitor::from("samples").mode(Mode::Max).direction(), Some(Mode::Max));
        assert_eq!(Monitor::from("loss").mode(Mode::Max).direction(), Some(Mode::Max));
    }

    #[test]
    fn an_improvement_exceeds_the_delta() {
        let small = Monitor::from("loss").min_delta(0.25);
        assert!(!small.improves(0.75, Some(1.0)) && small.improves(0.74, Some(1.0)));
        let large = small.clone().mode(Mode::Max);
        assert!(!large.improves(1.25, Some(1.0)) && large.improves(1.26, Some(1.0)));
        for monitor in [small, large] {
            assert!(monitor.improves(f64::INFINITY, None));
            assert!(!monitor.improves(f64::NAN, None) && !monitor.improves(f64::NAN, Some(1.0)));
        }
    }

    #[test]
    fn what_cannot_be_monitored() {
        let columns = ["loss", "samples", "val_loss"].map(String::from);
        let plan = Plan { epochs: 1, completed: 0, batches: 1, columns: &columns, rate_can_change: true };
        let error = |monitor: Monitor| monitor.check(&plan).unwrap_err().to_string();
        assert!(Monitor::from("val_loss").check(&plan).is_ok());
        assert_eq!(
            error("val_accuracy".into()),
            r#"there is no "val_accuracy" to monitor: the columns of the history are "loss", "samples", "val_loss""#
        );
        assert_eq!(
            error("samples".into()),
            "whether \"samples\" is better small or large cannot be told from its name: choose Mode::Min or Mode::Max"
        );
        for delta in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(error(Monitor::from("loss").min_delta(delta)).contains("must be finite and not negative"));
        }
    }
}
