//! The bytes of a file of tensors: how they are read and written.

use std::collections::HashMap;
use std::format;
use std::io;
use std::string::{String, ToString};
use std::vec::Vec;

use safetensors::tensor::TensorView;
use safetensors::{SafeTensors, serialize};

use super::checksum::Checksum;
use super::{Tensor, TensorError, TensorFile};
use crate::data::FileError;

/// The entry of a file's metadata with the checksum of its tensors.
const CHECKSUM: &str = "typenet_crc32";

impl TensorFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`TensorError::File`]; those of [`from_bytes`](Self::from_bytes).
    pub fn open(path: impl AsRef<std::path::Path>) -> Result<Self, TensorError> {
        let file = path.as_ref().display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Self::from_bytes(&bytes, &file),
            Err(source) => Err(FileError::reading(file, source).into()),
        }
    }

    /// The tensors in the bytes of a file. The name stands for the file in messages.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let error = TensorFile::from_bytes(b"PK", "model.zip").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "model.zip is not a whole safetensors file: it has 2 bytes, fewer than its header needs",
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// [`TensorError::Format`]; [`TensorError::Checksum`] for a file of typenet that was changed.
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self, TensorError> {
        let file = name.to_string();
        let wrong = |error| TensorError::format(name, bytes, &error);
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(wrong)?;
        let parsed = SafeTensors::deserialize(bytes).map_err(wrong)?;
        let tensors = parsed.iter().map(|(name, view)| {
            let (dtype, shape, bytes) = (view.dtype(), view.shape().to_vec(), view.data().to_vec());
            (name.to_string(), Tensor { dtype, shape, bytes })
        });
        let mut found = Self { file, tensors: tensors.collect(), ..Self::new() };
        if let Some(entry) = header.metadata().as_ref().and_then(|entries| entries.get(CHECKSUM)) {
            let mut parts = entry.split("; ");
            let expected = parts.next().unwrap_or_default().to_string();
            let constant =
                |part: &str| part.split_once('=').and_then(|(name, value)| Some((name.into(), value.parse().ok()?)));
            found.constants = parts.filter_map(constant).collect();
            let checksum = found.checksum();
            if checksum != expected {
                return Err(TensorError::Checksum { file: name.to_string(), found: checksum, expected });
            }
        }
        Ok(found)
    }

    /// Writes the file: the same tensors always give the same bytes. It is written under another name,
    /// synced and renamed, so that a crash leaves either the old file or the new one.
    ///
    /// # Errors
    ///
    /// [`TensorError::File`]. A file that was there before is untouched then.
    pub fn save(&self, path: impl AsRef<std::path::Path>) -> Result<(), TensorError> {
        let file = || path.as_ref().display().to_string();
        let bytes = self.to_bytes().map_err(|error| match error {
            TensorError::File(FileError::Write { source, .. }) => FileError::writing(file(), source).into(),
            other => other,
        })?;
        let written = crate::data::replace::replace(path.as_ref(), &[&bytes]);
        Ok(written.map_err(|source| FileError::writing(file(), source))?)
    }

    /// The bytes of the file.
    ///
    /// # Errors
    ///
    /// [`TensorError::File`] where the header would be larger than the format allows (100 MB).
    pub fn to_bytes(&self) -> Result<Vec<u8>, TensorError> {
        let failed = |error| FileError::writing(self.file.clone(), io::Error::other(format!("{error}")));
        let mut views = Vec::with_capacity(self.tensors.len());
        for (name, tensor) in &self.tensors {
            let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes).map_err(failed)?;
            views.push((name.as_str(), view));
        }
        // One entry only: entries have no order, and the bytes must always be the same.
        let constants = self.constants.iter().map(|(name, value)| format!("; {name}={value}"));
        let entry: String = [self.checksum()].into_iter().chain(constants).collect();
        let metadata = HashMap::from([(CHECKSUM.to_string(), entry)]);
        Ok(serialize(views, Some(metadata)).map_err(failed)?)
    }

    /// The checksum of names, types, shapes and numbers.
    fn checksum(&self) -> String {
        let mut checksum = Checksum::default();
        for (name, tensor) in &self.tensors {
            checksum.add(name.as_bytes());
            checksum.add(format!("{:?} {:?}", tensor.dtype, tensor.shape).as_bytes());
            checksum.add(&tensor.bytes);
        }
        for (name, value) in &self.constants {
            checksum.add(format!("{name}={value}").as_bytes());
        }
        checksum.finish()
    }
}
