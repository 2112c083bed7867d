//! The callbacks: what looks on while a trainer trains, and may change its course. One file each.

mod closures;
#[cfg(feature = "csv")]
mod csv_logger;
mod diagnostics;
mod early_stopping;
mod gradient_monitor;
#[cfg(feature = "json")]
mod json_lines_logger;
#[cfg(any(feature = "csv", feature = "json"))]
mod log_file;
mod monitor;
mod reduce_on_plateau;
mod shared;
mod state;
mod terminate_on_nan;
#[cfg(feature = "tracing")]
mod trace;

pub use closures::{OnBatch, OnEpoch};
#[cfg(feature = "csv")]
pub use csv_logger::CsvLogger;
pub use diagnostics::{ArrayNorms, Diagnostics};
pub(crate) use diagnostics::{Gauge, silent_shares};
pub use early_stopping::EarlyStopping;
pub use gradient_monitor::GradientMonitor;
#[cfg(feature = "json")]
pub use json_lines_logger::JsonLinesLogger;
pub use monitor::{Mode, Monitor};
pub use reduce_on_plateau::ReduceOnPlateau;
pub use state::CallbackState;
#[cfg(all(feature = "checkpoint", target_endian = "little"))]
pub(crate) use state::boxed;
pub use terminate_on_nan::TerminateOnNan;
#[cfg(feature = "tracing")]
pub use trace::Trace;

use alloc::string::String;

use crate::error::Error;
use crate::train::history::History;
use crate::train::progress::Report;

/// Looks on while a network of type `N` is trained, and may change the course. Every method does
/// nothing unless written.
///
/// ```
/// use typenet::prelude::*;
///
/// /// Ends the training once the loss is small enough.
/// struct GoodEnough(f64);
///
/// impl<N> Callback<N> for GoodEnough {
///     fn epoch(&mut self, epoch: &mut EpochEnd<'_, N>) -> Result<(), Error> {
///         epoch.stop |= epoch.history.value("loss").is_some_and(|loss| loss < self.0);
///         Ok(())
///     }
/// }
///
/// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[1.0_f32], [2.0], [3.0]])?;
/// let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Sgd::new(0.1))
///     .callback(GoodEnough(0.01));
/// let history = trainer.fit(&data, Fit::epochs(1000))?;
/// assert!(history.len() < 1000 && history.value("loss") < Some(0.01));
/// # Ok::<(), typenet::Error>(())
/// ```
///
/// Callbacks are called in the order in which they were added.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a callback",
    label = "not a callback",
    note = "a callback is a value such as `EarlyStopping::new(\"val_loss\")`; a closure is given to `on_epoch` or `on_batch`"
)]
pub trait Callback<N> {
    /// The name by which a checkpoint knows the callback.
    fn name(&self) -> &'static str {
        "callback"
    }

    /// Training is about to start. What an earlier training left is forgotten.
    ///
    /// # Errors
    ///
    /// Where the plan does not suit the callback. Nothing is trained then.
    fn start(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        let _ = plan;
        Ok(())
    }

    /// A batch is done.
    fn batch(&mut self, batch: &BatchEnd<'_, N>) {
        let _ = batch;
    }

    /// An epoch is done, its validation included.
    ///
    /// # Errors
    ///
    /// Those that shall end the training.
    fn epoch(&mut self, epoch: &mut EpochEnd<'_, N>) -> Result<(), Error> {
        let _ = epoch;
        Ok(())
    }

    /// A step failed. Where this returns true, the training ends there without an error: a
    /// [`note`](Report::note) in the report tells why.
    fn failed(&mut self, error: &Error, report: &mut dyn Report) -> bool {
        let _ = (error, report);
        false
    }

    /// Training ends: after its last epoch, early, with an error, or with a panic (where there is the
    /// feature `std`; the panic goes on afterwards). The network may be changed, with a [`note`](Report::note) in the report.
    ///
    /// # Errors
    ///
    /// Those of the callback.
    fn end(&mut self, network: &mut N, report: &mut dyn Report) -> Result<(), Error> {
        let _ = (network, report);
        Ok(())
    }

    /// Whether [`EpochEnd::diagnostics`] shall be measured, which takes time.
    fn wants_diagnostics(&self) -> bool {
        false
    }

    /// Puts into a checkpoint what is remembered from epoch to epoch.
    fn save(&self, state: &mut CallbackState<N>) {
        let _ = state;
    }

    /// Takes from a checkpoint what [`save`](Callback::save) put there. Called after
    /// [`start`](Callback::start).
    ///
    /// # Errors
    ///
    /// Where training cannot go on from this state.
    fn restore(&mut self, state: &CallbackState<N>) -> Result<(), Error> {
        let _ = state;
        Ok(())
    }
}

/// What is going to be trained.
///
/// ```
/// use typenet::prelude::*;
///
/// let columns = ["loss".to_string()];
/// let plan = Plan { epochs: 20, completed: 0, batches: 12, columns: &columns, rate_can_change: true };
/// let mut early = EarlyStopping::<Dense<1, 1>>::new("val_loss");
/// assert_eq!(
///     early.start(&plan).map_err(|error| error.to_string()),
///     Err(r#"there is no "val_loss" to monitor: the columns of the history are "loss""#.into())
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan<'a> {
    /// Epochs, those completed before included.
    pub epochs: usize,
    /// Epochs completed before: not 0 where training goes on after a checkpoint.
    pub completed: usize,
    /// Batches in an epoch; 0 where that is not known.
    pub batches: usize,
    /// The columns of the history (see [`History::columns`]).
    pub columns: &'a [String],
    /// Whether the optimizer's learning rate can be set: not where it follows a schedule.
    pub rate_can_change: bool,
}

/// What a callback sees after a batch.
///
/// ```
/// use typenet::prelude::*;
///
/// let network = Dense::<1, 1>::ZERO;
/// let end = BatchEnd { network: &network, epoch: 1, batch: 3, loss: 0.5 };
/// OnBatch(|batch: &BatchEnd<'_, Dense<1, 1>>| assert_eq!(batch.batch, 3)).batch(&end);
/// ```
#[derive(Debug)]
pub struct BatchEnd<'a, N> {
    /// The network.
    pub network: &'a N,
    /// Which epoch, from 1.
    pub epoch: usize,
    /// Which batch of the epoch, from 1.
    pub batch: usize,
    /// The mean loss of the epoch so far.
    pub loss: f64,
}

/// What a callback sees, and can change, after an epoch.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut history = History::new(["loss"]);
/// history.push(vec![f64::NAN], None);
/// let mut network = Dense::<1, 1>::ZERO;
/// let mut epoch = EpochEnd {
///     network: &mut network,
///     history: &history,
///     epochs: 20,
///     learning_rate: 0.01,
///     next_learning_rate: 0.01,
///     stop: false,
///     diagnostics: None,
///     report: &mut Lines,
/// };
/// TerminateOnNan.epoch(&mut epoch)?;
/// assert!(epoch.stop);
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Debug)]
pub struct EpochEnd<'a, N> {
    /// The network.
    pub network: &'a mut N,
    /// All epochs so far; the last one is that which is done.
    pub history: &'a History,
    /// How many epochs there shall be.
    pub epochs: usize,
    /// The learning rate of the last step.
    pub learning_rate: f64,
    /// The learning rate from now on. Where the optimizer follows a schedule, it cannot be changed.
    pub next_learning_rate: f64,
    /// Whether training shall end here.
    pub stop: bool,
    /// What was measured of the steps of this epoch, where a callback
    /// [wants](Callback::wants_diagnostics) it.
    pub diagnostics: Option<&'a Diagnostics>,
    /// Where training is reported: a callback that changes the course says so there, by
    /// [`note`](Report::note).
    pub report: &'a mut dyn Report,
}
