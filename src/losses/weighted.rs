//! Weights of samples and of classes.

use core::slice::{from_mut, from_ref};

use crate::data::ClassIndex;
use crate::data::place_of_largest;
use crate::error::Error;
use crate::losses::{Loss, check_class, mean_of};
use crate::network::{Sample, Scalar, Tensor};

/// A loss that weights each sample: the target is a pair of the loss's own target and the weight.
/// The mean is still divided by the number of samples, as in Keras' `sample_weight`.
///
/// ```
/// use typenet::prelude::*;
///
/// let data = Dataset::new(vec![[1.0_f32], [2.0]], vec![([0.0_f32], 1.0_f32), ([1.0], 0.25)])?;
/// let (outputs, loss) = ([[1.0], [3.0]], SampleWeighted(MeanSquaredError));
/// assert_eq!(loss.mean(&outputs, data.targets(), None), (1.0 + 0.25 * 4.0) / 2.0);
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleWeighted<L>(
    /// The loss.
    pub L,
);

impl<Y: Tensor, Target: Sample, L: Loss<Y, Target>> Loss<Y, (Target, Y::Scalar)> for SampleWeighted<L> {
    fn sample(&self, output: &Y, (target, weight): &(Target, Y::Scalar), gradient: Option<&mut Y>) -> Y::Scalar {
        weighted(&self.0, *weight, output, target, gradient)
    }

    fn check(&self, (target, weight): &(Target, Y::Scalar)) -> Result<(), Error> {
        check_weight("a sample's weight", weight.to_f64())?;
        self.0.check(target)
    }

    fn takes_logits(&self) -> bool {
        self.0.takes_logits()
    }

    fn check_outputs(&self, outputs: &[Y]) -> Result<(), Error> {
        self.0.check_outputs(outputs)
    }

    fn evaluation(&self, outputs: &[Y], targets: &[(Target, Y::Scalar)]) -> Y::Scalar {
        mean_of(outputs, targets, |output, (target, weight)| {
            *weight * self.0.evaluation(from_ref(output), from_ref(target))
        })
    }
}

/// A loss that weights each sample by its class (Keras' `class_weight`), for classes that are rare.
/// The mean is still divided by the number of samples.
///
/// As in Keras, training is weighted, validation and evaluation are not: there the loss is that of the
/// data as it is. In [`Everywhere`] they are weighted as well.
///
/// ```
/// use typenet::prelude::*;
///
/// let loss = ClassWeighted { loss: BinaryCrossEntropyLogits, weights: [1.0, 3.0] };
/// let one: f64 = loss.sample(&[0.0], &[1.0], None);
/// assert!((one - 3.0 * core::f64::consts::LN_2).abs() < 1e-15);
/// assert_eq!(loss.evaluation(&[[0.0]], &[[1.0]]), core::f64::consts::LN_2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassWeighted<L, const CLASSES: usize> {
    /// The loss.
    pub loss: L,
    /// The weight of each class.
    pub weights: [f64; CLASSES],
}

impl<L, const CLASSES: usize> ClassWeighted<L, CLASSES> {
    /// Weights by which every class counts the same: `samples / (classes x samples of the class)`, as
    /// scikit-learn's `balanced`.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let loss = ClassWeighted::<_, 2>::balanced(BinaryCrossEntropyLogits, &[[0.0_f32], [0.0], [0.0], [1.0]])?;
    /// assert_eq!(loss.weights, [2.0 / 3.0, 2.0]);
    /// # Ok::<(), typenet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Class`] for a class beyond `CLASSES`; [`Error::Setting`] for a target that is not-a-number,
    /// and for a class without a sample, whose weight there is none for.
    pub fn balanced(loss: L, targets: &[impl ClassLabel]) -> Result<Self, Error> {
        let mut counts = [0_u64; CLASSES];
        for target in targets {
            let class = class_of(target)?;
            check_class(class, CLASSES)?;
            counts.iter_mut().skip(class).take(1).for_each(|count| *count += 1);
        }
        let name = "the number of samples of a class";
        Error::check(name, 0.0, "at least 1 to balance it", !counts.contains(&0))?;
        let weights = counts.map(|count| targets.len() as f64 / (CLASSES as f64 * count as f64));
        Ok(Self { loss, weights })
    }
}

/// The number of a target's class.
fn class_of(target: &impl ClassLabel) -> Result<usize, Error> {
    let name = "a target of a class-weighted loss";
    target.label().ok_or(Error::Setting { name, value: f64::NAN, expected: "a number" })
}

/// A loss that is in validation and evaluation what it is in training: a [`ClassWeighted`] weights there too.
///
/// ```
/// use typenet::prelude::*;
///
/// let loss = Everywhere(ClassWeighted { loss: MeanSquaredError, weights: [1.0, 3.0] });
/// assert_eq!(loss.evaluation(&[[0.0]], &[[1.0]]), 3.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Everywhere<L>(
    /// The loss.
    pub L,
);

impl<Y: Tensor, Target: Sample, L: Loss<Y, Target>> Loss<Y, Target> for Everywhere<L> {
    fn sample(&self, output: &Y, target: &Target, gradient: Option<&mut Y>) -> Y::Scalar {
        self.0.sample(output, target, gradient)
    }

    fn check(&self, target: &Target) -> Result<(), Error> {
        self.0.check(target)
    }

    fn takes_logits(&self) -> bool {
        self.0.takes_logits()
    }

    fn check_outputs(&self, outputs: &[Y]) -> Result<(), Error> {
        self.0.check_outputs(outputs)
    }

    fn mean(&self, outputs: &[Y], targets: &[Target], gradients: Option<&mut [Y]>) -> Y::Scalar {
        self.0.mean(outputs, targets, gradients)
    }
}

/// A target that stands for one class.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(2_u8.label(), Some(2));
/// assert_eq!([0.0_f32, 0.0, 1.0].label(), Some(2));
/// assert_eq!([1.0_f32].label(), Some(1)); // one of two classes
/// assert_eq!([f32::NAN, 1.0].label(), None);
/// ```
pub trait ClassLabel {
    /// The number of the class; `None` where the target is not-a-number.
    fn label(&self) -> Option<usize>;
}

impl<C: ClassIndex> ClassLabel for C {
    fn label(&self) -> Option<usize> {
        Some(self.index())
    }
}

/// One scalar is a class of two, 1 from one half on; several are one-hot, the largest counts.
impl<T: Scalar, const N: usize> ClassLabel for [T; N] {
    fn label(&self) -> Option<usize> {
        match self.as_slice() {
            [t] if t.is_nan() => None,
            [t] => Some(usize::from(*t >= T::from_f64(0.5))),
            row => place_of_largest(row),
        }
    }
}

impl<Y, Target, L, const CLASSES: usize> Loss<Y, Target> for ClassWeighted<L, CLASSES>
where
    Y: Tensor,
    Target: Sample + ClassLabel,
    L: Loss<Y, Target>,
{
    fn sample(&self, output: &Y, target: &Target, gradient: Option<&mut Y>) -> Y::Scalar {
        // A class without a weight is noticed: `check` refuses it.
        let weight = target.label().and_then(|class| self.weights.get(class)).copied().unwrap_or(f64::NAN);
        weighted(&self.loss, Y::Scalar::from_f64(weight), output, target, gradient)
    }

    fn check(&self, target: &Target) -> Result<(), Error> {
        self.weights.iter().try_for_each(|weight| check_weight("a class's weight", *weight))?;
        check_class(class_of(target)?, CLASSES)?;
        self.loss.check(target)
    }

    fn takes_logits(&self) -> bool {
        self.loss.takes_logits()
    }

    fn check_outputs(&self, outputs: &[Y]) -> Result<(), Error> {
        self.loss.check_outputs(outputs)
    }

    fn evaluation(&self, outputs: &[Y], targets: &[Target]) -> Y::Scalar {
        self.loss.evaluation(outputs, targets)
    }
}

fn weighted<Y: Tensor, Target: Sample>(
    loss: &impl Loss<Y, Target>,
    weight: Y::Scalar,
    output: &Y,
    target: &Target,
    gradient: Option<&mut Y>,
) -> Y::Scalar {
    match gradient {
        None => weight * loss.sample(output, target, None),
        Some(gradient) => {
            let value = loss.sample(output, target, Some(gradient));
            for g in Y::flat_mut(from_mut(gradient)) {
                *g *= weight;
            }
            weight * value
        }
    }
}

fn check_weight(name: &'static str, weight: f64) -> Result<(), Error> {
    Error::check(name, weight, "finite and not negative", weight.is_finite() && weight >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope, close};
    use crate::losses::{CategoricalCrossEntropyLogits, MeanSquaredError, SparseCategoricalCrossEntropyLogits};

    #[test]
    fn sample_weights() {
        let loss = SampleWeighted(MeanSquaredError);
        assert_eq!(at(&loss, [1.0, 3.0], ([0.0, 0.0], 0.5)), (2.5, [0.5, 1.5]));
        assert_eq!(at(&loss, [1.0, 3.0], ([0.0, 0.0], 0.0)), (0.0, [0.0, 0.0]));
    }

    #[test]
    fn class_weights() {
        let loss = ClassWeighted { loss: MeanSquaredError, weights: [2.0, 0.5] };
        assert_eq!(at(&loss, [1.0], [0.0]), (2.0, [4.0]));
        assert_eq!(at(&loss, [1.0], [1.0 - 1.0 / 1024.0]).0 * 2_f64.powi(21), 1.0);
        // The first of two largest is the class.
        assert_eq!(at(&loss, [1.0, 1.0], [0.0, 1.0]), (0.25, [0.5, 0.0]));
        let sparse = ClassWeighted { loss: SparseCategoricalCrossEntropyLogits, weights: [2.0, 0.5, 1.0] };
        close(at(&sparse, [0.0; 3], 1_u8).0, 0.5 * 3.0_f64.ln(), 1e-15);
    }

    #[test]
    fn only_training_is_weighted() {
        use crate::losses::{PerStep, Smoothed};
        let plain = MeanSquaredError;
        let classes = ClassWeighted { loss: plain, weights: [2.0, 0.5] };
        let (outputs, targets) = ([[1.0], [3.0]], [[0.0], [1.0]]);
        assert_eq!(classes.mean(&outputs, &targets, None), (2.0 + 2.0) / 2.0);
        assert_eq!(classes.evaluation(&outputs, &targets), (1.0 + 4.0) / 2.0);
        assert_eq!(Everywhere(classes).evaluation(&outputs, &targets), (2.0 + 2.0) / 2.0);
        // In whatever it is packed.
        let weighted = [([0.0], 1.0), ([1.0], 0.5)];
        assert_eq!(SampleWeighted(classes).mean(&outputs, &weighted, None), (2.0 + 1.0) / 2.0);
        assert_eq!(SampleWeighted(classes).evaluation(&outputs, &weighted), (1.0 + 2.0) / 2.0);
        assert_eq!(PerStep(classes).evaluation(&[outputs], &[targets]), 2.5);
        assert_eq!(Smoothed::binary(classes, 0.5).evaluation(&[[1.0]], &[[1.0]]), 0.0625);
        assert_eq!(Smoothed::binary(classes, 0.5).mean(&[[1.0]], &[[1.0]], None), 0.5 * 0.0625);
    }

    #[test]
    fn balanced_by_the_data() {
        let loss = ClassWeighted::<_, 3>::balanced(MeanSquaredError, &[0_u8, 0, 1, 2, 2, 2]).unwrap();
        assert_eq!(loss.weights, [1.0, 2.0, 2.0 / 3.0]);
        let error = |targets: &[u8]| ClassWeighted::<_, 2>::balanced(MeanSquaredError, targets).unwrap_err();
        assert_eq!(error(&[0, 2]), Error::Class { class: 2, classes: 2 });
        let sentence = "the number of samples of a class is 0, but must be at least 1 to balance it";
        assert_eq!(error(&[0, 0]).to_string(), sentence);
        assert_eq!(error(&[]).to_string(), sentence);
        assert!(ClassWeighted::<_, 2>::balanced(MeanSquaredError, &[[f32::NAN]]).is_err());
    }

    #[test]
    fn slopes() {
        let output = [0.3, -0.2, 0.9];
        check_slope(&SampleWeighted(MeanSquaredError), output, ([0.1, 1.0, 0.4], 0.7));
        let classes = ClassWeighted { loss: CategoricalCrossEntropyLogits, weights: [0.5, 3.0, 1.0] };
        check_slope(&classes, output, [0.0, 1.0, 0.0]);
    }

    #[test]
    fn bad_weights_and_targets() {
        let target = [1.0_f32, 0.0];
        let loss = SampleWeighted(SparseCategoricalCrossEntropyLogits);
        assert_eq!(Loss::<[f32; 2], _>::check(&loss, &(1_u8, 0.0)), Ok(()));
        assert!(Loss::<[f32; 2], _>::check(&loss, &(2_u8, 1.0)).is_err());
        for weight in [-1.0, f32::NAN, f32::INFINITY] {
            assert!(Loss::<[f32; 2], _>::check(&loss, &(1_u8, weight)).is_err());
        }
        let classes = |weights| ClassWeighted { loss: MeanSquaredError, weights };
        assert_eq!(classes([1.0, 0.0]).check(&target), Ok(()));
        assert!(classes([1.0, -1.0]).check(&target).is_err());
        let error = |result: Result<(), Error>| result.unwrap_err().to_string();
        let sentence = "a target of a class-weighted loss is NaN, but must be a number";
        assert_eq!(error(classes([1.0, 1.0]).check(&[f32::NAN, 0.0])), sentence);
        assert_eq!(error(classes([1.0, 1.0]).check(&[f32::NAN])), sentence);
        let few = ClassWeighted { loss: SparseCategoricalCrossEntropyLogits, weights: [1.0; 2] };
        assert_eq!(Loss::<[f32; 3], _>::check(&few, &2_u8), Err(Error::Class { class: 2, classes: 2 }));
    }
}
