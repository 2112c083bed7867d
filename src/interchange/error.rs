//! What can be wrong with a file of tensors.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use core::fmt;

use safetensors::SafeTensorError;
use thiserror::Error;

use crate::data::FileError;

/// A file that cannot be read, written or taken over. Network and file stay as they were.
///
/// ```
/// use typenet::prelude::*;
///
/// let error = TensorFile::open("no/model.safetensors").unwrap_err();
/// assert_eq!(error.to_string(), "no/model.safetensors: there is no such file");
/// ```
#[derive(Error)]
#[non_exhaustive]
pub enum TensorError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not what the format says.
    #[error("{file} is not a whole safetensors file: {problem}")]
    Format {
        /// The file.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// The tensors are not those that were written.
    #[error("{file} is corrupt: the checksum of its tensors is {found}, not {expected}")]
    Checksum {
        /// The file.
        file: String,
        /// The checksum of what is there, in hexadecimal digits.
        found: String,
        /// The checksum that the file says.
        expected: String,
    },
    /// Two tensors have the same name.
    #[error("two tensors are named {name:?}")]
    SameName {
        /// The name.
        name: String,
    },
    /// The file is not that of this network or scaler: all that does not fit.
    #[error("{file} does not fit the {what}, in {} place{}:{}", mismatches.len(), plural(mismatches), List(mismatches))]
    Mismatch {
        /// The file.
        file: String,
        /// What it does not fit: the network or a scaler.
        what: &'static str,
        /// What does not fit: first what the network needs, in the order of its layers.
        mismatches: Vec<Mismatch>,
    },
}

crate::error::debug_is_display!(TensorError);

/// One tensor that does not fit.
///
/// ```
/// use typenet::prelude::*;
///
/// let mismatch = Mismatch::Shape { name: "0.weight".into(), found: vec![2, 3], expected: vec![3, 2] };
/// assert_eq!(mismatch.to_string(), "0.weight has the shape [2, 3], but [3, 2] is needed");
/// ```
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// It is not in the file.
    #[error("{name} is missing: the shape {expected:?} is needed")]
    Missing {
        /// The tensor.
        name: String,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// It is in the file, but nothing takes it.
    #[error("{name} of shape {found:?} has no place")]
    Unexpected {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
    },
    /// It has another shape.
    #[error("{name} has the shape {found:?}, but {expected:?} is needed")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// Its numbers are of another type.
    #[error("{name} holds numbers of type {found}, but {expected} is needed")]
    Type {
        /// The tensor.
        name: String,
        /// The type, as safetensors calls it.
        found: String,
        /// The types that can be read.
        expected: String,
    },
    /// One of its numbers cannot be used.
    #[error("{name} holds the number {value}, but {expected} is needed")]
    Number {
        /// The tensor.
        name: String,
        /// The number.
        value: f64,
        /// What it should be.
        expected: &'static str,
    },
    /// A constant of a layer, which is in no tensor, is not the other model's, as far as that can be known.
    #[error("{layer} has the {constant} {value}, but {expected} {reason}")]
    Constant {
        /// The layer.
        layer: String,
        /// The constant's name.
        constant: &'static str,
        /// Its value in the network's type.
        value: f64,
        /// Its value in the file, or the framework's default.
        expected: f64,
        /// Where that is from, and what can be done.
        reason: &'static str,
    },
    /// A layer takes the numbers of an image in Keras' order, which is another.
    #[error("{layer} takes images with their channels first, but Keras last: {remedy}")]
    Order {
        /// The layer.
        layer: String,
        /// What can be done.
        remedy: &'static str,
    },
    /// One of its numbers is finite, but would not be in the network.
    #[error("{name} holds the number {value:e}, for which the network's {scalar} has no room")]
    Range {
        /// The tensor.
        name: String,
        /// The number.
        value: f64,
        /// The Rust type in the network.
        scalar: &'static str,
    },
}

impl TensorError {
    /// The error of the reader in a plain sentence.
    pub(super) fn format(file: &str, bytes: &[u8], error: &SafeTensorError) -> Self {
        let length = bytes.len();
        let problem = match error {
            _ if other_format(bytes).is_some() => other_format(bytes).unwrap_or_default().into(),
            SafeTensorError::HeaderTooSmall => format!("it has {length} bytes, fewer than its header needs"),
            SafeTensorError::HeaderTooLarge | SafeTensorError::InvalidHeaderLength => {
                let header = bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
                format!("it says that its header has {header} bytes, but all of it has {length}")
            }
            SafeTensorError::InvalidHeader(_) => "its header is not text".to_string(),
            SafeTensorError::InvalidHeaderDeserialization(error) | SafeTensorError::JsonError(error) => {
                format!("its header cannot be read: {error}")
            }
            SafeTensorError::MetadataIncompleteBuffer => {
                format!("its {length} bytes are not as many as its tensors need")
            }
            SafeTensorError::InvalidOffset(name) => format!("the tensor {name:?} is not where the header says"),
            SafeTensorError::TensorInvalidInfo => "the size of a tensor is not that of its shape".to_string(),
            SafeTensorError::ValidationOverflow => "a shape in its header is too large".to_string(),
            other => other.to_string(),
        };
        Self::Format { file: file.to_string(), problem }
    }
}

/// What another file is, by its first bytes, and what to do with it.
fn other_format(bytes: &[u8]) -> Option<&'static str> {
    let holds = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    Some(match bytes {
        [0x89, b'H', b'D', b'F', ..] => {
            "it is HDF5, as Keras writes `.h5`: load it there, and write the weights by \
             `safetensors.numpy.save_file({v.path: numpy.array(v) for v in model.weights}, \"model.safetensors\")`"
        }
        [b'P', b'K', 3, 4, ..] if holds(b"model.weights.h5") => {
            "it is a model of Keras (`.keras`): load it there, and write the weights by \
             `safetensors.numpy.save_file({v.path: numpy.array(v) for v in model.weights}, \"model.safetensors\")`"
        }
        [b'P', b'K', 3, 4, ..] if holds(b"data.pkl") => TORCH,
        [0x80, 2, 0x8a, 10, 0x6c, 0xfc, ..] => TORCH,
        [b'P', b'K', 3, 4, ..] => "it is a zip archive",
        [8, 1..=32, 0x12 | 0x1a | 0x22 | 0x3a | 0x42, ..] => {
            "it looks like ONNX, which is a graph with weights: write the weights from the framework that the model is of"
        }
        [b't', b'y', b'p', b'e', b'n', b'e', b't', 0, ..] => "it is a weights file: `Weights::load` reads it",
        [b't', b'y', b'p', b'e', b'c', b'k', b'p', b't', ..] => "it is a checkpoint: `Trainer::resume` reads it",
        _ => return None,
    })
}

const TORCH: &str = "it is a pickle of PyTorch (`.pt`, `.pth`): load it there, and write the weights by \
                     `safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")`";

fn plural(mismatches: &[Mismatch]) -> &'static str {
    if mismatches.len() == 1 { "" } else { "s" }
}

/// Each on a line.
struct List<'a>(&'a [Mismatch]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|mismatch| write!(f, "\n  {mismatch}"))
    }
}
