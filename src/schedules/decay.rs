//! Rates that fall step by step.

use crate::error::Error;
use crate::schedules::{Schedule, between, check_rate, check_steps};

/// Multiplies the rate by a factor every so many steps: `start x factor^⌊step / every⌋` (PyTorch's
/// `StepLR`).
///
/// ```
/// use typenet::prelude::*;
///
/// let schedule = StepDecay { start: 0.1, factor: 0.5, every: 30 };
/// assert_eq!((schedule.rate(29), schedule.rate(30), schedule.rate(60)), (0.1, 0.05, 0.025));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepDecay {
    /// The rate of the first step.
    pub start: f64,
    /// What it is multiplied by.
    pub factor: f64,
    /// After how many steps.
    pub every: u64,
}

impl Schedule for StepDecay {
    fn rate(&self, step: u64) -> f64 {
        self.start * libm::pow(self.factor, (step / self.every.max(1)) as f64)
    }

    fn check(&self) -> Result<(), Error> {
        check_rate("the first learning rate", self.start)?;
        check_rate("the factor", self.factor)?;
        check_steps("the number of steps between two changes", self.every)
    }
}

/// Multiplies the rate by a factor at each milestone (PyTorch's `MultiStepLR`).
///
/// ```
/// use typenet::prelude::*;
///
/// let schedule = MultiStepDecay { start: 0.1, factor: 0.5, milestones: [30, 80] };
/// assert_eq!((schedule.rate(29), schedule.rate(30), schedule.rate(80)), (0.1, 0.05, 0.025));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultiStepDecay<const N: usize> {
    /// The rate of the first step.
    pub start: f64,
    /// What it is multiplied by.
    pub factor: f64,
    /// At which steps.
    pub milestones: [u64; N],
}

impl<const N: usize> Schedule for MultiStepDecay<N> {
    fn rate(&self, step: u64) -> f64 {
        let passed = self.milestones.iter().filter(|milestone| step >= **milestone).count();
        self.start * libm::pow(self.factor, passed as f64)
    }

    fn check(&self) -> Result<(), Error> {
        check_rate("the first learning rate", self.start)?;
        check_rate("the factor", self.factor)
    }
}

/// An exponential decay, `start x factor^(step / steps)` (Keras' `ExponentialDecay`; with `steps` 1
/// PyTorch's `ExponentialLR`).
///
/// ```
/// use typenet::prelude::*;
///
/// let schedule = ExponentialDecay { start: 0.1, factor: 0.25, steps: 100.0 };
/// assert!((schedule.rate(50) - 0.05).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExponentialDecay {
    /// The rate of the first step.
    pub start: f64,
    /// What it is multiplied by.
    pub factor: f64,
    /// In how many steps.
    pub steps: f64,
}

impl Schedule for ExponentialDecay {
    fn rate(&self, step: u64) -> f64 {
        self.start * libm::pow(self.factor, step as f64 / self.steps)
    }

    fn check(&self) -> Result<(), Error> {
        check_rate("the first learning rate", self.start)?;
        check_rate("the factor", self.factor)?;
        let holds = self.steps.is_finite() && self.steps > 0.0;
        Error::check("the number of steps of the decay", self.steps, "finite and above 0", holds)
    }
}

/// A polynomial decay, `end + (start - end) (1 - step / steps)^power`, and `end` from then on (Keras'
/// `PolynomialDecay`; with `end` 0 PyTorch's `PolynomialLR`).
///
/// ```
/// use typenet::prelude::*;
///
/// let schedule = PolynomialDecay { start: 0.5, end: 0.25, steps: 100, power: 2.0 };
/// assert_eq!((schedule.rate(0), schedule.rate(50), schedule.rate(200)), (0.5, 0.3125, 0.25));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PolynomialDecay {
    /// The rate of the first step.
    pub start: f64,
    /// The rate at the end.
    pub end: f64,
    /// When the end is reached.
    pub steps: u64,
    /// The power; 1 is a straight line.
    pub power: f64,
}

impl Schedule for PolynomialDecay {
    fn rate(&self, step: u64) -> f64 {
        let left = 1.0 - step.min(self.steps) as f64 / self.steps.max(1) as f64;
        between(self.end, self.start, libm::pow(left, self.power))
    }

    fn check(&self) -> Result<(), Error> {
        check_rate("the first learning rate", self.start)?;
        check_rate("the last learning rate", self.end)?;
        check_steps("the number of steps of the decay", self.steps)?;
        Error::check("the power", self.power, "finite and above 0", self.power.is_finite() && self.power > 0.0)
    }
}

/// A decay by inverse time, `start / (1 + factor x step / steps)` (Keras' `InverseTimeDecay`).
///
/// ```
/// use typenet::prelude::*;
///
/// let schedule = InverseTimeDecay { start: 0.5, factor: 1.0, steps: 10.0 };
/// assert_eq!((schedule.rate(10), schedule.rate(30)), (0.25, 0.125));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InverseTimeDecay {
    /// The rate of the first step.
    pub start: f64,
    /// How fast it falls.
    pub factor: f64,
    /// The unit of time, in steps.
    pub steps: f64,
}

impl Schedule for InverseTimeDecay {
    fn rate(&self, step: u64) -> f64 {
        self.start / (1.0 + self.factor * step as f64 / self.steps)
    }

    fn check(&self) -> Result<(), Error> {
        check_rate("the first learning rate", self.start)?;
        check_rate("the factor", self.factor)?;
        let holds = self.steps.is_finite() && self.steps > 0.0;
        Error::check("the number of steps of the decay", self.steps, "finite and above 0", holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_settings() {
        assert!(StepDecay { start: 0.1, factor: 0.5, every: 0 }.check().is_err());
        assert!(StepDecay { start: -0.1, factor: 0.5, every: 1 }.check().is_err());
        assert!(MultiStepDecay { start: 0.1, factor: f64::NAN, milestones: [3] }.check().is_err());
        assert!(ExponentialDecay { start: 0.1, factor: 0.5, steps: 0.0 }.check().is_err());
        assert!(PolynomialDecay { start: 0.1, end: f64::INFINITY, steps: 10, power: 1.0 }.check().is_err());
        assert!(PolynomialDecay { start: 0.1, end: 0.0, steps: 0, power: 1.0 }.check().is_err());
        assert!(PolynomialDecay { start: 0.1, end: 0.0, steps: 10, power: 0.0 }.check().is_err());
        assert!(InverseTimeDecay { start: 0.1, factor: 1.0, steps: f64::NAN }.check().is_err());
        assert!(InverseTimeDecay { start: 0.1, factor: -1.0, steps: 1.0 }.check().is_err());
    }

    #[test]
    fn no_setting_divides_by_zero() {
        assert!(StepDecay { start: 0.1, factor: 0.5, every: 0 }.rate(3).is_finite());
        assert!(PolynomialDecay { start: 0.1, end: 0.0, steps: 0, power: 1.0 }.rate(3).is_finite());
    }
}
