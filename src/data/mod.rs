//! Data sets: pairs of inputs and targets, splits, scaling, augmentation, files, streams.

mod augment;
mod class_index;
#[cfg(feature = "csv")]
mod csv;
#[cfg(feature = "alloc")]
mod dataset;
#[cfg(any(feature = "csv", feature = "npy", feature = "idx", feature = "image"))]
mod error;
#[cfg(feature = "idx")]
mod idx;
#[cfg(feature = "image")]
mod image_folder;
#[cfg(feature = "alloc")]
mod k_fold;
#[cfg(feature = "npy")]
mod npy;
#[cfg(any(feature = "npy", feature = "idx"))]
mod numbers;
mod one_hot;
#[cfg(any(feature = "csv", feature = "npy", feature = "idx", feature = "image"))]
mod place;
#[cfg(feature = "alloc")]
mod range_scalers;
#[cfg(any(all(feature = "checkpoint", target_endian = "little"), feature = "safetensors"))]
pub(crate) mod replace;
mod scaler;
#[cfg(feature = "alloc")]
mod split;
#[cfg(feature = "std")]
mod streaming;

pub use augment::{Augment, HorizontalFlip, Noise, Shift};
pub use class_index::ClassIndex;
#[cfg(feature = "csv")]
pub use csv::{Columns, Csv, FromClass, FromFields};
#[cfg(feature = "alloc")]
pub use dataset::Dataset;
#[cfg(any(feature = "csv", feature = "npy", feature = "idx", feature = "image"))]
pub use error::DataError;
#[cfg(feature = "idx")]
pub use idx::read_idx;
#[cfg(feature = "image")]
pub use image_folder::read_image;
#[cfg(feature = "npy")]
pub use npy::{read_npy, read_npz};
#[cfg(any(feature = "npy", feature = "idx"))]
pub use numbers::{FromNumbers, Leaf, Number};
pub(crate) use one_hot::place_of_largest;
pub use one_hot::{arg_max, one_hot};
#[cfg(any(feature = "csv", feature = "npy", feature = "idx", feature = "image"))]
pub use place::{FieldError, Place, Side};
#[cfg(feature = "alloc")]
pub use range_scalers::{MinMaxScaler, RobustScaler};
pub use scaler::StandardScaler;
#[cfg(feature = "alloc")]
pub use split::Stratify;
#[cfg(feature = "alloc")]
pub(crate) use split::{shuffle, validation_start};
#[cfg(feature = "std")]
pub use streaming::{Batches, Prefetch, Shuffled};
