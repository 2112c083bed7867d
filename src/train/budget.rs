//! The memory of training, known at compile time.

use crate::network::{Batch, Budget, Inline, Layer, Parameters, Sample};
use crate::optimizers::Optimizer;
use crate::train::Workspace;

impl<N: Parameters> Budget<N> {
    /// Bytes of RAM that training takes at its peak with the optimizer `O` and batches of up to `B` samples, beside
    /// the batch: the network, its [`Workspace`] (gradient, optimizer's state, tape, outputs), and the stack, of which
    /// 640 bytes are saved registers.
    #[must_use]
    pub const fn training_bytes<X: Sample, O: Optimizer, const B: usize>() -> usize
    where
        N: Layer<X>,
        Inline<B>: Batch,
    {
        size_of::<N>() + size_of::<Workspace<N, X, O, Inline<B>>>() + N::BUFFERS.inner() + TRAINING_FRAMES
    }
}

/// The stack of a training step that is neither.
const TRAINING_FRAMES: usize = 640;
