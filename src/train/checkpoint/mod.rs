//! Checkpoints: everything that training needs to go on, in one file.
//!
//! A file is a header of 24 bytes and a payload in the format of the crate `safetensors`. All numbers
//! are little-endian; a machine of the other byte order does not get this module.
//!
//! | bytes | type | what |
//! | --- | --- | --- |
//! | 0 to 7 | bytes | `typeckpt` |
//! | 8 to 11 | `u32` | CRC-32 (ISO-HDLC, as in zip and PNG) of everything after it |
//! | 12 to 15 | `u32` | version of the format: 2 |
//! | 16 to 23 | `u64` | bytes of the payload |
//! | from 24 | | the payload |
//!
//! Every version has magic, checksum and version in these places.
//!
//! | tensors | what |
//! | --- | --- |
//! | `network.ARRAY` | each array of the network, running statistics included |
//! | `optimizer.INDEX.PART.ARRAY`, `optimizer.INDEX.PART` | the optimizer's state |
//! | `learning_rate`, `history.training`, `history.validation`, `checkpoint.best` | numbers, as `f64` |
//! | `callback.INDEX.number.NAME`, `callback.INDEX.network.NAME.ARRAY` | what callbacks remember |
//!
//! What is not a tensor is JSON in the metadata `typenet`.

mod contents;
mod error;
mod file;
mod trainer;

pub use error::{CheckpointError, CheckpointProblem};
pub(crate) use trainer::Resumed;

use std::path::PathBuf;

use crate::error::Error;
use crate::train::callbacks::{Monitor, Plan};
use crate::train::history::History;

/// A file into which a [`Trainer`](crate::train::Trainer) puts everything that it needs to go on: weights,
/// running statistics, optimizer state, learning rate, random numbers, history, and what callbacks
/// remember.
///
/// The file is written beside its place, brought to the disk and renamed: a process that is killed at
/// any moment leaves the previous file or the new one, whole. Two runs on one path do not mix. What a
/// killed run left half written (`NAME.PROCESS-NUMBER.tmp`) is of no use and may be removed.
///
/// ```
/// use typenet::prelude::*;
///
/// # let folder = std::env::temp_dir().join(format!("typenet-checkpoint-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let (last, best) = (folder.join("last.checkpoint"), folder.join("best.checkpoint"));
/// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[1.0_f32], [2.0], [3.0]])?;
/// let trainer = || {
///     Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Adam::new(0.1))
///         .checkpoint(Checkpoint::last(&last).every(5))
///         .checkpoint(Checkpoint::best(&best, "val_loss"))
/// };
/// trainer().fit(&data, Fit::epochs(10).validation_data(&data))?;
///
/// // In a later process:
/// let mut trainer = trainer();
/// assert_eq!(trainer.resume(&last)?, 10);
/// let history = trainer.fit(&data, Fit::epochs(15).validation_data(&data))?;
/// assert_eq!(history.len(), 15);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    path: PathBuf,
    every: usize,
    monitor: Option<Monitor>,
    best: Option<f64>,
}

impl Checkpoint {
    /// A checkpoint of the last epoch: one that training goes on from.
    #[must_use]
    pub fn last(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), every: 1, monitor: None, best: None }
    }

    /// A checkpoint of the best epoch so far, by a column of the history such as `val_loss`.
    #[must_use]
    pub fn best(path: impl Into<PathBuf>, monitor: impl Into<Monitor>) -> Self {
        Self { monitor: Some(monitor.into()), ..Self::last(path) }
    }

    /// Writes after each epoch that is a multiple of this, and after the last one; the best of those
    /// epochs. Default 1.
    ///
    /// Where a step fails, the network is between two epochs, and nothing is written: the file is that of
    /// the last multiple.
    #[must_use]
    pub fn every(self, every: usize) -> Self {
        Self { every, ..self }
    }

    pub(crate) fn start(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        Error::check("the number of epochs between checkpoints", self.every as f64, "at least 1", self.every > 0)?;
        self.best = None;
        self.monitor.as_ref().map_or(Ok(()), |monitor| monitor.check(plan))
    }

    pub(crate) fn restore(&mut self, best: Option<f64>) {
        self.best = best;
    }

    /// Whether it is to be written after this epoch.
    fn is_due(&mut self, history: &History, last: bool) -> bool {
        if !last && !history.len().is_multiple_of(self.every.max(1)) {
            return false;
        }
        let Some(monitor) = &self.monitor else { return true };
        let value = monitor.value(history);
        let improves = monitor.improves(value, self.best);
        if improves {
            self.best = Some(value);
        }
        improves
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(checkpoint: &mut Checkpoint, losses: &[f64]) -> Vec<usize> {
        let mut history = History::new(["loss"]);
        let mut epochs = Vec::new();
        for loss in losses {
            history.push(vec![*loss], None);
            if checkpoint.is_due(&history, history.len() == losses.len()) {
                epochs.push(history.len());
            }
        }
        epochs
    }

    #[test]
    fn which_epochs_are_written() {
        let losses = [3.0, f64::NAN, 2.0, 2.5, 2.0, 1.0, 1.5];
        assert_eq!(due(&mut Checkpoint::last("x"), &losses), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(due(&mut Checkpoint::last("x").every(3), &losses), [3, 6, 7]);
        assert_eq!(due(&mut Checkpoint::best("x", "loss"), &losses), [1, 3, 6]);
        assert_eq!(due(&mut Checkpoint::best("x", "loss").every(2), &losses), [4, 6]);
    }
}
