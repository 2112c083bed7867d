//! Closures as callbacks.

use crate::callbacks::{BatchEnd, Callback, EpochEnd};
use crate::error::Error;

/// A closure that is called after each epoch. [`Trainer::on_epoch`](crate::Trainer::on_epoch) makes one.
#[derive(Clone, Copy, Debug)]
pub struct OnEpoch<F>(pub F);

impl<N, F: FnMut(&mut EpochEnd<'_, N>)> Callback<N> for OnEpoch<F> {
    fn name(&self) -> &'static str {
        "OnEpoch"
    }

    fn epoch(&mut self, epoch: &mut EpochEnd<'_, N>) -> Result<(), Error> {
        self.0(epoch);
        Ok(())
    }
}

/// A closure that is called after each batch. [`Trainer::on_batch`](crate::Trainer::on_batch) makes one.
#[derive(Clone, Copy, Debug)]
pub struct OnBatch<F>(pub F);

impl<N, F: FnMut(&BatchEnd<'_, N>)> Callback<N> for OnBatch<F> {
    fn name(&self) -> &'static str {
        "OnBatch"
    }

    fn batch(&mut self, batch: &BatchEnd<'_, N>) {
        self.0(batch);
    }
}
