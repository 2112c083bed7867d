//! Where the batches of an epoch come from.

use alloc::vec::Vec;

use rand::rngs::Xoshiro256PlusPlus;

use crate::data::shuffle;
use crate::error::Error;
use crate::network::Sample;
use crate::network::batch::{first, gather_into};
use crate::train::fit::Pairs;
#[cfg(doc)]
use crate::train::training::LISTENED;

/// What an epoch is trained on, batch by batch.
pub(super) trait Source<X, Y> {
    /// Begins an epoch, after which its [`inputs`](Self::inputs) are `wanted`.
    fn begin(&mut self, epoch: usize, rng: &mut Xoshiro256PlusPlus, wanted: bool) -> Result<(), Error>;

    /// The next batch of the epoch, if there is one.
    fn batch(&mut self) -> Result<Option<Pairs<'_, X, Y>>, Error>;

    /// The first inputs of an epoch: all of them, or [`LISTENED`].
    fn inputs(&self) -> &[X];
}

/// Samples in memory.
pub(super) struct Stored<'a, X, Y> {
    pairs: Pairs<'a, X, Y>,
    batch_size: usize,
    shuffled: bool,
    /// The samples in the order of this epoch, and how many of them were in a batch.
    order: Vec<usize>,
    done: usize,
    /// The samples of one batch side by side; the memory is reused.
    inputs: Vec<X>,
    targets: Vec<Y>,
}

impl<'a, X, Y> Stored<'a, X, Y> {
    pub(super) fn new(pairs: Pairs<'a, X, Y>, batch_size: usize, shuffled: bool) -> Self {
        Self { pairs, batch_size, shuffled, order: Vec::new(), done: 0, inputs: Vec::new(), targets: Vec::new() }
    }
}

impl<X: Sample, Y: Sample> Source<X, Y> for Stored<'_, X, Y> {
    fn begin(&mut self, _: usize, rng: &mut Xoshiro256PlusPlus, _: bool) -> Result<(), Error> {
        self.order.clear();
        self.order.extend(0..self.pairs.0.len());
        if self.shuffled {
            shuffle(&mut self.order, rng);
        }
        self.done = 0;
        Ok(())
    }

    fn batch(&mut self) -> Result<Option<Pairs<'_, X, Y>>, Error> {
        let (inputs, targets) = self.pairs;
        let chunk = first(self.order.get(self.done..).unwrap_or_default(), self.batch_size);
        gather_into(inputs, chunk, &mut self.inputs);
        gather_into(targets, chunk, &mut self.targets);
        self.done += chunk.len();
        Ok((!self.inputs.is_empty()).then_some((&self.inputs, &self.targets)))
    }

    fn inputs(&self) -> &[X] {
        self.pairs.0
    }
}
