//! One cycle.

use crate::error::Error;
use crate::schedules::{Schedule, between, check_rate, check_steps, half_cosine};

/// One cycle: half a cosine wave up from `peak / start_divisor` to `peak` during the first `rise` of
/// the steps, then one down to `peak / start_divisor / end_divisor` at the last step (Smith, Topin
/// 2017, <https://arxiv.org/abs/1708.07120>; PyTorch's `OneCycleLR`, whose defaults
/// [`new`](Self::new) takes).
///
/// ```
/// use typenet::prelude::*;
///
/// let schedule = OneCycle::new(0.5, 101);
/// assert!((schedule.rate(0) - 0.02).abs() < 1e-15);
/// assert!((schedule.rate(100) - 2e-6).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneCycle {
    /// The highest rate.
    pub peak: f64,
    /// All the steps of the training.
    pub steps: u64,
    /// The share of the steps in which the rate rises, in (0, 1). Default 0.3.
    pub rise: f64,
    /// How many times below the peak the rate starts. Default 25.
    pub start_divisor: f64,
    /// How many times below its start the rate ends. Default 10 000.
    pub end_divisor: f64,
}

impl OneCycle {
    /// A cycle with this peak over all the steps of a training.
    #[must_use]
    pub const fn new(peak: f64, steps: u64) -> Self {
        Self { peak, steps, rise: 0.3, start_divisor: 25.0, end_divisor: 1e4 }
    }
}

impl Schedule for OneCycle {
    fn rate(&self, step: u64) -> f64 {
        let start = self.peak / self.start_divisor;
        let end = start / self.end_divisor;
        let step = step.min(self.steps.saturating_sub(1)) as f64;
        let last = self.steps.saturating_sub(1) as f64;
        // The step of the peak, as PyTorch counts it.
        let top = self.rise * self.steps as f64 - 1.0;
        if step <= top && top > 0.0 {
            between(self.peak, start, half_cosine(step / top))
        } else {
            let left = last - top;
            let share = if left > 0.0 { (step - top) / left } else { 1.0 };
            between(end, self.peak, half_cosine(share))
        }
    }

    fn check(&self) -> Result<(), Error> {
        check_rate("the highest learning rate", self.peak)?;
        check_steps("the number of steps of the cycle", self.steps)?;
        Error::check("the share of the rise", self.rise, "in (0, 1)", self.rise > 0.0 && self.rise < 1.0)?;
        for divisor in [self.start_divisor, self.end_divisor] {
            Error::check("a divisor", divisor, "finite and above 0", divisor.is_finite() && divisor > 0.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_settings() {
        let good = OneCycle::new(0.1, 10);
        assert!(good.check().is_ok());
        assert!(OneCycle { peak: -0.1, ..good }.check().is_err());
        assert!(OneCycle { steps: 0, ..good }.check().is_err());
        assert!(OneCycle { rise: 0.0, ..good }.check().is_err());
        assert!(OneCycle { rise: f64::NAN, ..good }.check().is_err());
        assert!(OneCycle { start_divisor: 0.0, ..good }.check().is_err());
        assert!(OneCycle { end_divisor: f64::INFINITY, ..good }.check().is_err());
        for steps in 0..4 {
            assert!((0..5).all(|step| OneCycle { steps, ..good }.rate(step).is_finite()), "{steps}");
        }
    }
}
