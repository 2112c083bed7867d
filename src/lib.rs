//! Neural networks for stable Rust in which a network is a type.
//!
//! Shapes are checked by the compiler; gradients are written by hand and proven; the same network trains and runs on a
//! desktop and on a microcontroller, without `unsafe`, and without a heap where there is none.
//!
//! ```
//! use typenet::prelude::*;
//!
//! // A network is a type. Each layer must take what the layer before it gives.
//! type Network = Sequential![Dense<2, 16>, Tanh, Dense<16, 1>];
//!
//! fn main() -> Result<(), typenet::Error> {
//!     // Points of a square: is a point inside of the circle?
//!     let inputs: Vec<[f32; 2]> = (0..400).map(|i| [i % 20, i / 20].map(|at| at as f32 / 10.0 - 0.95)).collect();
//!     let targets = inputs.iter().map(|[x, y]| [f32::from(u8::from(x * x + y * y < 0.5))]).collect();
//!     let (train, test) = Dataset::new(inputs, targets)?.train_test_split(0.25, 1)?;
//!
//!     let mut trainer = Trainer::new(initialized::<Network>(1), BinaryCrossEntropyLogits, Adam::new(0.03))
//!         .metric(BinaryAccuracy::on_logits());
//!     trainer.fit(&train, Fit::epochs(40).batch_size(32))?;
//!     println!("{}", trainer.evaluate(&test)?);
//!
//!     let network = trainer.into_network(); // a struct of parameters
//!     let mut logits = [[0.0]; 2];
//!     network.forward(&[[0.1, 0.2], [0.9, -0.9]], &mut logits);
//!     assert!(logits[0][0] > 0.0 && logits[1][0] < 0.0);
//!     Ok(())
//! }
//! ```
//!
//! The [`guide`] begins where a tutorial of Keras does, and ends with a program of your own on a board.
//!
//! The modules below stand on each other in this order: [`network`]; [`data`]; [`activations`], [`layers`]; [`losses`],
//! [`metrics`]; [`schedules`], [`optimizers`]; [`train`]; [`deployment`], [`interchange`], [`gradcheck`], [`plot`]. A
//! program begins with `use typenet::prelude::*`.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod absent;
mod error;
mod kernel;

pub mod activations;
pub mod data;
pub mod deployment;
#[cfg(feature = "gradcheck")]
pub mod gradcheck;
#[cfg(doc)]
pub mod guide;
#[cfg(feature = "safetensors")]
pub mod interchange;
pub mod layers;
pub mod losses;
pub mod metrics;
pub mod network;
pub mod optimizers;
#[cfg(feature = "plot")]
pub mod plot;
pub mod schedules;
pub mod train;

pub use bytemuck;
#[cfg(feature = "store")]
pub use embedded_storage;
pub use nalgebra;
pub use rand;

pub use error::Error;
#[cfg(feature = "derive")]
pub use typenet_derive::Layer;

/// What a program usually needs: the names of all modules, but for those that only bounds of generic code need
/// ([`layers::bounds`], [`network::dim`]).
pub mod prelude {
    #[doc(hidden)]
    pub use crate::absent::*;
    pub use crate::activations::*;
    pub use crate::data::*;
    pub use crate::deployment::*;
    #[cfg(feature = "gradcheck")]
    pub use crate::gradcheck;
    #[cfg(feature = "safetensors")]
    pub use crate::interchange::*;
    pub use crate::layers::*;
    pub use crate::losses::*;
    pub use crate::metrics::*;
    pub use crate::network::*;
    pub use crate::optimizers::*;
    #[cfg(feature = "plot")]
    pub use crate::plot::*;
    pub use crate::schedules::*;
    pub use crate::train::*;
    pub use crate::{Error, Sequential};
    #[cfg(feature = "derive")]
    pub use typenet_derive::Layer;
}
