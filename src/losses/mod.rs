//! The losses: one file each.

mod mean_squared;

pub use mean_squared::MeanSquaredError;

use crate::error::Error;
use crate::scalar::Scalar;
use crate::tensor::{Sample, Tensor, Zero};

/// A loss of one sample. The loss of a batch is the mean over its samples.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not compare an output of shape `{Y}` with a target of shape `{Target}`",
    label = "this loss is given a network that outputs `{Y}` and targets `{Target}`"
)]
pub trait Loss<Y: Tensor, Target: Sample = Y> {
    /// The loss of one sample; its derivative by the output overwrites `gradient`.
    fn sample(&self, output: &Y, target: &Target, gradient: Option<&mut Y>) -> Y::Scalar;

    /// Checks settings and one target before anything is computed.
    ///
    /// # Errors
    ///
    /// [`Error::Class`] for a class index that the output has no place for, [`Error::Setting`]
    /// for a setting outside its range.
    fn check(&self, target: &Target) -> Result<(), Error> {
        let _ = target;
        Ok(())
    }

    /// The mean loss of a batch; the derivative of that mean overwrites `gradients`.
    fn mean(&self, outputs: &[Y], targets: &[Target], gradients: Option<&mut [Y]>) -> Y::Scalar {
        let scale = Y::Scalar::ONE / Y::Scalar::from_f64(outputs.len().max(1) as f64);
        let mut sum = Y::Scalar::ZERO;
        let pairs = outputs.iter().zip(targets);
        match gradients {
            None => pairs.for_each(|(output, target)| sum += self.sample(output, target, None)),
            Some(gradients) => {
                for ((output, target), gradient) in pairs.zip(gradients.iter_mut()) {
                    sum += self.sample(output, target, Some(gradient));
                }
                for gradient in Y::flat_mut(gradients) {
                    *gradient *= scale;
                }
            }
        }
        sum * scale
    }
}
