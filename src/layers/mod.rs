//! The layers: one file each, with its formula, forward pass, backward pass and tests.

mod batch_norm;
mod constrained;
mod dense;
mod dropout;
mod features;
mod group_norm;
mod instance_norm;
mod layer_norm;
mod normalize;
mod regularized;
mod residual;
mod rms_norm;

pub use batch_norm::{BatchNorm, BatchNormGradient, BatchStatistics};
pub use constrained::{Constrained, Constraint, MaxNorm, NonNegative};
pub use dense::Dense;
pub use dropout::Dropout;
pub use group_norm::GroupNorm;
pub use instance_norm::InstanceNorm;
pub use layer_norm::LayerNorm;
pub use regularized::{L1, L2, Penalty, Regularized};
pub use residual::{Keeps, Residual, ResidualTape};
pub use rms_norm::RmsNorm;

pub(crate) use features::{layer_of_features, run_of};
