//! Layers made of layers, and what joins their outputs.

mod add;
mod both;
mod concat;
mod constrained;
mod frozen;
mod group;
mod identity;
mod multiply;
pub(crate) mod parallel;
mod regularized;
mod repeat;
pub(crate) mod residual;

pub use add::Add;
pub use both::Both;
pub use concat::{Concat, Joins};
pub use constrained::{Constrained, Constraint, MaxNorm, NonNegative};
pub use frozen::Frozen;
pub use group::Group;
pub use identity::Identity;
pub use multiply::Multiply;
pub use parallel::{PairTape, Parallel};
pub use regularized::{L1, L2, Penalty, Regularized};
pub use repeat::{Copies, CopyCount, Repeat};
pub use residual::{Keeps, Residual, ResidualTape};
