//! Training: one step, and with a heap the whole of `fit`, `evaluate` and `predict`.

#[cfg(feature = "alloc")]
mod progress;
mod step;

#[cfg(feature = "alloc")]
pub use progress::*;
pub use step::Workspace;
