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
mod file;
mod keras;
mod names;
mod order;
mod plan;
mod pytorch;
mod scaler;
#[cfg(test)]
mod tests;

pub use error::{Mismatch, TensorError};
pub use names::Names;
pub use scaler::SavedScaler;

use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;

use safetensors::Dtype;

use crate::network::{Layer, Parameters, Path, Sample};
use arrays::{Loading, Saving, Shown};
use order::Shapes;

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
/// `f32` is written as `F32`, `f64` as `F64`. Read are these, `F16` and `BF16`, into either: exactly, but from `F64` to
/// `f32` rounded to the nearest. Any other type of numbers in the file is an error, and so are infinities,
/// not-a-numbers and a number that `f32` has no room for.
///
/// # Damage
///
/// A file that was cut, or whose header is not what it should be, is an error. The format itself has no
/// checksum of the numbers; a file of typenet carries one in its metadata (`typenet_crc32`, with the constants of its
/// layers behind it), and every changed bit of its tensors is noticed. The order of the numbers in the file does not
/// matter.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorFile {
    /// What messages call it.
    file: String,
    tensors: BTreeMap<String, Tensor>,
    /// The constants that a file of typenet tells.
    constants: BTreeMap<String, f64>,
    /// Whether constants that it does not tell are taken to be those of the network.
    trusts: bool,
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
        Self { file: "the file".into(), tensors: BTreeMap::new(), constants: BTreeMap::new(), trusts: false }
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
    /// [`TensorError::Mismatch`] where a number is not finite, or for Keras where there is a layer that takes images in
    /// another order there: see [`of_for`](Self::of_for). [`TensorError::SameName`] where a layer of one's own shows
    /// two arrays of one name.
    pub fn of<N: Parameters>(network: &N, names: Names) -> Result<Self, TensorError> {
        Self::written(network, names, None)
    }

    /// The tensors of a network on inputs of this type, so that Keras, which has channels last, finds the rows of a
    /// [`Dense`](crate::layers::Dense) behind a [`Flatten`](crate::layers::Flatten) in its order.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// type Image = [[[f32; 6]; 7]; 2]; // Keras: Input((7, 6, 2))
    /// let network = initialized::<Sequential![Conv2d<2, 4, 3>, Relu, Flatten, Dense<80, 3>]>(1);
    /// let file = TensorFile::of_for::<Image, _>(&*network, Names::Keras)?;
    /// let mut again = initialized::<Sequential![Conv2d<2, 4, 3>, Relu, Flatten, Dense<80, 3>]>(2);
    /// file.load_for::<Image, _>(&mut *again, Names::Keras)?;
    /// assert_eq!(again, network);
    /// # Ok::<(), TensorError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`of`](Self::of); images that are taken in another way than by a `Flatten` (or a
    /// [`Reshape`](crate::layers::Reshape) to a vector) and a `Dense` are not converted, but an error.
    pub fn of_for<X: Sample, N: Layer<X>>(network: &N, names: Names) -> Result<Self, TensorError> {
        Self::written(network, names, Some(&Shapes::of::<N, X>()))
    }

    fn written<N: Parameters>(network: &N, names: Names, shapes: Option<&Shapes>) -> Result<Self, TensorError> {
        let mut shown = Shown::of(network);
        let mut file = Self::new();
        let mut mismatches = if names == Names::Keras { order::mark(&mut shown, shapes) } else { Vec::new() };
        let plan = names.plan(&shown.arrays)?;
        let mut saving = Saving::new(&plan, &shown.arrays);
        network.visit(&Path::ROOT, &mut saving);
        mismatches.append(&mut saving.mismatches);
        if !mismatches.is_empty() {
            return Err(TensorError::Mismatch { file: file.file, what: "network", mismatches });
        }
        file.constants = shown.constants.iter().map(|constant| (constant.full_name(), constant.value)).collect();
        for (name, tensor) in saving.tensors() {
            file.insert(names.written(&name), tensor)?;
        }
        Ok(file)
    }

    /// Takes what the file does not tell to be as the network's type says: the constants of layers, such as an epsilon
    /// that is not the framework's default, and in [`load`](Self::load) the order in which a `Flatten` takes an image.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// // nn.BatchNorm1d(6, eps=1e-3)
    /// # let file = TensorFile::of(&*initialized::<BatchNorm<6>>(1), Names::PyTorch)?.renamed(|name| name.into())?;
    /// let mut network = BatchNorm::<6>::ZERO;
    /// assert!(file.load(&mut network, Names::PyTorch).is_err()); // It may be 1e-5 as well, PyTorch's default.
    /// file.trust_type().load(&mut network, Names::PyTorch)?;
    /// # Ok::<(), TensorError>(())
    /// ```
    #[must_use]
    pub fn trust_type(self) -> Self {
        Self { trusts: true, ..self }
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
    /// [`TensorError::Mismatch`] lists everything that does not fit; the network is as it was before. So are what the
    /// file does not tell and may be different: see [`trust_type`](Self::trust_type), and for Keras
    /// [`load_for`](Self::load_for). [`TensorError::SameName`], as of [`of`](Self::of), and where the file has tensors
    /// of two models.
    pub fn load<N: Parameters>(&self, network: &mut N, names: Names) -> Result<(), TensorError> {
        self.read(network, names, None)
    }

    /// Takes the weights over into a network on inputs of this type. It is [`load`](Self::load), but for Keras, which
    /// has channels last: the rows of a [`Dense`](crate::layers::Dense) behind a [`Flatten`](crate::layers::Flatten)
    /// are brought in order.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// // keras.Sequential([Input((7, 6, 2)), Conv2D(4, 3), ReLU(), Flatten(), Dense(3)])
    /// type Network = Sequential![Conv2d<2, 4, 3>, Relu, Flatten, Dense<80, 3>];
    /// type Image = [[[f32; 6]; 7]; 2];
    /// # let file = TensorFile::of_for::<Image, _>(&Network::ZERO, Names::Keras)?;
    /// let mut network = Network::ZERO;
    /// assert!(file.load(&mut network, Names::Keras).is_err());
    /// file.load_for::<Image, _>(&mut network, Names::Keras)?;
    /// # Ok::<(), TensorError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`load`](Self::load); images that are taken in another way than by a `Flatten` (or a
    /// [`Reshape`](crate::layers::Reshape) to a vector) and a `Dense` are not converted, but an error.
    pub fn load_for<X: Sample, N: Layer<X>>(&self, network: &mut N, names: Names) -> Result<(), TensorError> {
        self.read(network, names, Some(&Shapes::of::<N, X>()))
    }

    fn read<N: Parameters>(&self, network: &mut N, names: Names, shapes: Option<&Shapes>) -> Result<(), TensorError> {
        let mut shown = Shown::of(network);
        let mut unknown = Vec::new();
        if names == Names::Keras && !(self.trusts && shapes.is_none()) {
            unknown = order::mark(&mut shown, shapes);
        }
        if !self.trusts {
            unknown.append(&mut names.mismatches(&shown.constants, &self.constants));
        }
        let plan = names.plan(&shown.arrays)?;
        let mut found: BTreeMap<&str, &Tensor> = BTreeMap::new();
        for (name, tensor) in &self.tensors {
            if found.insert(names.read(name), tensor).is_some() {
                return Err(TensorError::SameName { name: names.read(name).into() });
            }
        }
        let loading = Loading::new(&plan, &shown.arrays, &found, names);
        let mut mismatches = loading.mismatches();
        mismatches.append(&mut unknown);
        if !mismatches.is_empty() {
            return Err(TensorError::Mismatch { file: self.file.clone(), what: "network", mismatches });
        }
        network.walk([], &Path::ROOT, &mut loading.writing());
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
        // Constants belong to the layers of the old names.
        let mut file = Self { file: self.file, trusts: self.trusts, ..Self::new() };
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
}
