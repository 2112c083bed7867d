//! What runs on a device: weights in flash, a store that outlives the loss of power, a watch over both.
//!
//! ```
//! use typenet::prelude::*;
//!
//! type Network = Sequential![Dense<2, 4>, Relu, Dense<4, 1>];
//! let network = initialized::<Network>(1);
//! let file = Weights::<Network>::to_vec(&network)?; // the file of weights, to be flashed beside the program
//! let mut read = Network::ZERO;
//! Weights::<Network>::read(&file, &mut read)?;
//! assert_eq!(read, *network);
//! # Ok::<(), WeightsError>(())
//! ```
//!
//! | what | is |
//! | --- | --- |
//! | [`weights!`], [`Weights`] | the file of weights, checked while a program is compiled, or read at run time |
//! | [`Store`] | networks in flash that outlive the loss of power |
//! | [`scrub!`], [`Scrub`] | looks through the weights of a running network for flipped bits |
//! | [`Envelope`], [`Guarded`] | reports an output that is not finite or out of the range measured before |
//! | [`Stream`](crate::network::Stream) | sequences that come one sample at a time |

mod guard;
#[cfg(all(feature = "store", target_endian = "little"))]
mod store;
#[cfg(all(feature = "weights", target_endian = "little"))]
mod weights;

pub use guard::{Alarm, Envelope, Guarded, Reading, Signal};
#[cfg(all(feature = "store", target_endian = "little"))]
pub use store::{Store, StoreError};
#[cfg(all(feature = "std", feature = "weights", target_endian = "little"))]
pub use weights::WeightsFileError;
#[cfg(all(feature = "weights", target_endian = "little"))]
pub use weights::{Scrub, Weights, WeightsError, from_source};
#[cfg(all(feature = "weights", target_endian = "little"))]
#[doc(hidden)]
pub use weights::{included, scrub_of_file};

#[cfg(all(feature = "weights", target_endian = "little"))]
#[doc(inline)]
pub use crate::{scrub, weights};
