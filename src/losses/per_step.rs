//! A loss for each step.

use core::slice::{from_mut, from_ref};

use crate::error::Error;
use crate::losses::{Loss, Sum, mean_of, revealed};
use crate::network::batch::first;
use crate::network::{Padded, Sample, Scalar, Tensor, Zero};

/// A loss for each step of a sequence, of an output `[Y; STEPS]` and a target `[Target; STEPS]`: the mean of
/// the steps' losses. Such as the next word at every place.
///
/// Keras does so unasked; PyTorch with the steps counted as samples.
///
/// With a target [`Padded`](crate::network::Padded) only the steps that the target has count, as with PyTorch's
/// `ignore_index` and Keras' masks: the loss of a batch is then the mean over all steps of its targets, long sequences
/// counting for more, and the derivative by all other outputs is 0. Steps in the midst of a sequence that shall not
/// count have a weight of 0: `PerStep(SampleWeighted(loss))`.
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

impl<Y: Tensor, Target: Sample, L: Loss<Y, Target>, const STEPS: usize> Loss<[Y; STEPS], Padded<Target, STEPS>>
    for PerStep<L>
{
    fn sample(
        &self,
        output: &[Y; STEPS],
        target: &Padded<Target, STEPS>,
        gradient: Option<&mut [Y; STEPS]>,
    ) -> Y::Scalar {
        self.mean(from_ref(output), from_ref(target), gradient.map(from_mut))
    }

    fn check(&self, target: &Padded<Target, STEPS>) -> Result<(), Error> {
        target.steps().iter().try_for_each(|target| self.0.check(target))
    }

    fn takes_logits(&self) -> bool {
        self.0.takes_logits()
    }

    fn check_outputs(&self, outputs: &[[Y; STEPS]]) -> Result<(), Error> {
        // Padding is zero, which is no distribution.
        let padding = |step: &Y| Y::flat(from_ref(step)).iter().all(|y| *y == Y::Scalar::from_f64(0.0));
        let mut steps = outputs.as_flattened().iter().filter(|step| !padding(step));
        steps.try_for_each(|step| self.0.check_outputs(from_ref(step)))
    }

    fn evaluation(&self, outputs: &[[Y; STEPS]], targets: &[Padded<Target, STEPS>]) -> Y::Scalar {
        let each = outputs.iter().zip(targets).flat_map(|(output, target)| output.iter().zip(target.steps()));
        let sum: f64 = each.map(|(y, t)| self.0.evaluation(from_ref(y), from_ref(t)).to_f64()).sum();
        Y::Scalar::from_f64(sum / counted(outputs, targets) as f64)
    }

    fn mean(
        &self,
        outputs: &[[Y; STEPS]],
        targets: &[Padded<Target, STEPS>],
        gradients: Option<&mut [[Y; STEPS]]>,
    ) -> Y::Scalar {
        let scale = Y::Scalar::ONE / Y::Scalar::from_f64(counted(outputs, targets) as f64);
        let mut sum = revealed(Tensor::flat(first(outputs, targets.len()))).to_f64();
        let samples = outputs.iter().zip(targets);
        match gradients {
            None => samples.for_each(|(output, target)| {
                let steps = output.iter().zip(target.steps());
                steps.for_each(|(y, t)| sum += self.0.sample(y, t, None).to_f64());
            }),
            Some(gradients) => {
                for ((output, target), gradient) in samples.zip(gradients) {
                    let parts = gradient.split_at_mut_checked(target.steps().len());
                    let (gradient, padding) = parts.unwrap_or_default();
                    padding.fill(Y::ZERO);
                    for ((y, t), g) in output.iter().zip(target.steps()).zip(gradient) {
                        sum += self.0.sample(y, t, Some(g)).to_f64();
                        Y::flat_mut(from_mut(g)).iter_mut().for_each(|g| *g *= scale);
                    }
                }
            }
        }
        Y::Scalar::from_f64(sum) * scale
    }
}

/// How many steps count, at least 1.
fn counted<Y, Target: Sample, const STEPS: usize>(outputs: &[Y], targets: &[Padded<Target, STEPS>]) -> usize {
    let steps = outputs.iter().zip(targets).map(|(_, target)| target.steps().len());
    steps.fold(0_usize, usize::saturating_add).max(1)
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

    type Targets = Padded<[f64; 1], 3>;

    #[test]
    fn steps_without_a_target_do_not_count() {
        use crate::losses::MeanSquaredError;
        // Squares of 1, 4; 9; of six steps three count.
        let outputs = [[[1.0], [2.0], [7.0]], [[3.0], [8.0], [9.0]]];
        let targets = [Targets::new(&[[0.0]; 2]).unwrap(), Targets::new(&[[0.0]]).unwrap()];
        let mut gradients = [[[f64::NAN]; 3]; 2];
        let loss = PerStep(MeanSquaredError);
        assert!((loss.mean(&outputs, &targets, Some(&mut gradients)) - 14.0 / 3.0).abs() < 1e-15);
        for (found, expected) in gradients.as_flattened().as_flattened().iter().zip([2.0, 4.0, 0.0, 6.0, 0.0, 0.0]) {
            assert!((found - expected / 3.0).abs() < 1e-15);
        }
        assert!((loss.mean(&outputs, &targets, None) - 14.0 / 3.0).abs() < 1e-15);
        assert!((loss.evaluation(&outputs, &targets) - 14.0 / 3.0).abs() < 1e-15);
        assert_eq!(loss.sample(&outputs[0], &targets[0], None), 2.5);
        // Of no steps at all.
        let mut gradient = [[f64::NAN]; 3];
        assert_eq!(loss.sample(&outputs[0], &Targets::new(&[]).unwrap(), Some(&mut gradient)), 0.0);
        assert_eq!(gradient, [[0.0]; 3]);
    }

    #[test]
    fn padding_is_no_distribution_and_no_target() {
        use crate::losses::SparseCategoricalCrossEntropy;
        let loss = PerStep(SparseCategoricalCrossEntropy);
        let check = |outputs: [[f64; 2]; 2]| Loss::<_, Padded<u8, 2>>::check_outputs(&loss, &[outputs]);
        assert_eq!(check([[0.25, 0.75], [0.0; 2]]), Ok(()));
        assert!(check([[0.25, 0.75], [0.0, 3.0]]).is_err());
        let check = |target: &[u8]| Loss::<[[f64; 2]; 2], _>::check(&loss, &Padded::<u8, 2>::new(target).unwrap());
        assert_eq!((check(&[1]), check(&[1, 2])), (Ok(()), Err(Error::Class { class: 2, classes: 2 })));
        assert!(Loss::<[[f64; 2]; 2], Padded<u8, 2>>::takes_logits(&PerStep(SparseCategoricalCrossEntropyLogits)));
        assert!(!Loss::<[[f64; 2]; 2], Padded<u8, 2>>::takes_logits(&loss));
    }
}
