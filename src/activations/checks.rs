//! What the unit tests of the elementwise activations share.

use crate::activations::Elementwise;
use crate::network::{Inline, Layer};

/// `x`, `f(x)` and `f'(x)`, from an independent source.
pub(crate) type Point = (f64, f64, f64);

/// Compares with known numbers in both scalars.
///
/// The tolerance is a few roundings of a number of the size of `1 + |x|`: the derivatives of the
/// saturating functions are differences of numbers of size 1.
#[track_caller]
pub(crate) fn check_points<A: Elementwise>(points: &[Point]) {
    for &(x, y, dy) in points {
        let size = 1.0 + x.abs();
        let value = A::value(x);
        let derivative = A::derivative(x, value);
        assert!((value - y).abs() <= 4.0 * f64::EPSILON * size, "f({x}) = {value}, not {y}");
        assert!((derivative - dy).abs() <= 4.0 * f64::EPSILON * size, "f'({x}) = {derivative}, not {dy}");

        let single = x as f32;
        let value = A::value(single);
        let derivative = A::derivative(single, value);
        let tolerance = 4.0 * f64::from(f32::EPSILON) * size;
        assert!((f64::from(value) - y).abs() <= tolerance, "f({x}) = {value}, not {y}, in f32");
        assert!((f64::from(derivative) - dy).abs() <= tolerance, "f'({x}) = {derivative}, not {dy}, in f32");
    }
}

/// Compares the derivative with central differences, away from the kink that some have at 0.
#[track_caller]
pub(crate) fn check_slopes<A: Elementwise>() {
    // The step is a power of two, so that x + h and x - h are exact. The error of the difference
    // is h² f'''/6, below 1e-10, and a rounding over h, below 1e-10 as well.
    let h = 2.0_f64.powi(-16);
    for step in -60..=60 {
        let x = f64::from(step) / 8.0 + 1.0 / 16.0;
        let difference = (A::value(x + h) - A::value(x - h)) / (h + h);
        let derivative = A::derivative(x, A::value(x));
        assert!((difference - derivative).abs() < 1e-9, "f'({x}) = {derivative}, but the slope is {difference}");
    }
}

/// Checks the exact values far out in `f32`, at -1e4 and 1e4, and those of the limits.
#[track_caller]
pub(crate) fn check_ends<A: Elementwise>(low: (f32, f32), high: (f32, f32), limits: [(f32, f32); 2]) {
    let at = |x: f32| (A::value(x), A::derivative(x, A::value(x)));
    assert_eq!(at(-1e4), low, "at -1e4");
    assert_eq!(at(1e4), high, "at 1e4");
    assert_eq!(at(f32::NEG_INFINITY), limits[0], "at minus infinity");
    assert_eq!(at(f32::INFINITY), limits[1], "at infinity");
    // The largest numbers must not make an intermediate result not-a-number.
    assert_eq!(A::derivative(f32::MIN, A::value(f32::MIN)), low.1);
    assert_eq!(A::derivative(f32::MAX, A::value(f32::MAX)), high.1);
    assert!(!A::value(f32::MIN).is_nan() && !A::value(f32::MAX).is_nan());
    assert!(A::value(f32::NAN).is_nan());
}

/// A sample of two rows.
type Rows = [[f64; 4]; 2];

/// Compares the backward pass of a layer over rows with central differences of the sum of its
/// outputs, each times a weight.
#[track_caller]
pub(crate) fn check_rows<L: Layer<Rows, Output = Rows, Gradient = (), Tape<Inline<2>> = ()>>(layer: &L) {
    let input: [Rows; 2] =
        [[[0.3, -1.2, 2.0, 0.7], [-0.4, 0.1, 0.1, -3.0]], [[1.5, 0.2, -0.9, 0.0], [4.0, -2.0, 1.0, 0.5]]];
    let weights: [Rows; 2] =
        [[[1.0, -2.0, 0.5, 3.0], [0.7, 1.1, -1.3, 2.0]], [[-0.6, 0.9, 1.4, -2.2], [0.3, 0.8, -1.9, 1.6]]];
    let value = |input: &[Rows; 2]| {
        let mut output = [[[0.0; 4]; 2]; 2];
        layer.forward(input, &mut output);
        let output = output.as_flattened().as_flattened().iter();
        output.zip(weights.as_flattened().as_flattened()).map(|(y, w)| y * w).sum::<f64>()
    };

    let mut output = [[[0.0; 4]; 2]; 2];
    layer.forward(&input, &mut output);
    let (mut scratch, mut gradient) = (weights, [[[f64::INFINITY; 4]; 2]; 2]);
    layer.backward::<Inline<2>>(&input, &output, &mut (), &mut scratch, Some(&mut gradient), &mut ());
    layer.backward::<Inline<2>>(&input, &output, &mut (), &mut scratch, None, &mut ());

    // The same step and errors as above.
    let h = 2.0_f64.powi(-16);
    for (sample, row, at) in (0..16).map(|i| (i / 8, i / 4 % 2, i % 4)) {
        let (mut up, mut down) = (input, input);
        up[sample][row][at] += h;
        down[sample][row][at] -= h;
        let difference = (value(&up) - value(&down)) / (h + h);
        let derivative = gradient[sample][row][at];
        assert!((difference - derivative).abs() < 1e-9, "{sample}, {row}, {at}: {derivative}, but {difference}");
    }
}
