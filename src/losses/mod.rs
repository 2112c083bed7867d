//! The losses: one file each. A loss is the mean over a batch of what its [`Loss::sample`] says of one sample.
//!
//! ```
//! use typenet::prelude::*;
//!
//! let (outputs, targets) = ([[1.0], [3.0]], [[0.0], [0.0]]);
//! let mut gradients = [[0.0]; 2];
//! assert_eq!(MeanSquaredError.mean(&outputs, &targets, Some(&mut gradients)), 5.0);
//! assert_eq!(gradients, [[1.0], [3.0]]);
//! ```
//!
//! | targets | losses |
//! | --- | --- |
//! | numbers | [`MeanSquaredError`], [`MeanAbsoluteError`], [`Huber`], [`LogCosh`], [`CosineSimilarity`] |
//! | counts | [`Poisson`] |
//! | 0 or 1 | [`BinaryCrossEntropy`], on logits [`BinaryCrossEntropyLogits`], [`FocalLogits`] |
//! | one-hot, or probabilities | [`CategoricalCrossEntropy`], on logits [`CategoricalCrossEntropyLogits`]; [`KullbackLeibler`] |
//! | the number of a class | [`SparseCategoricalCrossEntropy`], on logits [`SparseCategoricalCrossEntropyLogits`] |
//! | -1 or 1 | [`Hinge`], [`SquaredHinge`] |
//! | around a loss | [`Smoothed`], [`ClassWeighted`], [`Everywhere`], [`SampleWeighted`], [`PerStep`] |
//!
//! A loss on probabilities is given those that [`Sigmoid`](crate::activations::Sigmoid) or
//! [`Softmax`](crate::activations::Softmax) make: outputs below 0 or above 1, and rows of classes that do not sum to 1,
//! each by more than 1e-3, are an error in training and evaluation. One on logits is given what comes before them.
//!
//! Terms are summed in blocks of at most 256, and the blocks in `f64`: a mean errs by at most 256 roundings of the mean
//! of the terms' absolute values, however many there are. Over the classes of a row it is one sum. The order is the
//! same on every machine.

mod binary_cross_entropy;
mod binary_cross_entropy_logits;
mod categorical_cross_entropy;
mod categorical_cross_entropy_logits;
#[cfg(test)]
mod checks;
mod cosine_similarity;
mod focal;
mod hinge;
mod huber;
mod kullback_leibler;
mod log_cosh;
mod mean_absolute;
mod mean_squared;
#[cfg(test)]
mod not_finite;
#[cfg(test)]
mod outputs;
mod per_step;
mod poisson;
mod smoothed;
mod sparse_categorical_cross_entropy;
mod sparse_categorical_cross_entropy_logits;
mod sum;
mod target_of;
mod weighted;

pub use binary_cross_entropy::BinaryCrossEntropy;
pub use binary_cross_entropy_logits::BinaryCrossEntropyLogits;
pub use categorical_cross_entropy::CategoricalCrossEntropy;
pub use categorical_cross_entropy_logits::CategoricalCrossEntropyLogits;
pub use cosine_similarity::CosineSimilarity;
pub use focal::FocalLogits;
pub use hinge::{Hinge, SquaredHinge};
pub use huber::Huber;
pub use kullback_leibler::KullbackLeibler;
pub use log_cosh::LogCosh;
pub use mean_absolute::MeanAbsoluteError;
pub use mean_squared::MeanSquaredError;
pub use per_step::PerStep;
pub use poisson::Poisson;
pub use smoothed::Smoothed;
pub use sparse_categorical_cross_entropy::SparseCategoricalCrossEntropy;
pub use sparse_categorical_cross_entropy_logits::SparseCategoricalCrossEntropyLogits;
pub use target_of::TargetOf;
pub use weighted::{ClassLabel, ClassWeighted, Everywhere, SampleWeighted};

use core::iter::Copied;
use core::slice::{Iter, from_mut, from_ref};

use crate::activations::{rows, rows_mut};
use crate::error::Error;
use crate::kernel::BLOCK;
use crate::kernel::rows::in_blocks;
use crate::network::{Sample, Scalar, Tensor, Zero};
use sum::Sum;

/// A loss of one sample. The loss of a batch is the mean over its samples.
///
/// A loss of your own:
///
/// ```
/// use typenet::prelude::*;
///
/// /// The squared error, counted double where the output is too low.
/// struct Cautious;
///
/// impl Loss<[f32; 1]> for Cautious {
///     fn sample(&self, [y]: &[f32; 1], [t]: &[f32; 1], gradient: Option<&mut [f32; 1]>) -> f32 {
///         let weight = if y < t { 2.0 } else { 1.0 };
///         if let Some(gradient) = gradient {
///             *gradient = [2.0 * weight * (y - t)];
///         }
///         weight * (y - t) * (y - t)
///     }
/// }
///
/// assert_eq!(Cautious.mean(&[[1.0], [3.0]], &[[2.0], [2.0]], None), 1.5);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a loss for an output of shape `{Y}` and a target of shape `{Target}`",
    label = "given to a network that outputs `{Y}` and to targets `{Target}`",
    note = "a loss is a value such as `MeanSquaredError`",
    note = "losses with `Sparse` in their names take class numbers such as `u8`; the others targets of the output's shape, such as one-hot vectors"
)]
pub trait Loss<Y: Tensor, Target: Sample = Y> {
    /// The loss of one sample; its derivative by the output overwrites `gradient`.
    ///
    /// Where an output is not finite, the loss must not be finite: by that a step is refused. Those
    /// of this crate see to it, also where they clip.
    fn sample(&self, output: &Y, target: &Target, gradient: Option<&mut Y>) -> Y::Scalar;

    /// Checks settings and one target before anything is computed.
    ///
    /// # Errors
    ///
    /// [`Error::Class`] for a class index that the output has no place for, [`Error::Setting`]
    /// for a setting or a target outside its range.
    fn check(&self, target: &Target) -> Result<(), Error> {
        let _ = target;
        Ok(())
    }

    /// Checks the outputs of a batch, in training and in evaluation: whether they are what the loss is
    /// for. Outputs that are not finite are none of its business: the loss itself is not finite then.
    ///
    /// # Errors
    ///
    /// [`Error::NotProbabilities`] where the loss is for probabilities and these are none.
    fn check_outputs(&self, outputs: &[Y]) -> Result<(), Error> {
        let _ = outputs;
        Ok(())
    }

    /// Whether outputs are logits, which [`Sigmoid`](crate::activations::Sigmoid) and
    /// [`Softmax`](crate::activations::Softmax) make probabilities of: a network that ends with one of them is one too
    /// many, and the trainer's summary says so.
    fn takes_logits(&self) -> bool {
        false
    }

    /// The mean loss of a batch in evaluation and validation, where it differs from that of training.
    fn evaluation(&self, outputs: &[Y], targets: &[Target]) -> Y::Scalar {
        self.mean(outputs, targets, None)
    }

    /// The mean loss of a batch, 0 for an empty one; the derivative of that mean overwrites
    /// `gradients`. Where the slices differ in length, the shorter of outputs and targets counts.
    ///
    /// Samples are summed in blocks of at most 256, and the blocks in `f64`.
    fn mean(&self, outputs: &[Y], targets: &[Target], gradients: Option<&mut [Y]>) -> Y::Scalar {
        let samples = outputs.len().min(targets.len()).max(1);
        let scale = Y::Scalar::ONE / Y::Scalar::from_f64(samples as f64);
        let mut sum = Sum::of(Y::Scalar::ZERO);
        let pairs = outputs.iter().zip(targets);
        match gradients {
            None => pairs.for_each(|(output, target)| sum.add(self.sample(output, target, None))),
            Some(gradients) => {
                for ((output, target), gradient) in pairs.zip(gradients) {
                    sum.add(self.sample(output, target, Some(gradient)));
                    for g in Y::flat_mut(from_mut(gradient)) {
                        *g *= scale;
                    }
                }
            }
        }
        sum.total() * scale
    }
}

/// The mean over a batch of what a function says of each sample, summed in `f64`.
fn mean_of<Y: Tensor, Target: Sample>(
    outputs: &[Y],
    targets: &[Target],
    sample: impl Fn(&Y, &Target) -> Y::Scalar,
) -> Y::Scalar {
    let samples = outputs.len().min(targets.len()).max(1);
    let sum: f64 = outputs.iter().zip(targets).map(|(output, target)| sample(output, target).to_f64()).sum();
    Y::Scalar::from_f64(sum / samples as f64)
}

/// How far from 0 and 1 probabilities are held before their logarithm is taken: Keras' epsilon.
const PROBABILITY_FLOOR: f64 = 1e-7;

/// 0, or not-a-number where an output is not finite. Added to a loss it shows what a clip or a
/// maximum would hide: training would go on over a broken network.
#[inline]
fn revealed<T: Scalar>(outputs: &[T]) -> T {
    // Not stopped at the first, so that the loop becomes vector code.
    let finite = outputs.iter().fold(true, |all, y| all & y.is_finite());
    if finite { T::from_f64(0.0) } else { T::from_f64(f64::NAN) }
}

/// The mean over the scalars of a sample of `value(y, t)`, and its derivative. Not-a-number where an
/// output is not finite.
#[inline]
fn by_scalar<Y: Tensor>(
    output: &Y,
    target: &Y,
    gradient: Option<&mut Y>,
    value: impl Fn(Y::Scalar, Y::Scalar) -> Y::Scalar,
    derivative: impl Fn(Y::Scalar, Y::Scalar) -> Y::Scalar,
) -> Y::Scalar {
    let scale = Y::Scalar::ONE / Y::Scalar::from_f64(Y::LEN.max(1) as f64);
    let (output, target) = (Y::flat(from_ref(output)), Y::flat(from_ref(target)));
    let mut sum = Sum::of(revealed(output));
    for (at, (output, target)) in in_blocks(output, BLOCK).zip(in_blocks(target, BLOCK)).enumerate() {
        if at > 0 {
            sum.close_block();
        }
        for (y, t) in output.iter().zip(target) {
            sum.block += value(*y, *t);
        }
    }
    if let Some(gradient) = gradient {
        for ((g, y), t) in Y::flat_mut(from_mut(gradient)).iter_mut().zip(output).zip(target) {
            *g = derivative(*y, *t) * scale;
        }
    }
    sum.total() * scale
}

/// The mean over the rows of a sample of a loss over classes, and its derivative.
///
/// `row` takes outputs, targets, the scale of the derivative and where to write it. Not-a-number
/// where an output is not finite.
#[inline]
fn by_row<Y: Tensor>(
    output: &Y,
    target: &Y,
    gradient: Option<&mut Y>,
    row: impl Fn(&[Y::Scalar], Copied<Iter<'_, Y::Scalar>>, Y::Scalar, Option<&mut [Y::Scalar]>) -> Y::Scalar,
) -> Y::Scalar {
    let pairs = rows(from_ref(output)).zip(rows(from_ref(target)));
    let count = Y::LEN.checked_div(Y::INNER).unwrap_or_default();
    let scale = Y::Scalar::ONE / Y::Scalar::from_f64(count.max(1) as f64);
    let mut sum = Sum::of(revealed(Y::flat(from_ref(output))));
    match gradient {
        None => pairs.for_each(|(y, t)| sum.add(row(y, t.iter().copied(), scale, None))),
        Some(gradient) => {
            for ((y, t), g) in pairs.zip(rows_mut(from_mut(gradient))) {
                sum.add(row(y, t.iter().copied(), scale, Some(g)));
            }
        }
    }
    sum.total() * scale
}

/// The one-hot vector of a class. That of a class that does not exist is all not-a-number, so that
/// it is noticed.
#[inline]
fn one_hot<T: Scalar>(classes: usize, class: usize) -> impl Iterator<Item = T> + Clone {
    let other = if class < classes { T::ZERO } else { T::from_f64(f64::NAN) };
    (0..classes).map(move |index| if index == class { T::ONE } else { other })
}

/// Checks every scalar of a target.
fn check_targets<Y: Tensor>(
    target: &Y,
    name: &'static str,
    expected: &'static str,
    holds: impl Fn(f64) -> bool,
) -> Result<(), Error> {
    Y::flat(from_ref(target)).iter().map(|t| t.to_f64()).try_for_each(|t| Error::check(name, t, expected, holds(t)))
}

/// How far outputs may be from probabilities: below 0, above 1, and their sum from 1.
const PROBABILITY_TOLERANCE: f64 = 1e-3;

/// A loss on probabilities, and what to do where it is given none.
#[derive(Clone, Copy)]
struct OnProbabilities {
    loss: &'static str,
    remedy: &'static str,
}

impl OnProbabilities {
    fn refuse(self, what: &'static str, value: f64) -> Error {
        Error::NotProbabilities { loss: self.loss, what, value, remedy: self.remedy }
    }

    /// Checks that finite outputs are between 0 and 1.
    fn each<T: Scalar>(self, outputs: &[T]) -> Result<(), Error> {
        let (low, high) = (T::from_f64(-PROBABILITY_TOLERANCE), T::from_f64(1.0 + PROBABILITY_TOLERANCE));
        match outputs.iter().find(|y| (**y < low || **y > high) && y.is_finite()) {
            Some(wrong) => Err(self.refuse("an output", wrong.to_f64())),
            None => Ok(()),
        }
    }

    /// Checks that every finite row of outputs is a distribution.
    fn rows<Y: Tensor>(self, outputs: &[Y]) -> Result<(), Error> {
        self.each(Y::flat(outputs))?;
        for row in rows(outputs) {
            let sum: f64 = row.iter().map(|y| y.to_f64()).sum();
            if (sum - 1.0).abs() > PROBABILITY_TOLERANCE && sum.is_finite() {
                return Err(self.refuse("the sum of a row of outputs", sum));
            }
        }
        Ok(())
    }
}

/// The categorical cross-entropy, with targets of either kind.
const CATEGORICAL: OnProbabilities = OnProbabilities {
    loss: "the categorical cross-entropy",
    remedy: "end the network with `Softmax`, or use the loss whose name ends with `Logits`",
};

/// Checks that a target holds probabilities of 1.
fn check_probabilities<Y: Tensor>(target: &Y, name: &'static str) -> Result<(), Error> {
    check_targets(target, name, "in [0, 1]", |t| (0.0..=1.0).contains(&t))
}

/// Checks that a target holds a distribution, or counts.
fn check_shares<Y: Tensor>(target: &Y, name: &'static str) -> Result<(), Error> {
    check_targets(target, name, "finite and not negative", |t| t.is_finite() && t >= 0.0)
}

/// Checks the number of a class.
pub(crate) fn check_class(class: usize, classes: usize) -> Result<(), Error> {
    if class < classes { Ok(()) } else { Err(Error::Class { class, classes }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GARBAGE: [f64; 2] = [f64::INFINITY, f64::NAN];

    #[test]
    fn the_mean_over_a_batch() {
        // Samples of (1 + 9) / 2 = 5, (4 + 0) / 2 = 2, (0 + 1) / 2 = 0.5 and 0: 7.5 over 4.
        let outputs = [[1.0, 3.0], [2.0, 0.0], [0.0, -1.0], [7.0, 7.0]];
        let targets = [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [7.0, 7.0]];
        let mut gradients = [GARBAGE; 4];
        assert_eq!(MeanSquaredError.mean(&outputs, &targets, Some(&mut gradients)), 1.875);
        assert_eq!(gradients, [[0.25, 0.75], [0.5, 0.0], [0.0, -0.25], [0.0, 0.0]]);
        assert_eq!(MeanSquaredError.mean(&outputs, &targets, None), 1.875);
    }

    #[test]
    fn the_mean_of_one_and_of_none() {
        let mut gradients = [GARBAGE];
        assert_eq!(MeanSquaredError.mean(&[[1.0, 3.0]], &[[0.0, 0.0]], Some(&mut gradients)), 5.0);
        assert_eq!(gradients, [[1.0, 3.0]]);
        assert_eq!(MeanSquaredError.mean(&[], &[] as &[[f64; 2]], None), 0.0);
    }

    #[test]
    fn the_shorter_counts() {
        let outputs = [[1.0, 3.0], [2.0, 0.0]];
        let targets = [[0.0, 0.0]; 3];
        assert_eq!(MeanSquaredError.mean(&outputs, &targets, None), 3.5);
        assert_eq!(MeanSquaredError.mean(&outputs, &targets[..1], None), 5.0);
    }

    #[test]
    fn one_hot_vectors() {
        assert!(one_hot::<f32>(3, 1).eq([0.0, 1.0, 0.0]));
        assert!(one_hot::<f32>(3, 2).eq([0.0, 0.0, 1.0]));
        assert!(one_hot::<f32>(3, 3).all(|t| t.is_nan()));
        assert_eq!(one_hot::<f32>(3, 9).count(), 3);
    }

    #[test]
    fn settings_are_fine_by_default() {
        assert_eq!(MeanSquaredError.check(&[0.0_f32; 3]), Ok(()));
    }
}
