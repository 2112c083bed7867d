//! The mean squared error.

use crate::losses::Loss;
use crate::scalar::Scalar;
use crate::tensor::{Tensor, Zero};

/// The mean squared error `Σ (y - t)² / n` over the `n` scalars of a sample, with derivative
/// `2 (y - t) / n`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 2];
/// let loss = MeanSquaredError.sample(&[1.0, 3.0], &[0.0, 1.0], Some(&mut gradient));
/// assert_eq!(loss, 2.5);
/// assert_eq!(gradient, [1.0, 2.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanSquaredError;

impl<Y: Tensor> Loss<Y, Y> for MeanSquaredError {
    fn sample(&self, output: &Y, target: &Y, gradient: Option<&mut Y>) -> Y::Scalar {
        let scale = Y::Scalar::ONE / Y::Scalar::from_f64(Y::LEN as f64);
        let output = Y::flat(core::slice::from_ref(output));
        let target = Y::flat(core::slice::from_ref(target));
        let mut sum = Y::Scalar::ZERO;
        for (y, t) in output.iter().zip(target) {
            let difference = *y - *t;
            sum += difference * difference;
        }
        if let Some(gradient) = gradient {
            let gradient = Y::flat_mut(core::slice::from_mut(gradient));
            for ((g, y), t) in gradient.iter_mut().zip(output).zip(target) {
                let difference = *y - *t;
                *g = (difference + difference) * scale;
            }
        }
        sum * scale
    }
}
