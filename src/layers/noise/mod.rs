//! Layers that are random in training, and pass everything on in inference.

mod alpha_dropout;
mod dropout;
mod gaussian_noise;
mod spatial_dropout;

pub use alpha_dropout::AlphaDropout;
pub use dropout::Dropout;
pub use gaussian_noise::GaussianNoise;
pub use spatial_dropout::SpatialDropout;
