//! The file that a logger writes line by line.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::string::ToString;

use crate::error::Error;
use crate::train::callbacks::{CallbackState, Plan};

/// A file, and what is done with what it holds already.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    append: bool,
    file: Option<File>,
}

impl LogFile {
    pub fn new(path: PathBuf) -> Self {
        Self { path, append: false, file: None }
    }

    pub fn append(self) -> Self {
        Self { append: true, ..self }
    }

    /// Opens the file. Where training goes on after a checkpoint, what is there stays until
    /// [`restore`](Self::restore).
    pub fn start(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        let keep = self.append || plan.completed > 0;
        let opened = OpenOptions::new().write(true).create(true).truncate(!keep).open(&self.path);
        let mut file = opened.map_err(|error| self.failed(&error))?;
        file.seek(SeekFrom::End(0)).map_err(|error| self.failed(&error))?;
        self.file = Some(file);
        Ok(())
    }

    /// Writes at once: a file that is looked at while training goes on ends with a whole line.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let written = file.write_all(bytes);
        written.map_err(|error| self.failed(&error))
    }

    pub fn end(&mut self) {
        self.file = None;
    }

    pub fn save<N>(&self, state: &mut CallbackState<N>) {
        state.set("bytes", self.length() as f64);
    }

    /// Cuts off the epochs after the checkpoint: they are trained, and written, again.
    pub fn restore<N>(&mut self, state: &CallbackState<N>) -> Result<(), Error> {
        let bytes = state.get("bytes").unwrap_or_default() as u64;
        if self.length() <= bytes {
            return Ok(());
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        let cut = file.set_len(bytes).and_then(|()| file.seek(SeekFrom::End(0)));
        cut.map(drop).map_err(|error| self.failed(&error))
    }

    pub fn length(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        Error::Write { file: self.path.display().to_string(), problem: error.to_string() }
    }
}
