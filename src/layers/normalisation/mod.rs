//! Layers that bring what they are given to mean 0 and variance 1.

mod batch_norm;
mod group_norm;
mod instance_norm;
mod layer_norm;
mod normalize;
mod rms_norm;

pub use batch_norm::{BatchNorm, BatchNormGradient, BatchStatistics};
pub use group_norm::{GroupNorm, SplitsChannels};
pub use instance_norm::InstanceNorm;
pub use layer_norm::LayerNorm;
pub use rms_norm::RmsNorm;
