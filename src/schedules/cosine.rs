//! Half a cosine wave.

use crate::error::Error;
use crate::schedules::{Schedule, between, check_rate, check_steps, half_cosine};

/// Half a cosine wave from `start` to `end`, and `end` from then on:
/// `end + (start - end) (1 + cos(pi step / steps)) / 2` (Loshchilov, Hutter 2016,
/// <https://arxiv.org/abs/1608.03983>; Keras' `CosineDecay` with `alpha = end / start`).
///
/// With [`warm_up`](Schedule::warm_up) before it, it is the usual schedule of transformers.
///
/// ```
/// use typenet::prelude::*;
///
/// let schedule = CosineDecay { start: 0.5, end: 0.25, steps: 100 };
/// assert_eq!((schedule.rate(0), schedule.rate(50), schedule.rate(200)), (0.5, 0.375, 0.25));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineDecay {
    /// The rate of the first step.
    pub start: f64,
    /// The rate at the end.
    pub end: f64,
    /// When the end is reached.
    pub steps: u64,
}

impl Schedule for CosineDecay {
    fn rate(&self, step: u64) -> f64 {
        let share = step.min(self.steps) as f64 / self.steps.max(1) as f64;
        between(self.end, self.start, half_cosine(share))
    }

    fn check(&self) -> Result<(), Error> {
        check_rate("the first learning rate", self.start)?;
        check_rate("the last learning rate", self.end)?;
        check_steps("the number of steps of the decay", self.steps)
    }
}

/// [`CosineDecay`] again and again: each period is `factor` times as long as the one before and starts at
/// `peak` times its rate (Loshchilov, Hutter 2016, <https://arxiv.org/abs/1608.03983>; PyTorch's
/// `CosineAnnealingWarmRestarts`, where `peak` is 1, and Keras' `CosineDecayRestarts`).
///
/// ```
/// use typenet::prelude::*;
///
/// let schedule = CosineRestarts { start: 0.5, end: 0.25, steps: 10, factor: 2, peak: 1.0 };
/// // Periods of 10, 20, 40 steps.
/// assert_eq!((schedule.rate(5), schedule.rate(10), schedule.rate(20)), (0.375, 0.5, 0.375));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineRestarts {
    /// The rate of the first step.
    pub start: f64,
    /// The rate at the end of each period.
    pub end: f64,
    /// Steps of the first period.
    pub steps: u64,
    /// How many times as long the next period is: at least 1.
    pub factor: u64,
    /// How many times as high the next period starts above `end`.
    pub peak: f64,
}

impl Schedule for CosineRestarts {
    fn rate(&self, step: u64) -> f64 {
        let (mut left, mut length, mut height) = (step, self.steps.max(1), self.start - self.end);
        let mut period = 0.0;
        if self.factor <= 1 {
            // No loop over the periods: there can be as many as steps.
            period = (left / length) as f64;
            left %= length;
        } else {
            // Ends: after 64 times at most, since the length doubles at least.
            while left >= length {
                left -= length;
                length = length.saturating_mul(self.factor);
                period += 1.0;
            }
        }
        height *= libm::pow(self.peak, period);
        self.end + height * half_cosine(left as f64 / length as f64)
    }

    fn check(&self) -> Result<(), Error> {
        check_rate("the first learning rate", self.start)?;
        check_rate("the last learning rate", self.end)?;
        check_rate("the height of the next peak", self.peak)?;
        check_steps("the number of steps of the first period", self.steps)?;
        check_steps("the factor of the period", self.factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_periods_far_out() {
        let schedule = CosineRestarts { start: 1.0, end: 0.0, steps: 4, factor: 1, peak: 0.5 };
        assert_eq!([0, 2, 4, 6, 8].map(|step| schedule.rate(step)), [1.0, 0.5, 0.5, 0.25, 0.25]);
        assert!(schedule.rate(u64::MAX).is_finite());
        assert!(CosineRestarts { factor: 2, ..schedule }.rate(u64::MAX).is_finite());
    }

    #[test]
    fn bad_settings() {
        assert!(CosineDecay { start: 1.0, end: 0.0, steps: 0 }.check().is_err());
        assert!(CosineDecay { start: 1.0, end: -1.0, steps: 1 }.check().is_err());
        let good = CosineRestarts { start: 1.0, end: 0.0, steps: 4, factor: 1, peak: 1.0 };
        assert!(good.check().is_ok());
        assert!(CosineRestarts { factor: 0, ..good }.check().is_err());
        assert!(CosineRestarts { steps: 0, ..good }.check().is_err());
        assert!(CosineRestarts { peak: f64::NAN, ..good }.check().is_err());
    }
}
