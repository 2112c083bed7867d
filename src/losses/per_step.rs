//! A loss for each step.

use crate::error::Error;
use crate::losses::{Loss, Sum, mean_of};
use crate::network::{Sample, Scalar, Tensor, Zero};

/// A loss for each step of a sequence, of an output `[Y; STEPS]` and a target `[Target; STEPS]`: the mean of
/// the steps' losses. Such as the next word at every place.
///
/// Keras does so unasked; PyTorch with the steps counted as samples.
///
/// ```
/// use typenet::prelude::*;
///
/// let loss = PerStep(SparseCategoricalCrossEntropyLogits);
/// let mut gradient = [[0.0; 2]; 2];
/// let value = loss.sample(&[[1e4_f32, 1e4], [0.0, 1e4]], &[0_u8, 1], Some(&mut gradient));
/// assert_eq!(value, 0.5 * core::f32::consts::LN_2);
/// assert_eq!(gradient, [[-0.25, 0.25], [0.0, 0.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerStep<L>(
    /// The loss of one step.
    pub L,
);

impl<Y: Tensor, Target: Sample, L: Loss<Y, Target>, const STEPS: usize> Loss<[Y; STEPS], [Target; STEPS]>
    for PerStep<L>
{
    fn sample(&self, output: &[Y; STEPS], target: &[Target; STEPS], gradient: Option<&mut [Y; STEPS]>) -> Y::Scalar {
        let scale = Y::Scalar::ONE / Y::Scalar::from_f64(STEPS.max(1) as f64);
        let steps = output.iter().zip(target);
        let mut sum = Sum::of(Y::Scalar::ZERO);
        match gradient {
            None => steps.for_each(|(output, target)| sum.add(self.0.sample(output, target, None))),
            Some(gradient) => {
                for ((output, target), gradient) in steps.zip(gradient.iter_mut()) {
                    sum.add(self.0.sample(output, target, Some(gradient)));
                }
                for g in Y::flat_mut(gradient) {
                    *g *= scale;
                }
            }
        }
        sum.total() * scale
    }

    fn check(&self, target: &[Target; STEPS]) -> Result<(), Error> {
        target.iter().try_for_each(|target| self.0.check(target))
    }

    fn takes_logits(&self) -> bool {
        self.0.takes_logits()
    }

    fn check_outputs(&self, outputs: &[[Y; STEPS]]) -> Result<(), Error> {
        self.0.check_outputs(outputs.as_flattened())
    }

    fn evaluation(&self, outputs: &[[Y; STEPS]], targets: &[[Target; STEPS]]) -> Y::Scalar {
        mean_of(outputs, targets, |output, target| self.0.evaluation(output, target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::{CategoricalCrossEntropyLogits, SparseCategoricalCrossEntropyLogits};

    #[test]
    fn the_same_as_one_hot_rows() {
        let output = [[1.0, 2.0, 3.0], [0.5, -1.0, 0.0]];
        let (mut found, mut expected) = ([[f64::NAN; 3]; 2], [[f64::NAN; 3]; 2]);
        let loss = PerStep(SparseCategoricalCrossEntropyLogits).sample(&output, &[2_u16, 0], Some(&mut found));
        let rows = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]];
        let other = CategoricalCrossEntropyLogits.sample(&output, &rows, Some(&mut expected));
        assert!((loss - other).abs() < 1e-15);
        for (found, expected) in found.as_flattened().iter().zip(expected.as_flattened()) {
            assert!((found - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn every_step_is_checked() {
        let check =
            |target: [u8; 2]| Loss::<[[f32; 3]; 2], _>::check(&PerStep(SparseCategoricalCrossEntropyLogits), &target);
        assert_eq!(check([2, 0]), Ok(()));
        assert_eq!(check([0, 3]), Err(Error::Class { class: 3, classes: 3 }));
    }
}
