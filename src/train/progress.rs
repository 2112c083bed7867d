//! How training is reported while it runs.

use alloc::vec::Vec;
use core::fmt;

use crate::train::history::{History, Short};

/// How far an epoch has come.
///
/// ```
/// use typenet::prelude::*;
///
/// let metrics = || vec![("accuracy", 0.75)];
/// let progress = Progress { epoch: 1, batch: 3, samples: 96, loss: 0.5, metrics: &metrics };
/// assert_eq!(progress.to_string(), "loss 0.5000, accuracy 0.7500");
/// ```
pub struct Progress<'a> {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The batches of it that are done.
    pub batch: usize,
    /// The samples in them.
    pub samples: usize,
    /// The mean loss over them.
    pub loss: f64,
    /// Computes the name and value of each metric over them: call it where they are shown only, because some sort
    /// all samples.
    pub metrics: &'a dyn Fn() -> Vec<(&'static str, f64)>,
}

/// The loss and the metrics.
impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loss {}", Short(self.loss))?;
        (self.metrics)().iter().try_for_each(|(name, value)| write!(f, ", {name} {}", Short(*value)))
    }
}

impl fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {}, batch {}: {self}", self.epoch, self.batch)
    }
}

/// Is told how training goes. Every method does nothing unless written.
///
/// ```
/// use typenet::prelude::*;
///
/// /// Remembers the best loss.
/// struct Best(f64);
///
/// impl Report for Best {
///     fn epoch(&mut self, history: &History, _: usize) {
///         let loss = history.last().and_then(|epoch| epoch.training.first());
///         self.0 = loss.map_or(self.0, |loss| self.0.min(*loss));
///     }
/// }
///
/// let mut history = History::new(["loss"]);
/// let mut best = Best(f64::INFINITY);
/// for loss in [0.5, 0.25, 0.375] {
///     history.push(vec![loss], None);
///     best.epoch(&history, 3);
/// }
/// assert_eq!(best.0, 0.25);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not report progress",
    label = "not a report",
    note = "progress is reported by `Lines`, by `Bar::default()` with the feature `progress`, or by your own `Report`"
)]
pub trait Report {
    /// Training starts: so many epochs of so many batches, or of 0 where that is not known.
    fn start(&mut self, epochs: usize, batches: usize) {
        let _ = (epochs, batches);
    }

    /// A batch is done.
    fn batch(&mut self, progress: &Progress<'_>) {
        let _ = progress;
    }

    /// An epoch is done: the last one of the history, out of this many.
    fn epoch(&mut self, history: &History, epochs: usize) {
        let _ = (history, epochs);
    }

    /// A callback did something that the values of an epoch do not show, such as to end the training.
    fn note(&mut self, line: &str) {
        let _ = line;
    }

    /// Training ends: after the last epoch, or where a step failed. Callbacks that do something then have a
    /// [`note`](Report::note) after this.
    fn end(&mut self) {}
}

/// Silence.
impl Report for () {}

/// What a callback is given can be shown by `{:?}`.
impl fmt::Debug for dyn Report + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Report")
    }
}

impl<R: Report + ?Sized> Report for &mut R {
    fn start(&mut self, epochs: usize, batches: usize) {
        (**self).start(epochs, batches);
    }

    fn batch(&mut self, progress: &Progress<'_>) {
        (**self).batch(progress);
    }

    fn epoch(&mut self, history: &History, epochs: usize) {
        (**self).epoch(history, epochs);
    }

    fn note(&mut self, line: &str) {
        (**self).note(line);
    }

    fn end(&mut self) {
        (**self).end();
    }
}

/// Prints a line an epoch to the standard output, and a line for what a callback does, such as
/// `epoch 12: early stopping, val_loss was best in epoch 9 with 0.1234; the network of epoch 9 is restored`.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<1, 4>, Tanh, Dense<4, 1>];
/// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[0.0_f32], [0.25], [1.0]])?;
/// let mut trainer = Trainer::new(initialized::<Network>(1), MeanSquaredError, Adam::new(0.01)).report(Lines);
/// trainer.fit(&data, Fit::epochs(3))?; // `epoch 1/3  loss ..`
/// # Ok::<(), typenet::Error>(())
/// ```
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Lines;

#[cfg(feature = "std")]
impl Report for Lines {
    fn epoch(&mut self, history: &History, epochs: usize) {
        if let Some(line) = history.last_line(epochs) {
            print(line);
        }
    }

    fn note(&mut self, line: &str) {
        print(line);
    }
}

/// Not `println!`: training goes on when nobody reads any more.
#[cfg(feature = "std")]
fn print(line: impl fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_borrowed_report_is_told_everything() {
        #[derive(Default)]
        struct Heard(Vec<String>);
        impl Report for Heard {
            fn start(&mut self, epochs: usize, batches: usize) {
                self.0.push(format!("start {epochs} {batches}"));
            }
            fn batch(&mut self, progress: &Progress<'_>) {
                self.0.push(format!("{progress:?}"));
            }
            fn epoch(&mut self, history: &History, epochs: usize) {
                self.0.push(format!("epoch {} {epochs}", history.len()));
            }
            fn note(&mut self, line: &str) {
                self.0.push(line.into());
            }
            fn end(&mut self) {
                self.0.push("end".into());
            }
        }
        fn tell(mut report: impl Report) {
            report.start(2, 3);
            report.batch(&Progress { epoch: 1, batch: 2, samples: 64, loss: 0.5, metrics: &Vec::new });
            report.epoch(&History::new(["loss"]), 4);
            report.note("a note");
            report.end();
        }
        let mut heard = Heard::default();
        tell(&mut heard);
        assert_eq!(heard.0, ["start 2 3", "epoch 1, batch 2: loss 0.5000", "epoch 0 4", "a note", "end"]);
        tell(());
    }
}
