//! Data sets: pairs of inputs and targets, splits, scaling, augmentation, files, streams.
//!
//! ```
//! use typenet::prelude::*;
//!
//! let inputs: Vec<[f32; 2]> = (0..10).map(|i| [i as f32, 100.0 * i as f32]).collect();
//! let targets = (0..10).map(|i| u8::from(i > 4)).collect();
//! let (mut train, mut test) = Dataset::new(inputs, targets)?.train_test_split(0.2, 1)?;
//!
//! let scaler = StandardScaler::fit(train.inputs())?; // mean 0 and variance 1, as the training data have them
//! scaler.transform(train.inputs_mut());
//! scaler.transform(test.inputs_mut());
//! assert_eq!((train.len(), test.len()), (8, 2));
//! # Ok::<(), typenet::Error>(())
//! ```
//!
//! | what | by |
//! | --- | --- |
//! | pairs | `Dataset`: splits and folds, also stratified |
//! | scales | [`StandardScaler`], `MinMaxScaler`, `RobustScaler` |
//! | classes | [`one_hot`](fn@one_hot), [`arg_max`], [`ClassIndex`] |
//! | files | `Csv` and `Columns`, `read_npy`, `read_npz`, `read_idx`, `read_image` and `Images` |
//! | changed at random | [`Augment`]: [`HorizontalFlip`], [`Shift`], [`Noise`] |
//! | larger than the memory | `Batches`, `Prefetch` |

mod augment;
mod class_index;
#[cfg(feature = "csv")]
mod csv;
#[cfg(feature = "alloc")]
mod dataset;
#[cfg(any(feature = "csv", feature = "npy", feature = "idx", feature = "image"))]
mod error;
#[cfg(feature = "std")]
mod file_error;
#[cfg(feature = "idx")]
mod idx;
#[cfg(feature = "image")]
mod image_folder;
#[cfg(feature = "image")]
mod jpeg;
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
#[cfg(any(
    feature = "safetensors",
    all(feature = "checkpoint", target_endian = "little"),
    all(feature = "std", feature = "weights", target_endian = "little"),
))]
pub(crate) mod replace;
mod scaler;
#[cfg(feature = "alloc")]
mod split;
#[cfg(feature = "alloc")]
mod stratify;
#[cfg(feature = "std")]
mod streaming;

pub use augment::{Augment, HorizontalFlip, Noise, Shift};
pub use class_index::ClassIndex;
#[cfg(feature = "csv")]
pub use csv::{Columns, Csv, FromClass, FromFields, Missing};
#[cfg(feature = "alloc")]
pub use dataset::Dataset;
#[cfg(any(feature = "csv", feature = "npy", feature = "idx", feature = "image"))]
pub use error::DataError;
#[cfg(feature = "std")]
pub use file_error::FileError;
#[cfg(feature = "idx")]
pub use idx::{read_idx, read_idx_within};
#[cfg(feature = "image")]
pub use image_folder::{Images, read_image};
#[cfg(feature = "npy")]
pub use npy::{read_npy, read_npz, read_npz_within};
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
pub(crate) use split::{shuffle, validation_start};
#[cfg(feature = "alloc")]
pub use stratify::Stratify;
#[cfg(feature = "std")]
pub use streaming::{Batches, Prefetch, Shuffled};
