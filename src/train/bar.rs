//! A progress bar in the terminal.

use std::format;
use std::string::String;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::train::history::History;
use crate::train::progress::{Lines, Progress, Report};

/// How often the bar moves: drawing costs more than a small batch. An epoch that is shorter shows
/// none, and nothing flickers.
const PERIOD: Duration = Duration::from_millis(100);

/// One line of 80 columns has room for the loss and one metric; what does not fit is cut.
const TEMPLATE: &str = "{prefix} [{bar:10}] {eta} left, {wide_msg}";
/// The same where the number of batches is not known.
const OPEN_TEMPLATE: &str = "{prefix} {pos} batches, {wide_msg}";

/// Draws a bar for the running epoch, with the time left, samples per second, and the loss and the metrics so far,
/// and prints a line an epoch as [`Lines`] does. The bar goes to the standard error, and only where that is a
/// terminal. Of a stream whose number of batches is not known, it counts them.
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
    begun: Option<Begun>,
}

/// Where the bar of an epoch was made, and when it was last drawn.
#[derive(Clone, Copy, Debug)]
struct Begun {
    samples: usize,
    at: Instant,
    drawn: Instant,
}

impl Bar {
    fn draw(&mut self, progress: &Progress<'_>, rate: f64) {
        // A builder does not draw: message and position change at once.
        self.bar = self.bar.clone().with_message(message(progress, rate));
        self.bar.set_position(progress.batch as u64);
    }
}

impl Begun {
    /// Samples in a second since then.
    fn rate(&self, samples: usize, elapsed: Duration) -> f64 {
        samples.saturating_sub(self.samples) as f64 / elapsed.as_secs_f64()
    }
}

impl Default for Bar {
    fn default() -> Self {
        Self { bar: ProgressBar::hidden(), epochs: 0, batches: 0, begun: None }
    }
}

impl Report for Bar {
    fn start(&mut self, epochs: usize, batches: usize) {
        *self = Self { epochs, batches, ..Self::default() };
    }

    fn batch(&mut self, progress: &Progress<'_>) {
        let Some(begun) = &mut self.begun else {
            // On the standard error; hidden where that is no terminal. Not drawn yet.
            let (bar, template) = match self.batches {
                0 => (ProgressBar::no_length(), OPEN_TEMPLATE),
                batches => (ProgressBar::new(batches as u64), TEMPLATE),
            };
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let width = self.epochs.checked_ilog10().unwrap_or(0) as usize + 1;
            let prefix = format!("epoch {:>width$}/{}", progress.epoch, self.epochs);
            self.bar = bar.with_style(style.progress_chars("=> ")).with_prefix(prefix);
            let now = Instant::now();
            self.begun = Some(Begun { samples: progress.samples, at: now, drawn: now });
            return;
        };
        if begun.drawn.elapsed() >= PERIOD && !self.bar.is_hidden() {
            begun.drawn = Instant::now();
            let rate = begun.rate(progress.samples, begun.at.elapsed());
            self.draw(progress, rate);
        }
    }

    fn epoch(&mut self, history: &History, epochs: usize) {
        self.end();
        Lines.epoch(history, epochs);
    }

    fn note(&mut self, line: &str) {
        self.end();
        Lines.note(line);
    }

    fn end(&mut self) {
        self.bar.finish_and_clear();
        self.begun = None;
    }
}

/// The rate has few digits: they change all the time.
fn message(progress: &Progress<'_>, rate: f64) -> String {
    if rate < 10.0 { format!("{rate:.1} samples/s, {progress}") } else { format!("{rate:.0} samples/s, {progress}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(epoch: usize, batch: usize) -> Progress<'static> {
        Progress { epoch, batch, samples: 32 * batch, loss: 0.125, metrics: &|| std::vec![("accuracy", 0.9)] }
    }

    #[test]
    fn templates_are_templates() {
        assert!([TEMPLATE, OPEN_TEMPLATE].iter().all(|template| ProgressStyle::with_template(template).is_ok()));
    }

    #[test]
    fn the_rate_is_that_since_the_first_batch() {
        let begun = Begun { samples: 32, at: Instant::now(), drawn: Instant::now() };
        assert_eq!(begun.rate(96, Duration::from_millis(500)), 128.0);
    }

    #[test]
    fn messages_are_short() {
        assert_eq!(message(&progress(1, 1), 3.16), "3.2 samples/s, loss 0.1250, accuracy 0.9000");
        assert_eq!(message(&progress(1, 1), 12_345.6), "12346 samples/s, loss 0.1250, accuracy 0.9000");
    }

    #[test]
    fn the_bar_starts_again_in_each_epoch() {
        let mut history = History::new(["loss"]);
        let mut bar = Bar::default();
        bar.start(10, 7);
        for epoch in 1..=2 {
            bar.batch(&progress(epoch, 1));
            assert_eq!((bar.bar.prefix(), bar.bar.length()), (format!("epoch  {epoch}/10"), Some(7)));
            assert_eq!((bar.bar.position(), bar.bar.message()), (0, String::new()));
            bar.draw(&progress(epoch, 3), 50.0);
            assert_eq!(bar.bar.position(), 3);
            assert!(bar.bar.message().starts_with("50 samples/s, loss 0.1250"));
            history.push(std::vec![0.125], None);
            bar.epoch(&history, 2);
            assert!(bar.bar.is_finished());
        }
        // A note in the middle of an epoch is not written into the bar.
        bar.batch(&progress(3, 1));
        bar.note("a step failed");
        assert!(bar.bar.is_finished());
        // Of a stream.
        bar.start(1, 0);
        bar.batch(&progress(1, 1));
        assert_eq!((bar.bar.prefix(), bar.bar.length()), ("epoch 1/1".into(), None));
    }
}
