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
//! | products | [`Dense`], [`Embedding`] |
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

pub use attention::{CausalAttention, MultiHeadAttention, TransformerBlock};
pub use composition::{
    Add, Both, Concat, Constrained, Constraint, Frozen, Group, Identity, L1, L2, MaxNorm, Multiply, NonNegative,
    Parallel, Penalty, Regularized, Repeat, Residual,
};
pub use convolution::{CausalConv1d, Conv1d, Conv2d, ConvTranspose2d, DepthwiseConv2d};
pub use dense::Dense;
pub use embedding::Embedding;
pub use noise::{AlphaDropout, Dropout, GaussianNoise, SpatialDropout};
pub use normalisation::{BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RmsNorm};
pub use pooling::{AveragePool1d, AveragePool2d, GlobalAveragePool, GlobalMaxPool, MaxPool1d, MaxPool2d};
pub use position::{LearntPosition, SinusoidalPosition};
pub use recurrent::{Bidirectional, Gru, Lstm, ReturnSequences, Rnn, TimeDistributed};
#[doc(hidden)]
pub use shape::same_len;
pub use shape::{Crop, Flatten, Pad, Reshape, Transpose, Unmask, Upsample};
