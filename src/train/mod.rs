//! Training: one step, and with a heap the whole of `fit`, `evaluate` and `predict`.

#[cfg(feature = "progress")]
mod bar;
#[cfg(feature = "alloc")]
mod fit;
#[cfg(feature = "alloc")]
mod fit_stream;
#[cfg(feature = "alloc")]
mod progress;
#[cfg(feature = "alloc")]
mod source;
mod step;
#[cfg(feature = "alloc")]
mod trainer;
#[cfg(feature = "alloc")]
mod training;

#[cfg(feature = "progress")]
pub use bar::Bar;
#[cfg(feature = "alloc")]
pub use fit::{Fit, Validation};
#[cfg(feature = "alloc")]
pub use fit_stream::FitStream;
#[cfg(feature = "alloc")]
pub use progress::*;
#[cfg(feature = "alloc")]
pub(crate) use step::Probe;
pub use step::Workspace;
#[cfg(feature = "alloc")]
pub use trainer::{Scores, Trainer, initialized, initialized_with};
