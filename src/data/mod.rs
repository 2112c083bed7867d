//! Data sets: pairs of inputs and targets, splits, scaling, tables from files.

#[cfg(feature = "csv")]
mod csv;
#[cfg(feature = "alloc")]
mod dataset;
#[cfg(feature = "csv")]
mod error;
#[cfg(feature = "alloc")]
mod k_fold;
mod one_hot;
#[cfg(feature = "alloc")]
mod range_scalers;
mod scaler;
#[cfg(feature = "alloc")]
mod split;

#[cfg(feature = "csv")]
pub use csv::{Columns, FromFields};
#[cfg(feature = "alloc")]
pub use dataset::Dataset;
#[cfg(feature = "csv")]
pub use error::{DataError, FieldError, Place, Side};
pub use one_hot::{arg_max, one_hot};
#[cfg(feature = "alloc")]
pub use range_scalers::{MinMaxScaler, RobustScaler};
pub use scaler::StandardScaler;
#[cfg(feature = "alloc")]
pub use split::Stratify;
#[cfg(feature = "alloc")]
pub(crate) use split::{shuffle, validation_start};
