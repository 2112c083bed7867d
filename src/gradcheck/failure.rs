//! What a check found, in words and in numbers.

use core::fmt;
use std::string::String;
use std::vec::Vec;

use thiserror::Error;

/// A promise of a layer or a loss that [`check_layer`](super::check_layer),
/// [`check_network`](super::check_network) or [`check_loss`](super::check_loss) found broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Contract {
    /// `backward` gives the derivative, element by element.
    #[error("the derivative is not that of the function")]
    Gradient,
    /// The derivative along a random direction over all inputs and parameters agrees too.
    #[error("the derivative along a random direction is not that of the function")]
    Direction,
    /// `backward` and `penalize` add to the parameters' gradient.
    #[error("the parameters' gradient is not added to what was there")]
    AddsGradient,
    /// `backward`, and a loss, overwrite the gradient of their input.
    #[error("the input gradient is not overwritten")]
    OverwritesInputGradient,
    /// `forward` and `forward_train` overwrite their output.
    #[error("the output is not overwritten")]
    OverwritesOutput,
    /// The parameters' gradient is the same when nobody asks for the input gradient.
    #[error("the parameters' gradient changes when no input gradient is asked for")]
    WithoutInputGradient,
    /// What an earlier batch left on the tape has no influence.
    #[error("an earlier, larger batch that used the same tape changes the result")]
    CleanTape,
    /// The same random numbers give the same output.
    #[error("two forward passes with the same random numbers differ")]
    Deterministic,
    /// `forward` treats each sample by itself.
    #[error("forward gives another output for a sample alone than within its batch")]
    BatchInvariant,
    /// Only an optimizer changes trained parameters.
    #[error("backward, penalize or update_statistics changes a trained parameter")]
    KeepsParameters,
    /// Outputs, gradients, parameters and penalties are finite.
    #[error("a value is not finite")]
    Finite,
    /// `backward` is linear in the output gradient, whatever its size.
    #[error("backward is not linear in the output gradient: scaled or summed, it gives something else")]
    Linear,
    /// `backward` gives the same again.
    #[error(
        "a second backward pass on the same tape gives something else; if it may, as that of a recurrent layer, say so by \
         `Check::tape_is_scratch`"
    )]
    Repeats,
    /// `backward_input` gives the input gradient of `backward`.
    #[error("backward_input does not give the input gradient of backward")]
    BackwardInput,
    /// Without random numbers and statistics, `forward_train` gives the output of `forward`.
    #[error("forward_train gives another output than forward, without random numbers or statistics")]
    TrainsAsItInfers,
    /// On [`Inline`](crate::network::Inline) the layer computes the same as on [`Heap`](crate::network::Heap).
    #[error("on Inline the layer computes something else than on Heap")]
    Inline,
    /// A loss of an output that is not finite is not finite.
    #[error("the loss of an output that is not finite is finite: a broken network would go on training")]
    Hides,
    /// `COUNT` and `STATISTICS` are the numbers of scalars walked.
    #[error("the constant does not match the scalars that are walked")]
    Count,
    /// An array is as long as its shape says, in the parameters and in the gradient.
    #[error("an array is not as long as its shape says")]
    Shape,
    /// `visit` and `walk` show the same arrays in the same order, each under its own name.
    #[error("visit and walk do not show the same arrays under names of their own")]
    Names,
    /// Every array is as precise as the samples.
    #[error("an array is less precise than the samples")]
    Precision,
    /// A loss is the same with and without a gradient, and `mean` is the mean of its samples.
    #[error("the loss itself contradicts itself")]
    Loss,
    /// Enough points were found at which the function is smooth.
    #[error(
        "too many points had to be drawn anew, because the function is not smooth there, or so large beside its \
         derivatives that no difference can judge them"
    )]
    Smooth,
    /// Nothing panics.
    #[error("the code under test panicked")]
    NoPanic,
    /// The settings of the check can be used, and the loss accepts the targets drawn.
    #[error("the check cannot be run")]
    Settings,
}

/// One scalar: in the input, the output or a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Place {
    /// `input`, `output`, a parameter's name such as `2.weight`, or what else is meant.
    pub name: String,
    /// The index, outermost dimension first. Empty for a scalar, or where the whole is meant.
    pub index: Vec<usize>,
    /// Which sample of the batch, for inputs and outputs.
    pub sample: Option<usize>,
}

impl Place {
    /// A place that has only a name.
    pub(super) fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if !self.index.is_empty() {
            write!(f, "{:?}", self.index)?;
        }
        match self.sample {
            Some(sample) => write!(f, " of sample {sample}"),
            None => Ok(()),
        }
    }
}

/// What a wrong gradient looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Hint {
    /// The whole array is 0.
    Missing,
    /// The whole array has the other sign.
    Sign,
    /// The whole array is this many times what it should be.
    Factor(f32),
    /// Rows and columns are exchanged.
    Transposed,
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("it is missing: the whole array is 0"),
            Self::Sign => f.write_str("wrong sign of the whole array"),
            Self::Factor(factor) => write!(f, "wrong factor of the whole array: {factor:.3}"),
            Self::Transposed => f.write_str("transposed: rows and columns are exchanged"),
        }
    }
}

impl Hint {
    /// What an array of derivatives looks like beside the right one. `shape` is that of a sample or a
    /// parameter, of which there may be several.
    pub(super) fn of(found: &[f64], expected: &[f64], shape: &[usize]) -> Option<Self> {
        let pairs = || found.iter().zip(expected);
        let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let close = |found: f64, expected: f64, scale: f64| (found - expected).abs() <= 1e-3 * scale * largest;
        if found.iter().all(|value| *value == 0.0) {
            return Some(Self::Missing);
        }
        let factor = pairs().map(|(a, b)| a * b).sum::<f64>() / expected.iter().map(|b| b * b).sum::<f64>();
        let proportional = factor.abs() > 1e-3 && pairs().all(|(a, b)| close(*a, factor * b, factor.abs()));
        if proportional && (factor + 1.0).abs() < 1e-3 {
            return Some(Self::Sign);
        }
        // One number is always proportional to another.
        if proportional && (found.len() > 1 || [2.0, 0.5].iter().any(|usual| (factor.abs() - usual).abs() < 1e-3)) {
            return Some(Self::Factor(factor as f32));
        }
        let [rows, columns] = *shape else { return None };
        let size = (rows * columns).max(1);
        let turned = |at: usize| (at / size) * size + (at % rows.max(1)) * columns + (at % size) / rows.max(1);
        let exchanged =
            found.iter().enumerate().all(|(at, a)| expected.get(turned(at)).is_some_and(|b| close(*a, *b, 1.0)));
        exchanged.then_some(Self::Transposed)
    }
}

/// A broken [`Contract`]: where, and by how much.
///
/// For [`Contract::Gradient`] and [`Contract::Direction`], `found` is the analytic derivative
/// and `expected` the numeric one. For the others they are the two numbers that should agree.
///
/// ```
/// use typenet::gradcheck::{Check, Contract, check_layer};
/// use typenet::prelude::*;
///
/// // Nothing can be checked on no points.
/// let failure = check_layer::<Relu, [f64; 3]>(&Check::default().cases(0)).unwrap_err();
/// assert_eq!(failure.contract, Contract::Settings);
/// assert_eq!(failure.to_string(), "the check cannot be run: there are no cases");
/// ```
#[derive(Clone, PartialEq, Error)]
pub struct Failure {
    /// The promise that is broken.
    pub contract: Contract,
    /// Where.
    pub place: Place,
    /// What the code under test gives: for a gradient, the analytic derivative.
    pub found: f64,
    /// What it should be: for a gradient, the numeric derivative.
    pub expected: f64,
    /// The relative error, as defined in [the module](super).
    pub relative_error: f64,
    /// The largest step of the differences; 0 where none were taken.
    pub step: f64,
    /// Samples in the batch: the fewest that show the failure.
    pub samples: usize,
    /// What the whole array looks like, where that is easily told.
    pub hint: Option<Hint>,
}

crate::error::debug_is_display!(Failure);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.contract, self.place)?;
        match self.contract {
            Contract::Gradient | Contract::Direction => write!(
                f,
                " is {:e} analytically but {:e} numerically (relative error {:.1e}, step {:.1e})",
                self.found, self.expected, self.relative_error, self.step
            )?,
            Contract::Settings | Contract::Smooth | Contract::NoPanic | Contract::Names | Contract::Precision => {}
            Contract::Finite | Contract::Hides => write!(f, " is {}", self.found)?,
            _ => write!(f, " is {:e}, but should be {:e}", self.found, self.expected)?,
        }
        match self.samples {
            0 => {}
            1 => f.write_str(", in a batch of 1 sample")?,
            samples => write!(f, ", in a batch of {samples} samples")?,
        }
        self.hint.map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

impl Failure {
    /// A failure that is not about two numbers.
    pub(super) fn plain(contract: Contract, name: impl Into<String>) -> Self {
        Self::numbers(contract, Place::named(name), f64::NAN, f64::NAN)
    }

    /// A failure about two numbers that should agree.
    pub(super) fn numbers(contract: Contract, place: Place, found: f64, expected: f64) -> Self {
        Self { contract, place, found, expected, relative_error: f64::NAN, step: 0.0, samples: 0, hint: None }
    }
}

/// Whether an error is too large. A not-a-number is.
pub(super) fn exceeds(error: f64, tolerance: f64) -> bool {
    error.is_nan() || error > tolerance
}

/// `|a - b| / max(|a|, |b|, floor)`; 0 for equal numbers.
pub(super) fn relative_error(a: f64, b: f64, floor: f64) -> f64 {
    if a == b {
        return 0.0;
    }
    let difference = (a - b).abs();
    let scale = a.abs().max(b.abs()).max(floor);
    // An infinite analytic value is infinitely wrong.
    if scale.is_finite() { difference / scale } else { f64::INFINITY }
}

/// Names an element of an array by its index in each dimension.
pub(super) fn index_of(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|size| {
            let size = (*size).max(1);
            let at = flat % size;
            flat /= size;
            at
        })
        .collect();
    index.reverse();
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_runs_fastest_in_the_last_dimension() {
        assert_eq!(index_of(0, &[2, 3]), [0, 0]);
        assert_eq!(index_of(4, &[2, 3]), [1, 1]);
        assert_eq!(index_of(23, &[2, 3, 4]), [1, 2, 3]);
        assert!(index_of(0, &[]).is_empty());
    }

    #[test]
    fn the_relative_error_sees_sign_scale_and_floor() {
        assert_eq!(relative_error(1.0, -1.0, 0.0), 2.0);
        assert_eq!(relative_error(1.0, 2.0, 0.0), 0.5);
        assert_eq!(relative_error(2.0, 1.0, 0.0), 0.5);
        assert_eq!(relative_error(0.0, 1.0, 4.0), 0.25);
        assert_eq!(relative_error(0.0, 0.0, 0.0), 0.0);
        assert_eq!(relative_error(f64::INFINITY, 1.0, 0.0), f64::INFINITY);
        assert!(exceeds(relative_error(f64::NAN, 1.0, 1.0), 1.0));
        assert!(exceeds(1.1, 1.0) && !exceeds(1.0, 1.0));
    }

    #[test]
    fn what_a_wrong_array_looks_like() {
        let right = [1.0, 2.0, -3.0, 4.0, 5.0, 6.0];
        let of = |found: [f64; 6]| Hint::of(&found, &right, &[2, 3]);
        assert_eq!(of([0.0; 6]), Some(Hint::Missing));
        assert_eq!(of(right.map(|value| -value)), Some(Hint::Sign));
        assert_eq!(of(right.map(|value| 2.0 * value)), Some(Hint::Factor(2.0)));
        // Written as [3, 2].
        assert_eq!(of([1.0, 4.0, 2.0, 5.0, -3.0, 6.0]), Some(Hint::Transposed));
        assert_eq!(of([1.0, 2.0, -3.0, 4.0, 5.0, 7.0]), None);
        assert_eq!(Hint::of(&[0.3], &[0.2], &[1]), None);
        assert_eq!(Hint::of(&[0.1], &[0.2], &[]), Some(Hint::Factor(0.5)));
        // Two samples, each by itself.
        let (found, expected) = ([1.0, 3.0, 2.0, 4.0, 5.0, 7.0, 6.0, 8.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!(Hint::of(&found, &expected, &[2, 2]), Some(Hint::Transposed));
    }

    #[test]
    fn a_failure_is_a_sentence() {
        let place = Place { name: "2.weight".into(), index: [3, 1].into(), sample: None };
        let mut failure = Failure::numbers(Contract::Gradient, place, 1.0, -1.0);
        (failure.relative_error, failure.step, failure.samples) = (2.0, 0.5, 4);
        assert_eq!(
            std::string::ToString::to_string(&failure),
            "the derivative is not that of the function: 2.weight[3, 1] is 1e0 analytically but -1e0 numerically \
             (relative error 2.0e0, step 5.0e-1), in a batch of 4 samples"
        );
        let place = Place { name: "output".into(), index: [1].into(), sample: Some(2) };
        let failure = Failure { samples: 1, ..Failure::numbers(Contract::BatchInvariant, place, 1.0, 2.0) };
        assert_eq!(
            std::string::ToString::to_string(&failure),
            "forward gives another output for a sample alone than within its batch: output[1] of sample 2 is 1e0, \
             but should be 2e0, in a batch of 1 sample"
        );
    }
}
