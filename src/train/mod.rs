//! Training: one step, and with a heap the whole of `fit`, `evaluate` and `predict`.

mod step;

pub use step::Workspace;
