//! An end instead of an error where the loss is not finite.

use alloc::format;

use crate::error::Error;
use crate::train::callbacks::{Callback, EpochEnd};
use crate::train::progress::Report;

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
        let losses = ["loss", "val_loss"].map(|column| (column, epoch.history.value(column)));
        let spoilt = losses.into_iter().find(|(_, loss)| loss.is_some_and(|loss| !loss.is_finite()));
        if let Some((column, Some(loss))) = spoilt {
            epoch.stop = true;
            epoch.report.note(&format!("epoch {}: training ends, {column} is {loss}", epoch.history.len()));
        }
        Ok(())
    }

    fn failed(&mut self, error: &Error, report: &mut dyn Report) -> bool {
        let ends = matches!(error, Error::LossNotFinite { .. } | Error::GradientNotFinite);
        if ends {
            report.note(&format!("training ends: {error}"));
        }
        ends
    }
}
