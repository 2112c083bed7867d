//! Training as events of the crate `tracing`.

use alloc::string::ToString;

use crate::error::Error;
use crate::train::callbacks::{Callback, EpochEnd, Plan};
use crate::train::progress::Report;

/// Sends an event of the crate `tracing` at the level `INFO` where training starts, after each epoch
/// and where it ends, and at the level `WARN` where a step fails. The target is `typenet`.
///
/// ```
/// use typenet::prelude::*;
///
/// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[1.0_f32], [2.0], [3.0]])?;
/// let mut trainer =
///     Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Sgd::new(0.1)).callback(Trace);
/// trainer.fit(&data, Fit::epochs(3))?; // `epoch completed epoch=1 loss=.. values=epoch 1/3  loss ..`
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trace;

impl<N> Callback<N> for Trace {
    fn name(&self) -> &'static str {
        "Trace"
    }

    fn start(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        let Plan { epochs, completed, batches, .. } = *plan;
        tracing::info!(target: "typenet", epochs, completed, batches, "training starts");
        Ok(())
    }

    fn epoch(&mut self, epoch: &mut EpochEnd<'_, N>) -> Result<(), Error> {
        let (number, history) = (epoch.history.len(), epoch.history);
        let values = history.last_line(epoch.epochs).map(|line| line.to_string());
        tracing::info!(
            target: "typenet",
            epoch = number,
            learning_rate = epoch.learning_rate,
            loss = history.value("loss"),
            val_loss = history.value("val_loss"),
            values,
            "epoch completed"
        );
        Ok(())
    }

    fn failed(&mut self, error: &Error, _: &mut dyn Report) -> bool {
        tracing::warn!(target: "typenet", %error, "a step failed");
        false
    }

    fn end(&mut self, _: &mut N, _: &mut dyn Report) -> Result<(), Error> {
        tracing::info!(target: "typenet", "training ends");
        Ok(())
    }
}
