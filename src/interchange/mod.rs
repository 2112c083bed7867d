//! Networks and scalers in safetensors files, with the names and layouts of PyTorch or Keras.
//!
//! ```
//! use typenet::prelude::*;
//!
//! let network = <Sequential![Dense<2, 3>, Relu, Dense<3, 1>]>::ZERO;
//! let file = TensorFile::of(&network, Names::PyTorch)?; // `.save(..)` writes it, `TensorFile::open(..)?.load(..)` reads one
//! assert_eq!(file.tensors().count(), 4);
//! # Ok::<(), TensorError>(())
//! ```
//!
//! What the layers call their arrays, and in which order their numbers lie, is the matter of
//! `names`: a layer itself knows nothing of PyTorch or Keras.

mod arrays;
mod checksum;
mod error;
mod keras;
mod names;
mod plan;
mod pytorch;
mod scaler;
#[cfg(test)]
mod tests;

pub use error::{Mismatch, TensorError};
pub use names::Names;
pub use scaler::SavedScaler;

use std::collections::{BTreeMap, HashMap};
use std::format;
use std::io;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors, serialize};

use crate::network::Parameters;
use arrays::{Loading, Saving, Shown};

/// The entry of a file's metadata with the checksum of its tensors.
const CHECKSUM: &str = "typenet_crc32";

/// The tensors of a safetensors file: how weights go to PyTorch and Keras, and how they come from there.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<2, 3>, Tanh, Dense<3, 1>];
/// let trained = initialized::<Network>(1);
/// # let path = std::env::temp_dir().join(format!("typenet-{}.safetensors", std::process::id()));
/// TensorFile::of(&*trained, Names::PyTorch)?.save(&path)?;
///
/// let mut network = initialized::<Network>(2);
/// TensorFile::open(&path)?.load(&mut *network, Names::PyTorch)?;
/// assert_eq!(network, trained);
/// # std::fs::remove_file(&path).ok();
/// # Ok::<(), TensorError>(())
/// ```
///
/// [`Names`] says how the tensors are called and how they lie. The scalers of the inputs go into the
/// same file: [`with_scaler`](Self::with_scaler).
///
/// # Numbers
///
/// `f32` is written as `F32`, `f64` as `F64`, and both are read into either: from `F32` to `f64`
/// exactly, from `F64` to `f32` rounded to the nearest. Any other type of numbers in the file is an
/// error, and so is a number that `f32` has no room for.
///
/// # Damage
///
/// A file that was cut, or whose header is not what it should be, is an error. The format itself has no
/// checksum of the numbers; a file of typenet carries one in its metadata (`typenet_crc32`), and
/// every changed bit of its tensors is noticed. The order of the numbers in the file does not matter.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorFile {
    /// What messages call it.
    file: String,
    tensors: BTreeMap<String, Tensor>,
}

/// One tensor of a file.
#[derive(Clone, Debug, PartialEq)]
struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    /// Row-major and little-endian.
    bytes: Vec<u8>,
}

impl Default for TensorFile {
    fn default() -> Self {
        Self::new()
    }
}

impl TensorFile {
    /// A file without tensors.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let file = TensorFile::new().with_scaler("inputs", &StandardScaler::fit(&[[1.0_f32], [3.0]])?)?;
    /// assert_eq!(file.tensors().count(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self { file: "the file".into(), tensors: BTreeMap::new() }
    }

    /// The tensors of a network.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let file = TensorFile::of(&<Sequential![Dense<2, 3>, Relu, BatchNorm<3>]>::ZERO, Names::PyTorch)?;
    /// let shapes: Vec<_> = file.tensors().collect();
    /// assert_eq!(shapes[..3], [("0.bias", &[3][..]), ("0.weight", &[3, 2]), ("2.bias", &[3])]);
    /// # Ok::<(), TensorError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TensorError::SameName`] where a layer of one's own shows two arrays of one name.
    pub fn of<N: Parameters>(network: &N, names: Names) -> Result<Self, TensorError> {
        let mut shown = Shown::default();
        network.visit(&crate::network::parameters::Path::ROOT, &mut shown);
        let plan = names.plan(&shown.arrays)?;
        let mut saving = Saving::new(&plan, &shown.arrays);
        network.visit(&crate::network::parameters::Path::ROOT, &mut saving);
        let mut file = Self::new();
        for (name, tensor) in saving.tensors() {
            file.insert(names.written(&name), tensor)?;
        }
        Ok(file)
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`TensorError::NotFound`], [`TensorError::Read`]; those of [`from_bytes`](Self::from_bytes).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, TensorError> {
        let file = path.as_ref().display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Self::from_bytes(&bytes, &file),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Err(TensorError::NotFound { file }),
            Err(source) => Err(TensorError::Read { file, source }),
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
        let found = Self { file, tensors: tensors.collect() };
        match header.metadata().as_ref().and_then(|entries| entries.get(CHECKSUM)) {
            Some(expected) if *expected != found.checksum() => {
                let (found, expected) = (found.checksum(), expected.clone());
                Err(TensorError::Checksum { file: name.to_string(), found, expected })
            }
            _ => Ok(found),
        }
    }

    /// Writes the file: the same tensors always give the same bytes. It is written under another name,
    /// synced and renamed, so that a crash leaves either the old file or the new one.
    ///
    /// # Errors
    ///
    /// [`TensorError::Write`]. A file that was there before is untouched then.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), TensorError> {
        let file = || path.as_ref().display().to_string();
        let bytes = self.to_bytes().map_err(|error| match error {
            TensorError::Write { source, .. } => TensorError::Write { file: file(), source },
            other => other,
        })?;
        crate::data::replace::replace(path.as_ref(), &[&bytes])
            .map_err(|source| TensorError::Write { file: file(), source })
    }

    /// The bytes of the file.
    ///
    /// # Errors
    ///
    /// [`TensorError::Write`] where the header would be larger than the format allows (100 MB).
    pub fn to_bytes(&self) -> Result<Vec<u8>, TensorError> {
        let failed =
            |error| TensorError::Write { file: self.file.clone(), source: io::Error::other(format!("{error}")) };
        let mut views = Vec::with_capacity(self.tensors.len());
        for (name, tensor) in &self.tensors {
            let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes).map_err(failed)?;
            views.push((name.as_str(), view));
        }
        // One entry only: entries have no order, and the bytes must always be the same.
        let metadata = HashMap::from([(CHECKSUM.to_string(), self.checksum())]);
        serialize(views, Some(metadata)).map_err(failed)
    }

    /// Takes the weights over into a network. Scalers in the file do not matter, nor does what frameworks
    /// count or draw beside the weights (`num_batches_tracked`, `seed_generator_state`).
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let file = TensorFile::of(&<Sequential![Dense<2, 3>, Dense<3, 1>]>::ZERO, Names::PyTorch)?;
    /// let mut other = <Sequential![Dense<2, 4>, Relu, Dense<4, 1>]>::ZERO;
    /// let error = file.load(&mut other, Names::PyTorch).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the file does not fit the network, in 6 places:
    ///   0.weight has the shape [3, 2], but [4, 2] is needed
    ///   0.bias has the shape [3], but [4] is needed
    ///   2.weight is missing: the shape [1, 4] is needed
    ///   2.bias is missing: the shape [1] is needed
    ///   1.bias of shape [1] has no place
    ///   1.weight of shape [1, 3] has no place",
    /// );
    /// # Ok::<(), TensorError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TensorError::Mismatch`] lists everything that does not fit; the network is as it was before.
    /// [`TensorError::SameName`], as of [`of`](Self::of).
    pub fn load<N: Parameters>(&self, network: &mut N, names: Names) -> Result<(), TensorError> {
        let mut shown = Shown::default();
        network.walk([], &crate::network::parameters::Path::ROOT, &mut shown);
        let plan = names.plan(&shown.arrays)?;
        let found: BTreeMap<&str, &Tensor> =
            self.tensors.iter().map(|(name, tensor)| (names.read(name), tensor)).collect();
        let loading = Loading::new(&plan, &shown.arrays, &found, names);
        let mismatches = loading.mismatches();
        if !mismatches.is_empty() {
            return Err(TensorError::Mismatch { file: self.file.clone(), what: "network", mismatches });
        }
        network.walk([], &crate::network::parameters::Path::ROOT, &mut loading.writing());
        Ok(())
    }

    /// Every tensor's name and shape, in the order of the names.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor.shape.as_slice()))
    }

    /// The same tensors under other names: for a model whose modules are called or nested in another way.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// // class Model(nn.Module): self.hidden = nn.Linear(2, 3); self.head = nn.Linear(3, 1)
    /// # let file = TensorFile::of(&<Sequential![Dense<2, 3>, Relu, Dense<3, 1>]>::ZERO, Names::PyTorch)?
    /// #     .renamed(|name| name.replace("0.", "hidden.").replace("2.", "head."))?;
    /// let mut network = <Sequential![Dense<2, 3>, Relu, Dense<3, 1>]>::ZERO;
    /// let file = file.renamed(|name| name.replace("hidden.", "0.").replace("head.", "2."))?;
    /// file.load(&mut network, Names::PyTorch)?;
    /// # Ok::<(), TensorError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TensorError::SameName`] where two tensors get one name.
    pub fn renamed(self, mut rename: impl FnMut(&str) -> String) -> Result<Self, TensorError> {
        let mut file = Self { file: self.file, tensors: BTreeMap::new() };
        for (name, tensor) in self.tensors {
            file.insert(rename(&name), tensor)?;
        }
        Ok(file)
    }

    fn insert(&mut self, name: String, tensor: Tensor) -> Result<(), TensorError> {
        if self.tensors.contains_key(&name) {
            return Err(TensorError::SameName { name });
        }
        self.tensors.insert(name, tensor);
        Ok(())
    }

    /// The checksum of names, types, shapes and numbers.
    fn checksum(&self) -> String {
        let mut checksum = checksum::Checksum::default();
        for (name, tensor) in &self.tensors {
            checksum.add(name.as_bytes());
            checksum.add(format!("{:?} {:?}", tensor.dtype, tensor.shape).as_bytes());
            checksum.add(&tensor.bytes);
        }
        checksum.finish()
    }
}
