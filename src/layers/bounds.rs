//! What the compiler asks of shapes, and what layers remember: for bounds of generic code and layers of your own.
//!
//! A trait holds for the shapes that a layer can take; its page says which. A tape is what a layer keeps for
//! `backward`.

pub use crate::activations::glu::Halves;
pub use crate::layers::attention::{AttentionTape, SplitsHeads};
pub use crate::layers::composition::{Copies, CopyCount, Joins, Keeps, PairTape, ResidualTape};
pub use crate::layers::convolution::{Slides, Splits, Widens};
pub use crate::layers::normalisation::{BatchNormGradient, BatchStatistics, SplitsChannels};
pub use crate::layers::packed::PackedTape;
pub use crate::layers::recurrent::{
    BidirectionalTape, Directed, Flattened, Recurrent, RecurrentTape, Steps, TimeDistributedTape,
};
pub use crate::layers::shape::{Crops, Flattens, Pads, Upsamples};
