//! The layers: one file each, with its formula, forward pass, backward pass and tests.

mod dense;
mod residual;

pub use dense::Dense;
pub use residual::Residual;
