//! The layers: one file each, with its formula, forward pass, backward pass and tests.

mod batch_norm;
mod constrained;
mod dense;
mod dropout;
mod gru;
mod lstm;
mod recurrent;
mod regularized;
mod residual;
mod return_sequences;
mod rnn;
mod time_distributed;

pub use batch_norm::{BatchNorm, BatchNormGradient, BatchStatistics};
pub use constrained::{Constrained, Constraint, MaxNorm, NonNegative};
pub use dense::Dense;
pub use dropout::Dropout;
pub use gru::Gru;
pub use lstm::Lstm;
pub use recurrent::{Recurrent, RecurrentTape};
pub use regularized::{L1, L2, Penalty, Regularized};
pub use residual::{Keeps, Residual, ResidualTape};
pub use return_sequences::ReturnSequences;
pub use rnn::Rnn;
pub use time_distributed::{Flattened, Steps, TimeDistributed, TimeDistributedTape};
