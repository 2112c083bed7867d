//! Constant rates, one after the other.

use crate::error::Error;
use crate::schedules::{Schedule, check_rate};

/// Constant rates, one after the other: each holds for the steps before its boundary, the last one
/// from there on (as Keras' `PiecewiseConstantDecay`, whose boundaries belong to the piece before).
///
/// ```
/// use typenet::prelude::*;
///
/// let schedule = PiecewiseConstant { pieces: [(100, 0.1), (200, 0.01)], last: 0.001 };
/// assert_eq!((schedule.rate(99), schedule.rate(100), schedule.rate(200)), (0.1, 0.01, 0.001));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PiecewiseConstant<const N: usize> {
    /// Boundaries in increasing order, each with the rate of the steps before it.
    pub pieces: [(u64, f64); N],
    /// The rate after the last boundary.
    pub last: f64,
}

impl<const N: usize> Schedule for PiecewiseConstant<N> {
    fn rate(&self, step: u64) -> f64 {
        self.pieces.iter().find(|(boundary, _)| step < *boundary).map_or(self.last, |(_, rate)| *rate)
    }

    fn check(&self) -> Result<(), Error> {
        let mut before = 0;
        for (boundary, rate) in self.pieces {
            check_rate("a learning rate", rate)?;
            Error::check("a boundary", boundary as f64, "above the one before it", boundary > before)?;
            before = boundary;
        }
        check_rate("the last learning rate", self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_settings() {
        assert!(PiecewiseConstant { pieces: [(10, 0.1), (20, 0.2)], last: 0.0 }.check().is_ok());
        assert!(PiecewiseConstant { pieces: [(20, 0.1), (20, 0.2)], last: 0.0 }.check().is_err());
        assert!(PiecewiseConstant { pieces: [(0, 0.1)], last: 0.0 }.check().is_err());
        assert!(PiecewiseConstant { pieces: [(10, f64::NAN)], last: 0.0 }.check().is_err());
        assert!(PiecewiseConstant { pieces: [], last: -1.0 }.check().is_err());
    }
}
