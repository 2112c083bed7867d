//! Closures as callbacks.

use crate::error::Error;
use crate::train::callbacks::{BatchEnd, Callback, EpochEnd};

/// A closure that is called after each epoch. [`Trainer::on_epoch`](crate::train::Trainer::on_epoch) makes one.
///
/// ```
/// use typenet::prelude::*;
///
/// let data = Dataset::new(vec![[0.0_f32], [1.0]], vec![[1.0_f32], [3.0]])?;
/// let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Sgd::new(0.1))
///     .callback(OnEpoch(|epoch: &mut EpochEnd<'_, _>| epoch.stop = epoch.history.len() == 3));
/// assert_eq!(trainer.fit(&data, Fit::epochs(10))?.len(), 3);
/// # Ok::<(), typenet::Error>(())
/// ```
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

/// A closure that is called after each batch. [`Trainer::on_batch`](crate::train::Trainer::on_batch) makes one.
///
/// ```
/// use typenet::prelude::*;
///
/// let data = Dataset::new(vec![[0.0_f32], [1.0]], vec![[1.0_f32], [3.0]])?;
/// let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Sgd::new(0.1))
///     .callback(OnBatch(|batch: &BatchEnd<'_, Dense<1, 1>>| println!("{}", batch.network.bias[0])));
/// trainer.fit(&data, Fit::epochs(2))?;
/// # Ok::<(), typenet::Error>(())
/// ```
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
