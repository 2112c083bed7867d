//! A log of epochs as a file of JSON objects, one a line.

use std::path::PathBuf;
use std::string::String;
use std::vec::Vec;

use serde::Serializer;
use serde::ser::SerializeMap;

use crate::error::Error;
use crate::train::callbacks::log_file::LogFile;
use crate::train::callbacks::{Callback, CallbackState, EpochEnd, Plan};
use crate::train::progress::Report;

/// Writes a line an epoch to a file while training goes on: a JSON object of the epoch (from 1), the
/// learning rate and each column of the history. Values have all their digits; those that are not
/// finite, which JSON cannot say, are `null`.
///
/// A run that goes on after a checkpoint goes on in the file, too: lines of epochs that are trained
/// again are taken away first.
///
/// ```
/// use typenet::prelude::*;
///
/// # let folder = std::env::temp_dir().join(format!("typenet-json-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("epochs.jsonl");
/// let data = Dataset::new(vec![[1.0_f32]], vec![[0.5_f32]])?;
/// let mut trainer = Trainer::new(Box::new(Dense::<1, 1>::ZERO), MeanSquaredError, Sgd::new(0.1))
///     .callback(JsonLinesLogger::new(&path));
/// trainer.fit(&data, Fit::epochs(1))?;
/// let text = std::fs::read_to_string(&path)?;
/// assert_eq!(text, "{\"epoch\":1,\"learning_rate\":0.1,\"loss\":0.25}\n");
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JsonLinesLogger {
    file: LogFile,
    columns: Vec<String>,
}

impl JsonLinesLogger {
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

    /// The line. The order of its members is that of the columns.
    fn line<N>(&self, epoch: &EpochEnd<'_, N>) -> Result<Vec<u8>, serde_json::Error> {
        let mut line = Vec::new();
        let mut serializer = serde_json::Serializer::new(&mut line);
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("epoch", &epoch.history.len())?;
        object.serialize_entry("learning_rate", &epoch.learning_rate)?;
        for column in &self.columns {
            object.serialize_entry(column, &epoch.history.value(column))?;
        }
        object.end()?;
        line.push(b'\n');
        Ok(line)
    }
}

impl<N> Callback<N> for JsonLinesLogger {
    fn name(&self) -> &'static str {
        "JsonLinesLogger"
    }

    fn start(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        self.file.start(plan)?;
        self.columns = plan.columns.to_vec();
        Ok(())
    }

    fn epoch(&mut self, epoch: &mut EpochEnd<'_, N>) -> Result<(), Error> {
        // Texts and numbers into memory: nothing of it fails.
        let line = self.line(epoch).unwrap_or_default();
        self.file.write(&line)
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
