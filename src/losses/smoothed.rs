//! Label smoothing.

use core::slice::{from_mut, from_ref};

use crate::activations::rows_mut;
use crate::error::Error;
use crate::losses::{Loss, mean_of};
use crate::network::{Scalar, Tensor};

/// A loss with label smoothing: every target `t` becomes `(1 - s) t + s / classes`, so that a network
/// is not driven to be ever surer (Szegedy and others 2015, <https://arxiv.org/abs/1512.00567>, section
/// 7; Keras' `label_smoothing`).
///
/// ```
/// use typenet::prelude::*;
///
/// // 0.1 over 4 classes: targets of 0.925 and 0.025.
/// let loss = Smoothed::categorical(CategoricalCrossEntropyLogits, 0.1);
/// let mut gradient = [0.0; 4];
/// loss.sample(&[0.0_f64; 4], &[1.0, 0.0, 0.0, 0.0], Some(&mut gradient));
/// assert!((gradient[0] - (0.25 - 0.925)).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smoothed<L> {
    /// The loss, which is given the smoothed target.
    pub loss: L,
    /// The share `s` that is taken from the label, in [0, 1).
    pub smoothing: f64,
    binary: bool,
}

impl<L> Smoothed<L> {
    /// For one-hot targets: `classes` is the size of the innermost dimension.
    #[must_use]
    pub const fn categorical(loss: L, smoothing: f64) -> Self {
        Self { loss, smoothing, binary: false }
    }

    /// For targets of 0 and 1, each a class of two: `classes` is 2.
    #[must_use]
    pub const fn binary(loss: L, smoothing: f64) -> Self {
        Self { loss, smoothing, binary: true }
    }

    fn smooth<Y: Tensor>(&self, target: &Y) -> Y {
        let keep = Y::Scalar::from_f64(1.0 - self.smoothing);
        let mut smoothed = *target;
        for row in rows_mut(from_mut(&mut smoothed)) {
            let classes = if self.binary { 2 } else { row.len() };
            let share = Y::Scalar::from_f64(self.smoothing / classes as f64);
            for t in row {
                *t = *t * keep + share;
            }
        }
        smoothed
    }
}

impl<Y: Tensor, L: Loss<Y, Y>> Loss<Y, Y> for Smoothed<L> {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        self.loss.sample(output, &self.smooth(target), gradient)
    }

    fn check(&self, target: &Y) -> Result<(), Error> {
        Error::check_fraction("the label smoothing", self.smoothing)?;
        self.loss.check(target)
    }

    fn takes_logits(&self) -> bool {
        self.loss.takes_logits()
    }

    fn check_outputs(&self, outputs: &[Y]) -> Result<(), Error> {
        self.loss.check_outputs(outputs)
    }

    fn evaluation(&self, outputs: &[Y], targets: &[Y]) -> Y::Scalar {
        mean_of(outputs, targets, |output, target| {
            self.loss.evaluation(from_ref(output), from_ref(&self.smooth(target)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope};
    use crate::losses::{BinaryCrossEntropyLogits, CategoricalCrossEntropyLogits, MeanSquaredError};

    #[test]
    fn targets_are_smoothed() {
        // Squared error against 0: the loss shows the target.
        let loss = Smoothed::categorical(MeanSquaredError, 0.25);
        assert_eq!(at(&loss, [[0.0; 2]; 2], [[1.0, 0.0], [0.0, 1.0]]).0, (0.875 * 0.875 + 0.125 * 0.125) / 2.0);
        let loss = Smoothed::binary(MeanSquaredError, 0.25);
        assert_eq!(at(&loss, [0.0; 4], [1.0, 0.0, 1.0, 0.0]).1, [-0.4375, -0.0625, -0.4375, -0.0625]);
    }

    #[test]
    fn slopes() {
        let output = [0.3, -0.2, 0.9];
        check_slope(&Smoothed::categorical(CategoricalCrossEntropyLogits, 0.2), output, [0.0, 1.0, 0.0]);
        check_slope(&Smoothed::binary(BinaryCrossEntropyLogits, 0.2), output, [0.0, 1.0, 0.0]);
    }

    #[test]
    fn smoothing_is_a_share() {
        let target = [1.0_f32, 0.0];
        for smoothing in [-0.1, 1.0, f64::NAN] {
            assert!(Smoothed::categorical(MeanSquaredError, smoothing).check(&target).is_err());
        }
        assert_eq!(Smoothed::binary(MeanSquaredError, 0.0).check(&target), Ok(()));
    }
}
