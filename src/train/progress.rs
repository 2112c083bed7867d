//! How training is reported while it runs.

use crate::history::History;

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
pub trait Report {
    /// Training starts: so many epochs of so many batches.
    fn start(&mut self, epochs: usize, batches: usize) {
        let _ = (epochs, batches);
    }

    /// A batch is done. Both counts are from 1; the loss is the mean of the epoch so far.
    fn batch(&mut self, epoch: usize, batch: usize, loss: f64) {
        let _ = (epoch, batch, loss);
    }

    /// An epoch is done: the last one of the history, out of this many.
    fn epoch(&mut self, history: &History, epochs: usize) {
        let _ = (history, epochs);
    }

    /// Training ends: after the last epoch, or where a step failed.
    fn end(&mut self) {}
}

/// Silence.
impl Report for () {}

impl<R: Report + ?Sized> Report for &mut R {
    fn start(&mut self, epochs: usize, batches: usize) {
        (**self).start(epochs, batches);
    }

    fn batch(&mut self, epoch: usize, batch: usize, loss: f64) {
        (**self).batch(epoch, batch, loss);
    }

    fn epoch(&mut self, history: &History, epochs: usize) {
        (**self).epoch(history, epochs);
    }

    fn end(&mut self) {
        (**self).end();
    }
}

/// Prints a line an epoch to the standard output.
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
        use std::io::Write;
        if let Some(line) = history.last_line(epochs) {
            // Not `println!`: training goes on when nobody reads any more.
            let _ = writeln!(std::io::stdout().lock(), "{line}");
        }
    }
}

#[cfg(feature = "progress")]
mod bar {
    use std::fmt::Write;
    use std::format;
    use std::time::{Duration, Instant};

    use indicatif::{ProgressBar, ProgressState, ProgressStyle};

    use super::{Lines, Report};
    use crate::history::{History, Short};

    /// How often the bar moves: drawing costs more than a small batch. An epoch that is shorter shows
    /// none, and nothing flickers.
    const PERIOD: Duration = Duration::from_millis(100);

    /// The bar takes what is left of one line.
    const TEMPLATE: &str = "{prefix} [{wide_bar}] {pos}/{len} batches, {rate}, {eta} left, loss {msg}";

    /// Draws a bar for the running epoch, with the loss so far, batches per second and the time
    /// left, and prints a line an epoch as [`Lines`] does. The bar goes to the standard error, and
    /// only where that is a terminal.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// type Network = Sequential![Dense<1, 4>, Tanh, Dense<4, 1>];
    /// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[0.0_f32], [0.25], [1.0]])?;
    /// let mut trainer = Trainer::new(initialized::<Network>(1), MeanSquaredError, Adam::new(0.01)).report(Bar::default());
    /// trainer.fit(&data, Fit::epochs(3))?;
    /// # Ok::<(), typenet::Error>(())
    /// ```
    #[derive(Clone, Debug)]
    pub struct Bar {
        bar: ProgressBar,
        epochs: usize,
        batches: usize,
        /// When the bar of this epoch was last drawn, or made.
        drawn: Option<Instant>,
    }

    impl Bar {
        /// A bar before the first epoch.
        #[must_use]
        pub fn new() -> Self {
            Self { bar: ProgressBar::hidden(), epochs: 0, batches: 0, drawn: None }
        }
    }

    impl Default for Bar {
        fn default() -> Self {
            Self::new()
        }
    }

    impl Report for Bar {
        fn start(&mut self, epochs: usize, batches: usize) {
            *self = Self { epochs, batches, ..Self::new() };
        }

        fn batch(&mut self, epoch: usize, batch: usize, loss: f64) {
            let Some(drawn) = self.drawn else {
                // On the standard error; hidden where that is no terminal. Not drawn yet.
                let bar = ProgressBar::new(self.batches as u64).with_style(style());
                self.bar = bar.with_prefix(format!("epoch {epoch}/{}", self.epochs));
                self.drawn = Some(Instant::now());
                return;
            };
            if drawn.elapsed() >= PERIOD {
                self.drawn = Some(Instant::now());
                // A builder does not draw: message and position change at once.
                self.bar = self.bar.clone().with_message(format!("{}", Short(loss)));
                self.bar.set_position(batch as u64);
            }
        }

        fn epoch(&mut self, history: &History, epochs: usize) {
            self.end();
            Lines.epoch(history, epochs);
        }

        fn end(&mut self) {
            self.bar.finish_and_clear();
            self.drawn = None;
        }
    }

    fn style() -> ProgressStyle {
        let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
        style.progress_chars("=> ").with_key("rate", |state: &ProgressState, text: &mut dyn Write| {
            let rate = state.per_sec();
            // Few digits: they change all the time.
            let _ = if rate < 10.0 { write!(text, "{rate:.1}/s") } else { write!(text, "{rate:.0}/s") };
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_template_is_one() {
            assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
        }

        #[test]
        fn the_bar_starts_again_in_each_epoch() {
            let mut history = History::new(["loss"]);
            let mut bar = Bar::new();
            bar.start(2, 7);
            for epoch in 1..=2 {
                bar.batch(epoch, 1, 0.5);
                assert_eq!((bar.bar.prefix(), bar.bar.length()), (format!("epoch {epoch}/2"), Some(7)));
                // Too soon to draw.
                bar.batch(epoch, 2, 0.25);
                assert_eq!((bar.bar.position(), bar.bar.message()), (0, String::new()));
                std::thread::sleep(PERIOD);
                bar.batch(epoch, 3, 0.125);
                assert_eq!((bar.bar.position(), bar.bar.message()), (3, "0.1250".into()));
                bar.batch(epoch, 4, 0.5);
                assert_eq!(bar.bar.position(), 3);
                history.push(vec![0.125], None);
                bar.epoch(&history, 2);
                assert!(bar.bar.is_finished());
            }
        }
    }
}

#[cfg(feature = "progress")]
pub use bar::Bar;

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
            fn batch(&mut self, epoch: usize, batch: usize, loss: f64) {
                self.0.push(format!("batch {epoch} {batch} {loss}"));
            }
            fn epoch(&mut self, history: &History, epochs: usize) {
                self.0.push(format!("epoch {} {epochs}", history.len()));
            }
            fn end(&mut self) {
                self.0.push("end".into());
            }
        }
        fn tell(mut report: impl Report) {
            report.start(2, 3);
            report.batch(1, 2, 0.5);
            report.epoch(&History::new(["loss"]), 4);
            report.end();
        }
        let mut heard = Heard::default();
        tell(&mut heard);
        assert_eq!(heard.0, ["start 2 3", "batch 1 2 0.5", "epoch 0 4", "end"]);
        tell(());
    }
}
