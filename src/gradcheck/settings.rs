//! What a check draws, and how strict it is.

use core::fmt;
use core::ops::{Range, RangeInclusive};
use std::vec::Vec;

use super::failure::{Contract, Failure};

/// The settings of a check.
///
/// ```
/// use typenet::gradcheck::Check;
///
/// let check = Check::default().cases(100).seed(7).samples(2..=4).values(-3.0..3.0).away_from(&[0.0], 0.01);
/// # let _ = check;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    pub(super) cases: u32,
    pub(super) seed: u64,
    pub(super) samples: RangeInclusive<usize>,
    pub(super) values: Range<f64>,
    pub(super) kinks: Vec<f64>,
    pub(super) margin: f64,
    pub(super) tolerance: f64,
    pub(super) step: f64,
    pub(super) rejects: u32,
    /// Whether inputs and output gradients are drawn over several scales.
    pub(super) scales: bool,
    pub(super) differs_in_training: bool,
    pub(super) tape_is_scratch: bool,
    /// How far two computations of the same number may lie apart, relative to it or to 1: some
    /// thousand roundings.
    pub(super) rounding: f64,
    /// What share of the largest term a derivative is judged by at least.
    pub(super) floor: f64,
}

impl Default for Check {
    fn default() -> Self {
        Self {
            cases: 16,
            seed: 0,
            samples: 1..=9,
            values: -2.0..2.0,
            kinks: Vec::new(),
            margin: 0.0,
            tolerance: 1e-6,
            // A power of two, so that adding it to a number of its size loses no bit.
            step: 1.0 / 1024.0,
            rejects: 400,
            scales: true,
            differs_in_training: false,
            tape_is_scratch: false,
            rounding: 1e-11,
            floor: 1e-3,
        }
    }
}

impl Check {
    /// How many random points are checked. Default 16.
    #[must_use]
    pub fn cases(self, cases: u32) -> Self {
        Self { cases, ..self }
    }

    /// Where the random numbers start: the same seed gives the same points. Default 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The sizes of the batches. Default `1..=9`; a mistake that only a second sample shows needs
    /// more than one.
    #[must_use]
    pub fn samples(self, samples: RangeInclusive<usize>) -> Self {
        Self { samples, ..self }
    }

    /// Where the inputs lie (for [`check_loss`](super::check_loss): the outputs that the loss is
    /// given). Default `-2.0..2.0`, and at some points a hundredth, ten times or a hundred times of it,
    /// or all of these mixed with exact zeros. With a range of your own, all inputs lie in it.
    #[must_use]
    pub fn values(self, values: Range<f64>) -> Self {
        Self { values, scales: false, ..self }
    }

    /// For a layer whose training differs from inference though it draws no random numbers and keeps no
    /// statistics. Of any other layer, `forward_train` must give what `forward` does.
    #[must_use]
    pub fn differs_in_training(self) -> Self {
        Self { differs_in_training: true, ..self }
    }

    /// For a layer whose `backward` uses up the tape, as the recurrent layers do to save memory. Of any other layer, a
    /// second backward pass on the same tape must give the same.
    #[must_use]
    pub fn tape_is_scratch(self) -> Self {
        Self { tape_is_scratch: true, ..self }
    }

    /// Keeps every input at least `margin` away from these points, such as the 0 of a ReLU.
    /// The margin should be larger than the step, and the kinks further apart than four margins.
    #[must_use]
    pub fn away_from(self, kinks: &[f64], margin: f64) -> Self {
        Self { kinks: kinks.to_vec(), margin, ..self }
    }

    /// The largest relative error that passes. Default 1e-6.
    #[must_use]
    pub fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// The largest step of the differences, for values up to 1; larger values take a step in
    /// proportion. Default 2⁻¹⁰, about 1e-3: with two extrapolations the error of a tame function
    /// is then about 1e-12, and so is that of rounding.
    #[must_use]
    pub fn step(self, step: f64) -> Self {
        Self { step, ..self }
    }

    /// How many points may be drawn anew in the whole check because the function is not smooth
    /// there. Default 400.
    #[must_use]
    pub fn rejects(self, rejects: u32) -> Self {
        Self { rejects, ..self }
    }

    /// The settings for scalars of this precision: in single precision a difference is known to few
    /// digits.
    pub(super) fn fitted(&self, epsilon: f64) -> Self {
        if epsilon <= f64::EPSILON {
            return self.clone();
        }
        Self {
            tolerance: self.tolerance.max(1e-2),
            step: self.step.max(1.0 / 32.0),
            rounding: 5e-3,
            floor: 0.1,
            ..self.clone()
        }
    }

    /// Refuses settings that would check nothing.
    pub(super) fn validate(&self) -> Result<(), Failure> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let span = self.values.end - self.values.start;
        let reason = if self.cases == 0 {
            "there are no cases"
        } else if self.samples.is_empty() || *self.samples.start() == 0 {
            "a batch needs at least one sample"
        } else if !positive(span) {
            "the range of values is empty or not finite"
        } else if !positive(self.tolerance) || !positive(self.step) {
            "the tolerance and the step must be positive and finite"
        } else if !(self.margin.is_finite() && self.margin >= 0.0 && self.kinks.iter().all(|k| k.is_finite())) {
            "the kinks and their margin must be finite, the margin not negative"
        } else {
            return Ok(());
        };
        Err(Failure::plain(Contract::Settings, reason))
    }

    /// Moves a value out of the margins around the kinks, to the side on which it is.
    pub(super) fn away(&self, value: f64) -> f64 {
        self.kinks.iter().fold(value, |value, kink| {
            let distance = value - kink;
            if distance.abs() >= self.margin {
                return value;
            }
            // Mirrored at the margin, so that values do not pile up there.
            kink + (2.0 * self.margin - distance.abs()).copysign(distance)
        })
    }
}

/// What a check that passed has looked at.
///
/// ```
/// use typenet::gradcheck::{Check, Report, check_layer};
/// use typenet::prelude::*;
///
/// let report: Report = check_layer::<Dense<3, 2, f64>, [f64; 3]>(&Check::default())?;
/// println!("{report}"); // 384 derivatives at 16 points agree, ..
/// assert_eq!(report.cases, 16);
/// # Ok::<(), typenet::gradcheck::Failure>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Random points at which everything was checked.
    pub cases: u32,
    /// Points drawn anew because the function is not smooth there.
    pub rejected: u32,
    /// Derivatives compared.
    pub derivatives: u64,
    /// The largest relative error among them.
    pub largest_error: f64,
}

impl Report {
    /// Counts one derivative with its error.
    pub(super) fn compared(&mut self, error: f64) {
        self.derivatives += 1;
        self.largest_error = self.largest_error.max(error);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} derivatives at {} points agree, largest relative error {:.1e}",
            self.derivatives, self.cases, self.largest_error
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_leave_the_margins_on_their_own_side() {
        let check = Check::default().away_from(&[0.0, 1.0], 0.1);
        for i in -300..300 {
            let value = f64::from(i) / 200.0 + 0.0001;
            let moved = check.away(value);
            assert!(moved.abs() >= 0.1 && (moved - 1.0).abs() >= 0.1, "{value} {moved}");
            assert_eq!((value > 0.0, value > 1.0), (moved > 0.0, moved > 1.0), "{value} {moved}");
        }
        assert_eq!(check.away(0.5), 0.5);
        assert!((check.away(0.06) - 0.14).abs() < 1e-15);
        assert!((check.away(-0.06) + 0.14).abs() < 1e-15);
    }

    #[test]
    fn settings_that_check_nothing_are_refused() {
        let good = Check::default();
        assert!(good.validate().is_ok());
        #[expect(clippy::reversed_empty_ranges, reason = "that is what is refused")]
        let bad = [
            good.clone().cases(0),
            good.clone().samples(0..=3),
            good.clone().samples(3..=2),
            good.clone().values(1.0..1.0),
            good.clone().values(2.0..1.0),
            good.clone().values(0.0..f64::INFINITY),
            good.clone().values(f64::NAN..1.0),
            good.clone().tolerance(0.0),
            good.clone().tolerance(f64::NAN),
            good.clone().step(0.0),
            good.clone().away_from(&[0.0], -1.0),
            good.clone().away_from(&[f64::NAN], 1.0),
        ];
        for check in bad {
            assert_eq!(check.validate().map_err(|f| f.contract), Err(Contract::Settings), "{check:?}");
        }
    }
}
