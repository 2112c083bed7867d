//! A log of epochs as a comma-separated file.

use std::format;
use std::path::PathBuf;
use std::string::{String, ToString};
use std::vec::Vec;

use crate::error::Error;
use crate::train::callbacks::log_file::LogFile;
use crate::train::callbacks::{Callback, CallbackState, EpochEnd, Plan};
use crate::train::progress::Report;

/// Writes a line an epoch to a comma-separated file while training goes on: the epoch (from 1), the
/// learning rate, and each column of the history. Values have all their digits.
///
/// A run that goes on after a checkpoint goes on in the file, too: lines of epochs that are trained
/// again are taken away first.
///
/// ```
/// use typenet::prelude::*;
///
/// # let folder = std::env::temp_dir().join(format!("typenet-csv-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("epochs.csv");
/// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[1.0_f32], [2.0], [3.0]])?;
/// let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Sgd::new(0.1))
///     .callback(CsvLogger::new(&path));
/// trainer.fit(&data, Fit::epochs(3))?;
/// let text = std::fs::read_to_string(&path)?;
/// assert!(text.starts_with("epoch,learning_rate,loss\n1,0.1,") && text.lines().count() == 4);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CsvLogger {
    file: LogFile,
    columns: Vec<String>,
}

impl CsvLogger {
    /// A file that is written anew for each training.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { file: LogFile::new(path.into()), columns: Vec::new() }
    }

    /// Keeps what the file holds, and writes after it.
    #[must_use]
    pub fn append(self) -> Self {
        Self { file: self.file.append(), ..self }
    }

    fn write(&mut self, record: impl IntoIterator<Item = String>) -> Result<(), Error> {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        // A writer into memory does not fail.
        let _ = writer.write_record(record);
        self.file.write(&writer.into_inner().unwrap_or_default())
    }
}

impl<N> Callback<N> for CsvLogger {
    fn name(&self) -> &'static str {
        "CsvLogger"
    }

    fn start(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        self.file.start(plan)?;
        self.columns = plan.columns.to_vec();
        Ok(())
    }

    fn epoch(&mut self, epoch: &mut EpochEnd<'_, N>) -> Result<(), Error> {
        if self.file.length() == 0 {
            let names = ["epoch", "learning_rate"].into_iter().map(String::from);
            self.write(names.chain(self.columns.clone()))?;
        }
        // The shortest text that reads back as the same number.
        let number = |value: f64| format!("{value:?}");
        let values = self.columns.iter().map(|name| epoch.history.value(name).map_or(String::new(), number));
        let record: Vec<String> =
            [epoch.history.len().to_string(), number(epoch.learning_rate)].into_iter().chain(values).collect();
        self.write(record)
    }

    fn end(&mut self, _: &mut N, _: &mut dyn Report) -> Result<(), Error> {
        self.file.end();
        Ok(())
    }

    fn save(&self, state: &mut CallbackState<N>) {
        self.file.save(state);
    }

    fn restore(&mut self, state: &CallbackState<N>) -> Result<(), Error> {
        self.file.restore(state)
    }
}
