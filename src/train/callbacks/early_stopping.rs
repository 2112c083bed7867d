//! Early stopping.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::error::Error;
use crate::network::Parameters;
use crate::network::batch::copy_to;
use crate::train::callbacks::state::boxed;
use crate::train::callbacks::{Callback, CallbackState, EpochEnd, Mode, Monitor, Plan};
use crate::train::history::Short;
use crate::train::progress::Report;

/// Ends the training once a monitored value has not improved for `patience` epochs, as Keras'
/// `EarlyStopping` does (see [`Monitor`] for what counts as an improvement).
///
/// The first epoch never ends the training, not even with a patience of 0. With
/// [`restore_best`](Self::restore_best) the network is that of the best epoch when training ends:
/// after its last epoch, early, with an error, or with a panic that is caught around `fit` (which takes the
/// feature `std`). Only a process that is killed restores nothing: that is what a
/// `Checkpoint` is for, which keeps the network of the last epoch.
///
/// ```
/// use typenet::prelude::*;
///
/// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[1.0_f32], [2.0], [3.0]])?;
/// let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Sgd::new(0.1))
///     .callback(EarlyStopping::new("val_loss").min_delta(1e-4).patience(3).restore_best());
/// let history = trainer.fit(&data, Fit::epochs(1000).validation_data(&data))?;
/// assert!(history.len() < 1000);
/// # Ok::<(), typenet::Error>(())
/// ```
pub struct EarlyStopping<N> {
    /// What is monitored.
    pub monitor: Monitor,
    /// Epochs without an improvement after which training ends. Default 0.
    pub patience: usize,
    /// What the value must improve on for the patience to begin anew. Default nothing.
    pub baseline: Option<f64>,
    /// Whether the network becomes that of the best epoch when training ends. Default false.
    pub restore_best: bool,
    /// Epochs at the start that are not looked at. Default 0.
    pub start_from_epoch: usize,
    wait: usize,
    best: Option<f64>,
    best_epoch: usize,
    stopped_epoch: usize,
    network: Option<Box<N>>,
}

impl<N> EarlyStopping<N> {
    /// Early stopping with Keras' defaults.
    #[must_use]
    pub fn new(monitor: impl Into<Monitor>) -> Self {
        Self {
            monitor: monitor.into(),
            patience: 0,
            baseline: None,
            restore_best: false,
            start_from_epoch: 0,
            wait: 0,
            best: None,
            best_epoch: 0,
            stopped_epoch: 0,
            network: None,
        }
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

    /// Epochs without an improvement after which training ends.
    #[must_use]
    pub fn patience(self, patience: usize) -> Self {
        Self { patience, ..self }
    }

    /// What the value must improve on for the patience to begin anew.
    #[must_use]
    pub fn baseline(self, baseline: f64) -> Self {
        Self { baseline: Some(baseline), ..self }
    }

    /// Restores the network of the best epoch when training ends.
    #[must_use]
    pub fn restore_best(self) -> Self {
        Self { restore_best: true, ..self }
    }

    /// Epochs at the start that are not looked at.
    #[must_use]
    pub fn start_from_epoch(self, start_from_epoch: usize) -> Self {
        Self { start_from_epoch, ..self }
    }

    /// The best value so far.
    #[must_use]
    pub fn best(&self) -> Option<f64> {
        self.best
    }

    /// The epoch of the best value, from 1.
    #[must_use]
    pub fn best_epoch(&self) -> Option<usize> {
        (self.best_epoch > 0).then_some(self.best_epoch)
    }

    /// The epoch after which training was ended, from 1.
    #[must_use]
    pub fn stopped_epoch(&self) -> Option<usize> {
        (self.stopped_epoch > 0).then_some(self.stopped_epoch)
    }
}

impl<N: Parameters> Clone for EarlyStopping<N> {
    fn clone(&self) -> Self {
        let network = self.network.as_deref().map(boxed);
        Self { monitor: self.monitor.clone(), network, ..*self }
    }
}

impl<N> fmt::Debug for EarlyStopping<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EarlyStopping")
            .field("monitor", &self.monitor)
            .field("patience", &self.patience)
            .field("wait", &self.wait)
            .field("best", &self.best)
            .field("best_epoch", &self.best_epoch)
            .finish_non_exhaustive()
    }
}

impl<N: Parameters> EarlyStopping<N> {
    fn keep(&mut self, epoch: &EpochEnd<'_, N>) {
        self.best_epoch = epoch.history.len();
        if self.restore_best {
            match &mut self.network {
                Some(network) => copy_to(&mut **network, epoch.network),
                None => self.network = Some(boxed(epoch.network)),
            }
        }
    }
}

impl<N: Parameters> Callback<N> for EarlyStopping<N> {
    fn name(&self) -> &'static str {
        "EarlyStopping"
    }

    fn start(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        self.monitor.check(plan)?;
        (self.wait, self.best, self.best_epoch, self.stopped_epoch, self.network) = (0, None, 0, 0, None);
        Ok(())
    }

    fn epoch(&mut self, epoch: &mut EpochEnd<'_, N>) -> Result<(), Error> {
        let completed = epoch.history.len();
        if completed <= self.start_from_epoch {
            return Ok(());
        }
        if self.restore_best && self.network.is_none() {
            self.keep(epoch);
        }
        self.wait += 1;
        let value = self.monitor.value(epoch.history);
        if self.monitor.improves(value, self.best) {
            self.best = Some(value);
            self.keep(epoch);
            if self.baseline.is_none_or(|baseline| self.monitor.improves(value, Some(baseline))) {
                self.wait = 0;
            }
        } else if self.wait >= self.patience && completed > 1 {
            self.stopped_epoch = completed;
            epoch.stop = true;
        }
        Ok(())
    }

    fn end(&mut self, network: &mut N, report: &mut dyn Report) -> Result<(), Error> {
        let kept = self.network.as_ref().filter(|_| self.restore_best);
        if let Some(best) = kept {
            copy_to(network, &**best);
        }
        if self.stopped_epoch > 0 || kept.is_some() {
            let ended = match self.stopped_epoch {
                0 => "training ends".into(),
                epoch => format!("epoch {epoch}: early stopping"),
            };
            let (column, epoch) = (&self.monitor.column, self.best_epoch);
            let best = match self.best {
                Some(best) => format!("{column} was best in epoch {epoch} with {}", Short(best)),
                None => format!("{column} was never a number"),
            };
            let restored = kept.map_or(String::new(), |_| format!("; the network of epoch {epoch} is restored"));
            report.note(&format!("{ended}, {best}{restored}"));
        }
        Ok(())
    }

    fn save(&self, state: &mut CallbackState<N>) {
        state.set_count("wait", self.wait);
        state.set_count("best_epoch", self.best_epoch);
        state.set_count("stopped_epoch", self.stopped_epoch);
        if let Some(best) = self.best {
            state.set("best", best);
        }
        if let Some(network) = &self.network {
            state.set_network("best", network);
        }
    }

    fn restore(&mut self, state: &CallbackState<N>) -> Result<(), Error> {
        self.wait = state.count("wait");
        self.best_epoch = state.count("best_epoch");
        self.stopped_epoch = state.count("stopped_epoch");
        self.best = state.get("best");
        self.network = state.network("best").map(boxed);
        Ok(())
    }
}
