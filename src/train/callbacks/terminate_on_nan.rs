//! An end instead of an error where the loss is not finite.

use crate::error::Error;
use crate::train::callbacks::{Callback, EpochEnd};

/// Ends the training without an error where the loss or the gradient becomes infinite or
/// not-a-number, and after an epoch whose training or validation loss is.
///
/// Without this callback, [`fit`](crate::train::Trainer::fit) returns [`Error::LossNotFinite`] or
/// [`Error::GradientNotFinite`]. In both cases the step is not taken: the network is as it was before
/// it, unlike in Keras, whose `TerminateOnNaN` keeps a network that is spoilt. The history holds the
/// epochs that were completed.
///
/// ```
/// use typenet::prelude::*;
///
/// let data = Dataset::new(vec![[1.0_f32]], vec![[1.0_f32]])?;
/// let mut trainer = Trainer::new(Box::new(Dense::<1, 1>::ZERO), MeanSquaredError, Sgd::new(3.0))
///     .callback(TerminateOnNan);
/// let history = trainer.fit(&data, Fit::epochs(1000))?;
/// assert!(history.len() < 1000 && trainer.network().weight[0].is_finite());
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TerminateOnNan;

impl<N> Callback<N> for TerminateOnNan {
    fn name(&self) -> &'static str {
        "TerminateOnNan"
    }

    fn epoch(&mut self, epoch: &mut EpochEnd<'_, N>) -> Result<(), Error> {
        let losses = ["loss", "val_loss"].into_iter().filter_map(|column| epoch.history.value(column));
        epoch.stop |= losses.into_iter().any(|loss| !loss.is_finite());
        Ok(())
    }

    fn failed(&mut self, error: &Error) -> bool {
        matches!(error, Error::LossNotFinite { .. } | Error::GradientNotFinite)
    }
}
