//! The schedule of the first transformer.

use crate::error::Error;
use crate::schedules::{Schedule, check_rate, check_steps};

/// The schedule of the first transformer: with `n = step + 1`,
/// `scale / sqrt(width) x min(1 / sqrt(n), n / warm_up^1.5)`. The rate grows in a straight line
/// during the warm-up and falls by the inverse square root afterwards (Vaswani and others 2017,
/// <https://arxiv.org/abs/1706.03762>, equation 3).
///
/// ```
/// use typenet::prelude::*;
///
/// let schedule = Noam { scale: 1.0, width: 64, warm_up: 100 };
/// // 1 / sqrt(64) / sqrt(100) at the peak.
/// assert!((schedule.rate(99) - 0.0125).abs() < 1e-15);
/// assert!((schedule.rate(399) - 0.00625).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noam {
    /// What the rate is multiplied by; 1 in the paper.
    pub scale: f64,
    /// The width of the model.
    pub width: u64,
    /// Steps of the warm-up; 4000 in the paper.
    pub warm_up: u64,
}

impl Schedule for Noam {
    fn rate(&self, step: u64) -> f64 {
        let (step, warm_up) = (step as f64 + 1.0, self.warm_up.max(1) as f64);
        let falling = 1.0 / libm::sqrt(step);
        let rising = step / (warm_up * libm::sqrt(warm_up));
        self.scale / libm::sqrt(self.width.max(1) as f64) * falling.min(rising)
    }

    fn check(&self) -> Result<(), Error> {
        check_rate("the scale", self.scale)?;
        check_steps("the width of the model", self.width)?;
        check_steps("the number of steps of the warm-up", self.warm_up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 2 / sqrt(16) = 0.5; warm-up 4: step 0 is 0.5 / 4^1.5 = 1/16; the peak is 0.5 / 2.
        let schedule = Noam { scale: 2.0, width: 16, warm_up: 4 };
        assert_eq!([0, 1, 3, 15].map(|step| schedule.rate(step)), [0.0625, 0.125, 0.25, 0.125]);
    }

    #[test]
    fn bad_settings() {
        let good = Noam { scale: 1.0, width: 16, warm_up: 4 };
        assert!(good.check().is_ok());
        assert!(Noam { scale: f64::NAN, ..good }.check().is_err());
        assert!(Noam { width: 0, ..good }.check().is_err());
        assert!(Noam { warm_up: 0, ..good }.check().is_err());
        assert!(Noam { width: 0, warm_up: 0, ..good }.rate(0).is_finite());
    }
}
