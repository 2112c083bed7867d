//! What the unit tests of the losses share.

use crate::losses::Loss;
use crate::network::{Sample, Scalar, Tensor};

/// The loss and its derivative at one sample, written over garbage.
pub(crate) fn at<Y: Tensor, Target: Sample, L: Loss<Y, Target>>(loss: &L, output: Y, target: Target) -> (Y::Scalar, Y) {
    let mut gradient = output;
    Y::flat_mut(core::slice::from_mut(&mut gradient)).fill(Scalar::from_f64(f64::NAN));
    let value = loss.sample(&output, &target, Some(&mut gradient));
    let alone = loss.sample(&output, &target, None);
    assert!(value == alone || (value.is_nan() && alone.is_nan()), "{value} with the gradient, {alone} without");
    (value, gradient)
}

/// Compares every element with a known number.
#[track_caller]
pub(crate) fn close<Y: Tensor<Scalar = f64>>(found: Y, expected: Y, tolerance: f64) {
    let (found, expected) = (&[found], &[expected]);
    for (f, e) in Y::flat(found).iter().zip(Y::flat(expected)) {
        assert!((f - e).abs() <= tolerance, "{found:?}, not {expected:?}");
    }
}

/// Compares the derivative with central differences.
#[track_caller]
pub(crate) fn check_slope<Y: Tensor<Scalar = f64>, Target: Sample>(
    loss: &impl Loss<Y, Target>,
    output: Y,
    target: Target,
) {
    // The step is a power of two. The error of the difference is h² f'''/6 plus a rounding over h:
    // with third derivatives below 100, both are below 1e-8.
    let h = 2.0_f64.powi(-17);
    let (_, gradient) = at(loss, output, target);
    for (index, derivative) in Y::flat(&[gradient]).iter().enumerate() {
        let moved = |step: f64| {
            let mut output = [output];
            Y::flat_mut(&mut output)[index] += step;
            loss.sample(&output[0], &target, None)
        };
        let difference = (moved(h) - moved(-h)) / (h + h);
        assert!((difference - derivative).abs() < 1e-8, "element {index}: {derivative}, but the slope is {difference}");
    }
}
