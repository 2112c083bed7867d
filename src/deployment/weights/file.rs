//! The weights file on a disk.

use std::fs;
use std::path::Path;
use std::string::{String, ToString};

use thiserror::Error;

use crate::data::FileError;
use crate::data::replace::replace;
use crate::deployment::weights::{Weights, WeightsError};
use crate::network::Parameters;

/// A weights file that cannot be read, written or used. Network and file stay as they were.
///
/// ```
/// use typenet::prelude::*;
///
/// let error = Weights::load("no/such.weights", &mut Dense::<2, 3>::ZERO).unwrap_err();
/// assert_eq!(error.to_string(), "no/such.weights: there is no such file");
/// ```
#[derive(Error)]
#[non_exhaustive]
pub enum WeightsFileError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The weights cannot be used.
    #[error("{file}: {problem}")]
    Weights {
        /// The file.
        file: String,
        /// What is wrong.
        problem: WeightsError,
    },
}

crate::error::debug_is_display!(WeightsFileError);

impl<N: Parameters> Weights<N> {
    /// Writes the file of a network's weights to a disk. It is written under another name, synced and renamed, so that
    /// a crash leaves either the old file or the new one.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// # let path = std::env::temp_dir().join(format!("typenet-save-{}.weights", std::process::id()));
    /// type Network = Sequential![Dense<4, 16>, Relu, Dense<16, 3>];
    /// let trained = initialized::<Network>(1);
    /// Weights::save(&path, &*trained)?;
    ///
    /// let mut network = initialized::<Network>(2);
    /// Weights::load(&path, &mut *network)?;
    /// assert_eq!(network, trained);
    /// # std::fs::remove_file(path).ok();
    /// # Ok::<(), WeightsFileError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`WeightsFileError::File`]; [`WeightsFileError::Weights`] as of [`write`](Self::write).
    pub fn save(path: impl AsRef<Path>, network: &N) -> Result<(), WeightsFileError> {
        let file = || path.as_ref().display().to_string();
        let bytes = Self::to_vec(network).map_err(|problem| WeightsFileError::Weights { file: file(), problem })?;
        Ok(replace(path.as_ref(), &[&bytes]).map_err(|source| FileError::writing(file(), source))?)
    }

    /// Reads the file of a network's weights from a disk.
    ///
    /// # Errors
    ///
    /// [`WeightsFileError::File`]; [`WeightsFileError::Weights`] as of [`read`](Self::read).
    pub fn load(path: impl AsRef<Path>, network: &mut N) -> Result<(), WeightsFileError> {
        let file = || path.as_ref().display().to_string();
        let bytes = fs::read(&path).map_err(|source| FileError::reading(file(), source))?;
        Self::read(&bytes, network).map_err(|problem| WeightsFileError::Weights { file: file(), problem })
    }
}
