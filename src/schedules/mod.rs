//! The schedules of the learning rate: one file each.
//!
//! ```
//! use typenet::prelude::*;
//!
//! let schedule = CosineDecay { start: 0.1, end: 0.0, steps: 100 }.warm_up(10);
//! assert_eq!([4, 9, 10, 110].map(|step| schedule.rate(step)), [0.05, 0.1, 0.1, 0.0]);
//! ```
//!
//! A schedule is a function of the number of steps taken. [`Scheduled`](crate::optimizers::Scheduled) is an optimizer
//! that follows one; it needs no heap.

mod cosine;
mod decay;
mod noam;
mod one_cycle;
mod piecewise;

pub use cosine::{CosineDecay, CosineRestarts};
pub use decay::{ExponentialDecay, InverseTimeDecay, MultiStepDecay, PolynomialDecay, StepDecay};
pub use noam::Noam;
pub use one_cycle::OneCycle;
pub use piecewise::PiecewiseConstant;

use crate::error::Error;

/// The learning rate as a function of the steps taken so far.
///
/// A closure is a schedule:
///
/// ```
/// use typenet::prelude::*;
///
/// let schedule = |step: u64| if step < 100 { 0.1 } else { 0.01 };
/// let optimizer = Sgd::new(0.1).scheduled(schedule);
/// assert_eq!(optimizer.schedule.rate(100), 0.01);
/// ```
pub trait Schedule {
    /// The learning rate of the step after this many: the first step is number 0.
    fn rate(&self, step: u64) -> f64;

    /// Checks every setting.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for the first one outside its range.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// The same schedule by epochs of this many steps: the rate changes at the start of each.
    #[must_use]
    fn per_epoch(self, steps: u64) -> PerEpoch<Self>
    where
        Self: Sized,
    {
        PerEpoch { schedule: self, steps }
    }

    /// The same schedule after a warm-up of this many steps, in which the rate grows in equal parts
    /// from `rate(0) / steps` to `rate(0)`.
    #[must_use]
    fn warm_up(self, steps: u64) -> WarmUp<Self>
    where
        Self: Sized,
    {
        WarmUp { schedule: self, steps }
    }
}

impl<F: Fn(u64) -> f64> Schedule for F {
    fn rate(&self, step: u64) -> f64 {
        self(step)
    }
}

/// A schedule by epochs (see [`Schedule::per_epoch`]).
///
/// ```
/// use typenet::prelude::*;
///
/// // 455 samples in batches of 32 are 15 steps an epoch.
/// let schedule = ExponentialDecay { start: 0.1, factor: 0.5, steps: 1.0 }.per_epoch(15);
/// assert_eq!((schedule.rate(14), schedule.rate(15), schedule.rate(30)), (0.1, 0.05, 0.025));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerEpoch<S> {
    /// The schedule, which is given the number of epochs.
    pub schedule: S,
    /// Steps in an epoch.
    pub steps: u64,
}

impl<S: Schedule> Schedule for PerEpoch<S> {
    fn rate(&self, step: u64) -> f64 {
        self.schedule.rate(step / self.steps.max(1))
    }

    fn check(&self) -> Result<(), Error> {
        check_steps("the number of steps in an epoch", self.steps)?;
        self.schedule.check()
    }
}

/// A linear warm-up before a schedule (see [`Schedule::warm_up`]; Goyal and others 2017,
/// <https://arxiv.org/abs/1706.02677>, section 2.2).
///
/// ```
/// use typenet::prelude::*;
///
/// let schedule = (|_| 0.1).warm_up(4);
/// assert_eq!((schedule.rate(0), schedule.rate(1), schedule.rate(4)), (0.025, 0.05, 0.1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUp<S> {
    /// What follows: its step 0 is the first after the warm-up.
    pub schedule: S,
    /// Steps of the warm-up.
    pub steps: u64,
}

impl<S: Schedule> Schedule for WarmUp<S> {
    fn rate(&self, step: u64) -> f64 {
        match step.checked_sub(self.steps) {
            Some(after) => self.schedule.rate(after),
            None => self.schedule.rate(0) * ((step + 1) as f64 / self.steps as f64),
        }
    }

    fn check(&self) -> Result<(), Error> {
        self.schedule.check()
    }
}

/// Checks that a rate is finite and not negative.
fn check_rate(name: &'static str, value: f64) -> Result<(), Error> {
    Error::check(name, value, "finite and not negative", value.is_finite() && value >= 0.0)
}

/// Checks that a number of steps is not 0.
fn check_steps(name: &'static str, steps: u64) -> Result<(), Error> {
    Error::check(name, steps as f64, "at least 1", steps > 0)
}

/// `from` at 0 and `to` at 1.
fn between(from: f64, to: f64, share: f64) -> f64 {
    from + (to - from) * share
}

/// Half a cosine wave from 1 at 0 to 0 at 1.
fn half_cosine(share: f64) -> f64 {
    0.5 * (1.0 + libm::cos(core::f64::consts::PI * share))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizers::{Optimizer, Sgd};

    #[test]
    fn warm_up_comes_before_the_first_step_of_the_schedule() {
        let schedule = (|step| 1.0 / (1.0 + step as f64)).warm_up(2);
        assert_eq!([0, 1, 2, 3].map(|step| schedule.rate(step)), [0.5, 1.0, 1.0, 0.5]);
        let none = (|step| step as f64).warm_up(0);
        assert_eq!([0, 1].map(|step| none.rate(step)), [0.0, 1.0]);
    }

    #[test]
    fn settings_are_checked_through_every_wrapper() {
        let bad = CosineDecay { start: f64::NAN, end: 0.0, steps: 10 };
        assert!(bad.warm_up(3).check().is_err());
        assert!(bad.per_epoch(3).check().is_err());
        assert!(Sgd::new(0.1).scheduled(bad).check(1).is_err());
        assert!(Sgd::new(0.1).scheduled(|_| f64::INFINITY).check(1).is_err());
        // A later rate is found before its step, with what depends on it; the optimizer's own is not used.
        let late = Sgd::new(f64::NAN).scheduled(|step| if step < 2 { 0.1 } else { f64::NAN });
        assert!(late.check(1).is_ok() && late.check(2).is_ok() && late.check(3).is_err());
        let wrapped = late.clip(crate::optimizers::Clip::Value(1.0)).accumulate(2).average(0.9);
        assert!(wrapped.check(4).is_ok() && wrapped.check(5).is_err());
        let decaying = |rate: f64| {
            crate::optimizers::AdamW { adam: crate::optimizers::Adam::new(1.0), decay: 10.0 }.scheduled(move |_| rate)
        };
        assert!(decaying(0.1).check(1).is_ok() && decaying(0.2).check(1).is_err());
        assert!((|_| 0.1).per_epoch(0).check().is_err());
        assert!(Sgd::new(0.1).scheduled((|_| 0.1).warm_up(3).per_epoch(2)).check(1).is_ok());
    }
}
