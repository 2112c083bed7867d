//! The range of numbers, which a watch over a network compares.

/// The range of the numbers in a batch.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// The smallest finite number; infinite where there is none.
    pub low: f64,
    /// The largest finite number.
    pub high: f64,
    /// Whether all numbers are finite.
    pub finite: bool,
}

impl Extent {
    /// The range of no number.
    pub const EMPTY: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY, finite: true };

    /// The range of one number more.
    #[inline]
    pub fn with(self, value: f64) -> Self {
        if value.is_finite() {
            Self { low: self.low.min(value), high: self.high.max(value), ..self }
        } else {
            Self { finite: false, ..self }
        }
    }

    /// The range of both.
    pub fn and(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high), finite: self.finite && other.finite }
    }
}
