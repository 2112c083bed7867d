//! What can be wrong with a checkpoint.

use std::string::String;

use thiserror::Error;

/// A checkpoint that cannot be written or read. The trainer stays as it was.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut trainer: Trainer<_, [f32; 1], [f32; 1], _, _> =
///     Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Adam::default());
/// let error = trainer.resume("no/such.checkpoint").map_err(|error| error.to_string());
/// assert_eq!(error, Err("no/such.checkpoint: there is no such file".into()));
/// ```
#[derive(Clone, PartialEq, Error)]
#[error("{file}: {problem}")]
pub struct CheckpointError {
    /// The file.
    pub file: String,
    /// What is wrong.
    pub problem: CheckpointProblem,
}

crate::error::debug_is_display!(CheckpointError);

/// What is wrong with a checkpoint.
///
/// ```
/// use typenet::prelude::*;
///
/// let problem = CheckpointProblem::Length { found: 100, expected: 4096 };
/// assert_eq!(problem.to_string(), "the file was cut or something was added: it has 100 bytes, but should have 4096");
/// ```
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum CheckpointProblem {
    /// The file does not exist.
    #[error("there is no such file")]
    NotFound,
    /// The file is there, but reading failed.
    #[error("cannot be read: {0}")]
    Read(String),
    /// The file cannot be written. What was there before is there still.
    #[error("cannot be written: {0}")]
    Write(String),
    /// The file has no content.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are not those of a checkpoint.
    #[error("this is not a checkpoint: it begins with {found}, but a checkpoint with \"typeckpt\"")]
    Foreign {
        /// The first bytes.
        found: String,
    },
    /// The file was cut, or something was added.
    #[error("the file was cut or something was added: it has {found} bytes, but should have {expected}")]
    Length {
        /// Bytes there are.
        found: u64,
        /// Bytes there should be.
        expected: u64,
    },
    /// A bit is not what it was.
    #[error("the file is corrupt: its checksum is {found:#010x}, but should be {expected:#010x}")]
    Checksum {
        /// The checksum of the bytes that are there.
        found: u32,
        /// The checksum that the file says.
        expected: u32,
    },
    /// The file was written by another version of this library.
    #[error("the file has version {found} of the format, but this program reads version {expected}")]
    Version {
        /// The file's version.
        found: u32,
        /// The version that is read.
        expected: u32,
    },
    /// The bytes are those that were written, but say what makes no sense.
    #[error("the contents are not those of a checkpoint: {0}")]
    Contents(String),
    /// A weight is infinite or not a number.
    #[error("{array} holds a number that is not finite")]
    NotFinite {
        /// The array's name.
        array: String,
    },
    /// An array is missing, or of another type or shape.
    #[error("{array} is {found} in the file, but {expected} in this program")]
    Array {
        /// The array's name.
        array: String,
        /// Its type and shape in the file.
        found: String,
        /// Its type and shape in the trainer.
        expected: String,
    },
    /// The arrays are the same, but not what is computed with them.
    #[error("the checkpoint is that of another network: fingerprint {found:#018x}, but this one's is {expected:#018x}")]
    Network {
        /// The fingerprint in the file.
        found: u64,
        /// The fingerprint of the network's type.
        expected: u64,
    },
    /// Another optimizer, loss, metric or callback.
    #[error("{what} in the file: {found}; in this program: {expected}")]
    Settings {
        /// What differs.
        what: &'static str,
        /// What the file says.
        found: String,
        /// What the trainer has.
        expected: String,
    },
}
