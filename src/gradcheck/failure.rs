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
    /// `COUNT` and `STATISTICS` are the numbers of scalars walked.
    #[error("the constant does not match the scalars that are walked")]
    Count,
    /// An array is as long as its shape says, in the parameters and in the gradient.
    #[error("an array is not as long as its shape says")]
    Shape,
    /// `visit` and `walk` show the same arrays in the same order, each under its own name.
    #[error("visit and walk do not show the same arrays under names of their own")]
    Names,
    /// Everything is computed in `f64`.
    #[error("an array is not in f64")]
    Precision,
    /// A loss is the same with and without a gradient, and `mean` is the mean of its samples.
    #[error("the loss itself contradicts itself")]
    Loss,
    /// Enough points were found at which the function is smooth.
    #[error("too many points had to be drawn anew, because the function is not smooth there")]
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
            Contract::Finite => write!(f, " is {}", self.found)?,
            _ => write!(f, " is {:e}, but should be {:e}", self.found, self.expected)?,
        }
        match self.samples {
            0 => Ok(()),
            1 => f.write_str(", in a batch of 1 sample"),
            samples => write!(f, ", in a batch of {samples} samples"),
        }
    }
}

impl Failure {
    /// A failure that is not about two numbers.
    pub(super) fn plain(contract: Contract, name: impl Into<String>) -> Self {
        Self::numbers(contract, Place::named(name), f64::NAN, f64::NAN)
    }

    /// A failure about two numbers that should agree.
    pub(super) fn numbers(contract: Contract, place: Place, found: f64, expected: f64) -> Self {
        Self { contract, place, found, expected, relative_error: f64::NAN, step: 0.0, samples: 0 }
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
