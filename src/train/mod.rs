//! Training: one step, and with a heap the whole of `fit`, `evaluate` and `predict`.
//!
//! ```
//! use typenet::prelude::*;
//!
//! let inputs: Vec<[f32; 1]> = (0..100).map(|i| [i as f32 / 100.0]).collect();
//! let targets = inputs.iter().map(|[x]| [2.0 * x - 1.0]).collect();
//! let data = Dataset::new(inputs, targets)?;
//!
//! let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Adam::new(0.05));
//! let history = trainer.fit(&data, Fit::epochs(100).batch_size(10).validation_split(0.2))?;
//! assert!(trainer.evaluate(&data)?.loss < 1e-3);
//! # Ok::<(), typenet::Error>(())
//! ```
//!
//! | what | is |
//! | --- | --- |
//! | [`Trainer`], [`Fit`], [`FitStream`] | trains a network on a data set, or on a stream of batches |
//! | [`Workspace`] | one training step and its memory, also without a heap |
//! | [`History`], [`Report`], [`Lines`] | what was measured, while training goes on and after it |
//! | [`EarlyStopping`], [`ReduceOnPlateau`], [`TerminateOnNan`], [`GradientMonitor`], loggers | callbacks ([`Callback`]): what looks on, and may change the course |
//! | [`Checkpoint`] | a run that is killed goes on where it was |

#[cfg(feature = "progress")]
mod bar;
mod budget;
#[cfg(feature = "alloc")]
pub(crate) mod callbacks;
#[cfg(all(feature = "checkpoint", target_endian = "little"))]
pub(crate) mod checkpoint;
#[cfg(feature = "alloc")]
mod fit;
#[cfg(feature = "alloc")]
mod fit_stream;
#[cfg(feature = "alloc")]
pub(crate) mod history;
#[cfg(feature = "alloc")]
mod initialized;
#[cfg(feature = "alloc")]
mod progress;
#[cfg(feature = "alloc")]
mod same;
#[cfg(feature = "alloc")]
mod scores;
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
pub use callbacks::*;
#[cfg(all(feature = "checkpoint", target_endian = "little"))]
pub use checkpoint::{Checkpoint, CheckpointError, CheckpointProblem};
#[cfg(feature = "alloc")]
pub use fit::{Fit, Validation};
#[cfg(feature = "alloc")]
pub use fit_stream::FitStream;
#[cfg(feature = "alloc")]
pub use history::{Epoch, EpochLine, History};
#[cfg(feature = "alloc")]
pub use initialized::{initialized, initialized_with};
#[cfg(feature = "alloc")]
pub use progress::*;
#[cfg(feature = "alloc")]
pub use same::Same;
#[cfg(feature = "alloc")]
pub use scores::Scores;
#[cfg(feature = "alloc")]
pub(crate) use step::Probe;
pub use step::Workspace;
#[cfg(feature = "alloc")]
pub use trainer::Trainer;
