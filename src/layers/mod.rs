//! The layers: one file each, with its formula, forward pass, backward pass and tests.

mod batch_norm;
mod constrained;
mod convolution;
mod dense;
mod dropout;
mod pooling;
mod regularized;
mod residual;
mod shape;

pub use batch_norm::{BatchNorm, BatchNormGradient, BatchStatistics};
pub use constrained::{Constrained, Constraint, MaxNorm, NonNegative};
pub use convolution::{CausalConv1d, Conv1d, Conv2d, ConvTranspose2d, DepthwiseConv2d, Slides, Splits, Widens};
pub use dense::Dense;
pub use dropout::Dropout;
pub use pooling::{AveragePool1d, AveragePool2d, GlobalAveragePool, GlobalMaxPool, MaxPool1d, MaxPool2d};
pub use regularized::{L1, L2, Penalty, Regularized};
pub use residual::{Keeps, Residual, ResidualTape};
#[doc(hidden)]
pub use shape::same_len;
pub use shape::{Crop, Crops, Flatten, Flattens, Pad, Pads, Reshape, Transpose, Upsample, Upsamples};
