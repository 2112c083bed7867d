//! What networks are made of: one layer, one file, with its formula, forward pass, backward pass and tests.
//!
//! ```
//! use typenet::prelude::*;
//!
//! // A convolutional network for images of 28 x 28 pixels.
//! type Network = Sequential![Conv2d<1, 8, 3>, Relu, MaxPool2d<2>, Flatten, Dense<1352, 10>];
//! typenet::assert_shapes!(Network, [[[f32; 28]; 28]; 1] => [f32; 10]);
//! ```
//!
//! | group | layers |
//! | --- | --- |
//! | products | [`Dense`], [`DenseNoBias`], [`Embedding`] |
//! | noise, in training only | [`Dropout`], [`SpatialDropout`], [`AlphaDropout`], [`GaussianNoise`] |
//! | convolution | [`Conv1d`], [`CausalConv1d`], [`Conv2d`], [`DepthwiseConv2d`], [`ConvTranspose2d`] |
//! | pooling | [`MaxPool1d`], [`MaxPool2d`], [`AveragePool1d`], [`AveragePool2d`], [`GlobalAveragePool`], [`GlobalMaxPool`] |
//! | shape | [`Flatten`], [`Reshape`], [`Transpose`], [`Upsample`], [`Pad`], [`Crop`], [`Unmask`] |
//! | normalisation | [`BatchNorm`], [`LayerNorm`], [`GroupNorm`], [`InstanceNorm`], [`RmsNorm`] |
//! | recurrence | [`Rnn`], [`Gru`], [`Lstm`], [`ReturnSequences`], [`Bidirectional`], [`TimeDistributed`] |
//! | attention | [`MultiHeadAttention`], [`CausalAttention`], [`TransformerBlock`], [`LearntPosition`], [`SinusoidalPosition`] |
//! | composition | [`Residual`], [`Parallel`], [`Both`], [`Add`], [`Multiply`], [`Concat`], [`Repeat`], [`Group`], [`Frozen`], [`Identity`] |
//! | around a layer | [`Regularized`] with [`L1`] or [`L2`], [`Constrained`] with [`MaxNorm`] or [`NonNegative`] |
//!
//! Layers of sequences take [`Padded`](crate::network::Padded) ones too, whose lengths differ.
//!
//! Behind the number type, the last parameters of a layer are the lengths of those of its arrays that it may be
//! without: 0 for an array that is not there, and takes no byte. [`DenseNoBias`], [`Conv2dNoBias`] and the like are
//! short for that. A bias is not needed before a normalisation that takes the mean away.
//!
//! ```
//! use typenet::prelude::*;
//!
//! // A block of a residual network, of 16 channels.
//! type Half = Sequential![Conv2dNoBias<16, 16, 3, 1, 1>, BatchNorm<16>];
//! type Block = Sequential![Residual<Sequential![Half, Relu, Half]>, Relu];
//! typenet::assert_shapes!(Block, [[[f32; 8]; 8]; 16] => [[[f32; 8]; 8]; 16]);
//!
//! assert_eq!(LayerNorm::<8, -5, f32, 8, 0>::COUNT, 8); // a scale, but no shift
//! ```
//!
//! Activation functions are layers too: [`activations`](crate::activations). [`bounds`] holds what the compiler asks of
//! shapes, which a program seldom writes.

pub(crate) mod attention;
pub mod bounds;
#[cfg(test)]
pub(crate) mod checks;
pub(crate) mod composition;
pub(crate) mod convolution;
mod dense;
mod embedding;
pub(crate) mod noise;
pub(crate) mod normalisation;
pub(crate) mod packed;
#[cfg(test)]
mod passing;
mod pooling;
mod position;
pub(crate) mod recurrent;
mod shape;
#[cfg(test)]
mod without;

pub use attention::{CausalAttention, MultiHeadAttention, TransformerBlock};
pub use composition::{
    Add, Both, Concat, Constrained, Constraint, Frozen, Group, Identity, L1, L2, MaxNorm, Multiply, NonNegative,
    Parallel, Penalty, Regularized, Repeat, Residual,
};
pub use convolution::{
    CausalConv1d, CausalConv1dNoBias, Conv1d, Conv1dNoBias, Conv2d, Conv2dNoBias, ConvTranspose2d,
    ConvTranspose2dNoBias, DepthwiseConv2d, DepthwiseConv2dNoBias,
};
pub use dense::{Dense, DenseNoBias};
pub use embedding::Embedding;
pub use noise::{AlphaDropout, Dropout, GaussianNoise, SpatialDropout};
pub use normalisation::{BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RmsNorm};
pub use pooling::{AveragePool1d, AveragePool2d, GlobalAveragePool, GlobalMaxPool, MaxPool1d, MaxPool2d};
pub use position::{LearntPosition, SinusoidalPosition};
pub use recurrent::{Bidirectional, Gru, Lstm, ReturnSequences, Rnn, TimeDistributed};
#[doc(hidden)]
pub use shape::same_len;
pub use shape::{Crop, Flatten, Pad, Reshape, Transpose, Unmask, Upsample};
