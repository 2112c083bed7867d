//! The layers: one file each, with its formula, forward pass, backward pass and tests.

mod alpha_dropout;
mod attention;
mod batch_norm;
mod constrained;
mod dense;
mod dropout;
mod embedding;
mod features;
mod gaussian_noise;
mod group_norm;
mod instance_norm;
mod layer_norm;
mod normalize;
mod position;
mod regularized;
mod residual;
mod rms_norm;
mod spatial_dropout;

pub use alpha_dropout::AlphaDropout;
pub use attention::{AttentionTape, CausalAttention, MultiHeadAttention};
pub use batch_norm::{BatchNorm, BatchNormGradient, BatchStatistics};
pub use constrained::{Constrained, Constraint, MaxNorm, NonNegative};
pub use dense::Dense;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use gaussian_noise::GaussianNoise;
pub use group_norm::GroupNorm;
pub use instance_norm::InstanceNorm;
pub use layer_norm::LayerNorm;
pub use position::{LearntPosition, SinusoidalPosition};
pub use regularized::{L1, L2, Penalty, Regularized};
pub use residual::{Keeps, Residual, ResidualTape};
pub use rms_norm::RmsNorm;
pub use spatial_dropout::SpatialDropout;

pub(crate) use features::{layer_of_features, run_of};
