//! The layers: one file each, with its formula, forward pass, backward pass and tests.

mod batch_norm;
#[cfg(test)]
mod checks;
mod constrained;
mod dense;
mod dropout;
mod regularized;
mod residual;

pub use batch_norm::{BatchNorm, BatchNormGradient, BatchStatistics};
pub use constrained::{Constrained, Constraint, MaxNorm, NonNegative};
pub use dense::Dense;
pub use dropout::Dropout;
pub use regularized::{L1, L2, Penalty, Regularized};
pub use residual::{Keeps, Residual, ResidualTape};
