//! What a network is: a layer, made of layers, on samples of a shape that the compiler knows.
//!
//! ```
//! use typenet::prelude::*;
//!
//! type Network = Sequential![Dense<4, 16>, Relu, Dense<16, 3>];
//! typenet::assert_shapes!(Network, [f32; 4] => [f32; 3]);
//! typenet::assert_budget!(Network, PARAMETER_BYTES <= 1024);
//!
//! let network = initialized::<Network>(1);
//! let mut scores = [[0.0; 3]; 2];
//! network.forward(&[[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]], &mut scores);
//! ```
//!
//! | what | is |
//! | --- | --- |
//! | [`Tensor`], [`Sample`], [`Scalar`] | nested arrays, what a batch holds, the numbers in them |
//! | [`Padded`] | a sequence of any length up to that of its type |
//! | [`Layer`], [`Parameters`] | the contract of a layer: its two passes; its arrays |
//! | [`Chain`], [`layer!`], [`Stream`] | layers in a row, one of them by its number, a sequence one sample at a time |
//! | [`Batch`]: [`Inline`], [`Heap`]; [`Tape`] | where a training step keeps its numbers |
//! | [`assert_shapes!`], [`assert_budget!`], [`Budget`], [`Summary`] | what is known of a network before it runs |
//! | [`Initializer`], [`seeded`] | how weights start |
//! | [`parameters!`], [`no_parameters!`], [`Fingerprint`], [`Path`] | what a layer of your own says of itself |
//! | [`dim`] | numbers as types: the sizes of windows, of flattened tensors, of groups |

pub(crate) mod batch;
pub(crate) mod budget;
pub(crate) mod chain;
#[doc(hidden)]
#[cfg(feature = "derive")]
pub mod derived;
pub mod dim;
pub(crate) mod extent;
pub(crate) mod features;
pub(crate) mod fingerprint;
pub(crate) mod init;
pub(crate) mod layer;
pub(crate) mod padded;
pub(crate) mod parameters;
pub(crate) mod pass_on;
mod reach;
pub(crate) mod scalar;
pub(crate) mod scratch;
pub(crate) mod settings;
pub(crate) mod shapes;
pub(crate) mod stream;
pub(crate) mod summary;
pub(crate) mod tensor;

pub use batch::{Batch, Direct, Inline, One, Remember, Tape};
#[cfg(feature = "alloc")]
pub use batch::{Boxed, Heap};
pub use budget::Budget;
#[doc(hidden)]
pub use chain::ChainTape;
pub use chain::{Chain, Joined};
pub use fingerprint::Fingerprint;
pub use init::{Fan, Initializer, seeded};
pub use layer::{Layer, Watch};
pub use padded::Padded;
pub use parameters::{Entry, Parameters, Path, Role, Visitor, Walker};
pub use scalar::{Scalar, decimal};
pub use shapes::InputOf;
pub use stream::{Emission, Stream};
pub use summary::{Row, Summary};
pub use tensor::{Sample, Shape, Tensor, Zero};

/// What the code that macros write names.
#[doc(hidden)]
pub mod internals {
    pub use crate::network::budget::{Decimal, join, joined_len};
    pub use crate::network::chain::{Kind, Part, Sequential, Single};
    pub use crate::network::parameters::{assert_laid_out, assert_told, each_array, each_part, field};
    pub use crate::network::reach::Head;
    pub use crate::network::shapes::assert_gives;
    pub use crate::network::stream::{bytes_alone, step_alone};
}

#[doc(inline)]
pub use crate::{assert_budget, assert_shapes, layer, no_parameters, parameters};
