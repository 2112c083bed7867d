//! A loss from its target's side.

use crate::error::Error;
use crate::losses::Loss;
use crate::network::{Sample, Tensor};

/// A target that loss `L` compares an output `Y` with: the other way round of [`Loss`].
///
/// ```
/// use typenet::prelude::*;
///
/// let loss = <[f32; 1]>::mean(&MeanSquaredError, &[[1.0], [3.0]], &[[0.0], [0.0]], None);
/// assert_eq!(loss, 5.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{L}` is not a loss for an output of shape `{Y}` and a target of shape `{Self}`",
    label = "given to a network that outputs `{Y}` and to targets `{Self}`",
    note = "a loss is a value such as `MeanSquaredError`",
    note = "losses with `Sparse` in their names take class numbers such as `u8`; the others targets of the output's shape, such as one-hot vectors"
)]
pub trait TargetOf<L, Y: Tensor>: Sample {
    /// [`Loss::check`].
    ///
    /// # Errors
    ///
    /// Those of the loss.
    fn check(loss: &L, target: &Self) -> Result<(), Error>;

    /// [`Loss::check_outputs`].
    ///
    /// # Errors
    ///
    /// Those of the loss.
    fn check_outputs(loss: &L, outputs: &[Y]) -> Result<(), Error>;

    /// [`Loss::mean`].
    fn mean(loss: &L, outputs: &[Y], targets: &[Self], gradients: Option<&mut [Y]>) -> Y::Scalar;
}

impl<Y: Tensor, Target: Sample, L: Loss<Y, Target>> TargetOf<L, Y> for Target {
    #[inline(always)]
    fn check(loss: &L, target: &Self) -> Result<(), Error> {
        loss.check(target)
    }

    #[inline(always)]
    fn check_outputs(loss: &L, outputs: &[Y]) -> Result<(), Error> {
        loss.check_outputs(outputs)
    }

    #[inline(always)]
    fn mean(loss: &L, outputs: &[Y], targets: &[Self], gradients: Option<&mut [Y]>) -> Y::Scalar {
        loss.mean(outputs, targets, gradients)
    }
}
