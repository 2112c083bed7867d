//! Neural networks whose shapes are checked by the compiler.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod activations;
mod batch;
mod budget;
mod data;
mod error;
mod fingerprint;
#[cfg(feature = "gradcheck")]
pub mod gradcheck;
mod guard;
#[cfg(feature = "alloc")]
mod history;
mod init;
mod kernel;
mod layer;
mod layers;
mod losses;
mod metrics;
mod optimizers;
mod parameters;
#[cfg(feature = "plot")]
mod plot;
mod scalar;
#[cfg(all(feature = "store", target_endian = "little"))]
mod store;
mod summary;
mod tensor;
mod train;
#[cfg(all(feature = "weights", target_endian = "little"))]
mod weights;

pub use bytemuck;
#[cfg(feature = "store")]
pub use embedded_storage;
pub use nalgebra;
pub use rand;

pub use activations::*;
pub use batch::{Batch, Direct, Inline, One, Remember, Tape};
#[cfg(feature = "alloc")]
pub use batch::{Boxed, Heap};
pub use budget::Budget;
#[doc(hidden)]
pub use budget::{Decimal, join, joined_len};
pub use data::*;
pub use error::Error;
pub use fingerprint::Fingerprint;
pub use guard::{Alarm, Envelope, Guarded, Reading};
#[cfg(feature = "alloc")]
pub use history::{Epoch, EpochLine, History};
pub use init::{Fan, Initializer};
#[doc(hidden)]
pub use layer::Buffers;
pub use layer::{Chain, ChainTape, Layer, Watch};
pub use layers::*;
pub use losses::*;
pub use metrics::*;
pub use optimizers::*;
pub use parameters::{Entry, Parameters, Path, Role, Visitor, Walker};
#[cfg(feature = "plot")]
pub use plot::PlotError;
pub use scalar::{Scalar, decimal};
#[cfg(all(feature = "store", target_endian = "little"))]
pub use store::{Store, StoreError};
pub use summary::{Row, Summary};
#[doc(hidden)]
pub use tensor::Extent;
pub use tensor::{Sample, Shape, Tensor, Zero};
pub use train::*;
#[cfg(all(feature = "weights", target_endian = "little"))]
#[doc(hidden)]
pub use weights::included;
#[cfg(all(feature = "weights", target_endian = "little"))]
pub use weights::{Weights, WeightsError, from_source};

/// Everything that a program usually needs.
pub mod prelude {
    pub use crate::*;
}

/// A generator of random numbers from a seed: the same numbers on every machine.
#[must_use]
pub fn seeded(seed: u64) -> rand::rngs::Xoshiro256PlusPlus {
    rand::SeedableRng::seed_from_u64(seed)
}
