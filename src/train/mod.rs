//! Training: one step, and with a heap the whole of `fit`, `evaluate` and `predict`.

#[cfg(feature = "alloc")]
mod fit;
#[cfg(feature = "alloc")]
mod progress;
mod step;
#[cfg(feature = "alloc")]
mod trainer;

#[cfg(feature = "alloc")]
pub use fit::{Fit, Validation};
#[cfg(feature = "alloc")]
pub use progress::*;
pub use step::Workspace;
#[cfg(feature = "alloc")]
pub use trainer::{Scores, Trainer, initialized, initialized_with};
