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
pub mod dim;
mod error;
#[cfg(feature = "gradcheck")]
pub mod gradcheck;
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
mod schedules;
mod summary;
mod tensor;
mod train;

pub use bytemuck;
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
#[cfg(feature = "alloc")]
pub use history::{Epoch, EpochLine, History};
pub use init::{Fan, Initializer};
pub use layer::{Chain, ChainTape, Layer};
pub use layers::*;
pub use losses::*;
pub use metrics::*;
pub use optimizers::*;
pub use parameters::{Entry, Parameters, Path, Role, Visitor, Walker};
#[cfg(feature = "plot")]
pub use plot::PlotError;
pub use scalar::{Scalar, decimal};
pub use schedules::*;
pub use summary::{Row, Summary};
pub use tensor::{Sample, Shape, Tensor, Zero};
pub use train::*;

/// Everything that a program usually needs.
pub mod prelude {
    pub use crate::*;
}

/// A generator of random numbers from a seed: the same numbers on every machine.
#[must_use]
pub fn seeded(seed: u64) -> rand::rngs::Xoshiro256PlusPlus {
    rand::SeedableRng::seed_from_u64(seed)
}
