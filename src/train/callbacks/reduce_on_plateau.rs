//! A lower learning rate where nothing improves any more.

use alloc::format;

use crate::error::Error;
use crate::train::callbacks::{Callback, CallbackState, EpochEnd, Mode, Monitor, Plan};
use crate::train::history::Short;

/// Multiplies the learning rate by `factor` once a monitored value has not improved for `patience`
/// epochs, as Keras' `ReduceLROnPlateau` does (see [`Monitor`] for what counts as an improvement).
/// After that, `cooldown` epochs are not counted.
///
/// The optimizer must not follow a schedule.
///
/// ```
/// use typenet::prelude::*;
///
/// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[1.0_f32], [2.0], [2.5]])?;
/// let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Sgd::new(0.1))
///     .callback(ReduceOnPlateau::new("loss").factor(0.5).patience(2));
/// trainer.fit(&data, Fit::epochs(500))?;
/// assert!(trainer.optimizer_mut().rate < 0.1);
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ReduceOnPlateau {
    /// What is monitored. Its smallest improvement is 1e-4 by default.
    pub monitor: Monitor,
    /// What the learning rate is multiplied by, in (0, 1). Default 0.1.
    pub factor: f64,
    /// Epochs without an improvement after which the rate is reduced. Default 10.
    pub patience: usize,
    /// Epochs after a reduction that are not counted. Default 0.
    pub cooldown: usize,
    /// The learning rate is not reduced below this. Default 0.
    pub min_rate: f64,
    wait: usize,
    cooling: usize,
    best: Option<f64>,
}

impl ReduceOnPlateau {
    /// With Keras' defaults.
    #[must_use]
    pub fn new(column: &str) -> Self {
        let monitor = Monitor::from(column).min_delta(1e-4);
        Self { monitor, factor: 0.1, patience: 10, cooldown: 0, min_rate: 0.0, wait: 0, cooling: 0, best: None }
    }

    /// Whether small or large values are better.
    #[must_use]
    pub fn mode(self, mode: Mode) -> Self {
        Self { monitor: self.monitor.mode(mode), ..self }
    }

    /// What an improvement must exceed.
    #[must_use]
    pub fn min_delta(self, min_delta: f64) -> Self {
        Self { monitor: self.monitor.min_delta(min_delta), ..self }
    }

    /// What the learning rate is multiplied by.
    #[must_use]
    pub fn factor(self, factor: f64) -> Self {
        Self { factor, ..self }
    }

    /// Epochs without an improvement after which the rate is reduced.
    #[must_use]
    pub fn patience(self, patience: usize) -> Self {
        Self { patience, ..self }
    }

    /// Epochs after a reduction that are not counted.
    #[must_use]
    pub fn cooldown(self, cooldown: usize) -> Self {
        Self { cooldown, ..self }
    }

    /// The learning rate is not reduced below this.
    #[must_use]
    pub fn min_rate(self, min_rate: f64) -> Self {
        Self { min_rate, ..self }
    }
}

impl<N> Callback<N> for ReduceOnPlateau {
    fn name(&self) -> &'static str {
        "ReduceOnPlateau"
    }

    fn start(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        self.monitor.check(plan)?;
        let factor = self.factor;
        Error::check("the factor of the learning rate", factor, "between 0 and 1", 0.0 < factor && factor < 1.0)?;
        Error::check_learning_rate(self.min_rate)?;
        if !plan.rate_can_change {
            return Err(Error::RateIsScheduled);
        }
        (self.wait, self.cooling, self.best) = (0, 0, None);
        Ok(())
    }

    fn epoch(&mut self, epoch: &mut EpochEnd<'_, N>) -> Result<(), Error> {
        if self.cooling > 0 {
            self.cooling -= 1;
            self.wait = 0;
        }
        let value = self.monitor.value(epoch.history);
        if self.monitor.improves(value, self.best) {
            self.best = Some(value);
            self.wait = 0;
        } else if self.cooling == 0 {
            self.wait += 1;
            if self.wait >= self.patience && epoch.next_learning_rate > self.min_rate {
                let (rate, number) = (epoch.next_learning_rate, epoch.history.len());
                epoch.next_learning_rate = (rate * self.factor).max(self.min_rate);
                let (column, lower) = (&self.monitor.column, Short(epoch.next_learning_rate));
                epoch.report.note(&format!(
                    "epoch {number}: {column} is on a plateau, the learning rate goes from {} to {lower}",
                    Short(rate)
                ));
                self.cooling = self.cooldown;
                self.wait = 0;
            }
        }
        Ok(())
    }

    fn save(&self, state: &mut CallbackState<N>) {
        state.set_count("wait", self.wait);
        state.set_count("cooling", self.cooling);
        if let Some(best) = self.best {
            state.set("best", best);
        }
    }

    fn restore(&mut self, state: &CallbackState<N>) -> Result<(), Error> {
        self.wait = state.count("wait");
        self.cooling = state.count("cooling");
        self.best = state.get("best");
        Ok(())
    }
}
