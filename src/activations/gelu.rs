//! The Gaussian error linear unit.

use bytemuck::AnyBitPattern;

use crate::activations::{Elementwise, damped};
use crate::network::Scalar;

/// The Gaussian error linear unit `y = x P(x)` with `P` the distribution function of the normal
/// distribution, `P(x) = (1 + erf(x / √2)) / 2`, and derivative `P(x) + x p(x)` with its density
/// `p(x) = exp(-x²/2) / √(2π)` (Hendrycks, Gimpel 2016, <https://arxiv.org/abs/1606.08415>).
///
/// This is the exact form, the default of Keras and PyTorch. [`GeluTanh`](crate::activations::GeluTanh) is the
/// approximation.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 3]; 1];
/// Gelu.forward(&[[-1.0, 0.0, 1.0]], &mut output);
/// assert_eq!(output, [[-0.15865526, 0.0, 0.8413447]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Gelu;

/// `P(x)`
#[inline(always)]
fn distribution<T: Scalar>(x: T) -> T {
    T::from_f64(0.5) * (T::ONE + (x * T::from_f64(core::f64::consts::FRAC_1_SQRT_2)).erf())
}

/// `p(x)`
#[inline(always)]
fn density<T: Scalar>(x: T) -> T {
    // 1 / √(2π)
    let top = T::from_f64(0.5 * core::f64::consts::FRAC_1_SQRT_2 * core::f64::consts::FRAC_2_SQRT_PI);
    top * (T::from_f64(-0.5) * x * x).exp()
}

impl Elementwise for Gelu {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        damped(x, distribution(x))
    }

    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        distribution(x) + damped(x, density(x))
    }
}

crate::elementwise!(Gelu);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        // mpmath, 60 digits.
        check_points::<Gelu>(&[
            (-20.0, -5.507e-88, -1.101e-86),
            (-3.0, -0.004_049_694_094_890_283_6, -0.011_945_647_204_183_927),
            (-1.0, -0.158_655_253_931_457_05, -0.083_315_470_587_686_29),
            (-0.5, -0.154_268_769_362_993_45, 0.132_504_875_343_837_16),
            (0.0, 0.0, 0.5),
            (0.5, 0.345_731_230_637_006_55, 0.867_495_124_656_162_9),
            (1.0, 0.841_344_746_068_542_9, 1.083_315_470_587_686_3),
            (3.0, 2.995_950_305_905_11, 1.011_945_647_204_184),
            (20.0, 20.0, 1.0),
        ]);
    }

    #[test]
    fn slopes() {
        check_slopes::<Gelu>();
    }

    #[test]
    fn ends() {
        check_ends::<Gelu>((0.0, 0.0), (1e4, 1.0), [(0.0, 0.0), (f32::INFINITY, 1.0)]);
    }
}
