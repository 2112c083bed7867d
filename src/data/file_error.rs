//! What the system says of a file.

use std::io;
use std::string::String;

use thiserror::Error;

/// A file that cannot be read or written: what all readers and writers of files have in common.
///
/// ```
/// use typenet::prelude::*;
///
/// let error = read_npy::<[f32; 2]>("no/such.npy").unwrap_err();
/// assert!(matches!(&error, DataError::File(FileError::NotFound { file }) if file == "no/such.npy"));
/// assert_eq!(error.to_string(), "no/such.npy: there is no such file");
/// ```
#[derive(Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file does not exist.
    #[error("{file}: there is no such file")]
    NotFound {
        /// The file.
        file: String,
    },
    /// The file is there, but reading failed.
    #[error("{file}: cannot be read: {source}")]
    Read {
        /// The file.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be written. Where it is replaced as a whole, what was there before is there still.
    #[error("{file}: cannot be written: {source}")]
    Write {
        /// The file.
        file: String,
        /// What the system says.
        source: io::Error,
    },
}

crate::error::debug_is_display!(FileError);

#[allow(dead_code, reason = "each is for some of the features")]
impl FileError {
    /// What reading failed by.
    pub(crate) fn reading(file: impl Into<String>, source: io::Error) -> Self {
        let file = file.into();
        if source.kind() == io::ErrorKind::NotFound { Self::NotFound { file } } else { Self::Read { file, source } }
    }

    /// What writing failed by.
    pub(crate) fn writing(file: impl Into<String>, source: io::Error) -> Self {
        Self::Write { file: file.into(), source }
    }
}
