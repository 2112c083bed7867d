//! The Gaussian error linear unit, approximated.

use bytemuck::AnyBitPattern;

use crate::activations::{Elementwise, damped};
use crate::network::Scalar;
use crate::network::scalar::sigmoid;

/// The Gaussian error linear unit by its approximation with the hyperbolic tangent,
/// `y = x (1 + tanh(u)) / 2` with `u = √(2/π) (x + 0.044715 x³)`, and derivative
/// `(1 + tanh(u)) / 2 + x (1 - tanh²(u)) u' / 2` with `u' = √(2/π) (1 + 3 · 0.044715 x²)`
/// (Hendrycks, Gimpel 2016, <https://arxiv.org/abs/1606.08415>).
///
/// This is `gelu(x, approximate=True)` of Keras and `GELU(approximate="tanh")` of PyTorch. It
/// differs from [`Gelu`](crate::activations::Gelu) by less than 0.0005.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 2]; 1];
/// GeluTanh.forward(&[[-1.0, 0.0]], &mut output);
/// assert_eq!(output, [[-0.158808, 0.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct GeluTanh;

/// `2 √(2/π)`
const SCALE: f64 = 2.0 * core::f64::consts::FRAC_2_SQRT_PI * core::f64::consts::FRAC_1_SQRT_2;

/// The factor of `x³`.
const CUBE: f64 = 0.044_715;

/// `s = (1 + tanh(u)) / 2`, which is the logistic function of `2 u`: no digits are lost for
/// negative `u`.
#[inline(always)]
fn gate<T: Scalar>(x: T) -> T {
    sigmoid(T::from_f64(SCALE) * (x + T::from_f64(CUBE) * x * x * x))
}

impl Elementwise for GeluTanh {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        damped(x, gate(x))
    }

    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        // (1 - tanh²(u)) / 2 = 2 s (1 - s), and the 2 is in the scale.
        let gate = gate(x);
        let slope = T::from_f64(SCALE) * (T::ONE + T::from_f64(3.0 * CUBE) * x * x);
        gate + damped(x * slope, gate * (T::ONE - gate))
    }
}

crate::elementwise!(GeluTanh);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::Gelu;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        // mpmath, 60 digits.
        check_points::<GeluTanh>(&[
            (-20.0, 0.0, 0.0),
            (-3.0, -0.003_637_392_081_773_018_8, -0.011_584_166_630_969_726),
            (-1.0, -0.158_808_009_391_723_3, -0.082_964_083_845_782_55),
            (-0.5, -0.154_285_990_174_856_08, 0.132_630_096_465_357_7),
            (0.0, 0.0, 0.5),
            (0.5, 0.345_714_009_825_143_92, 0.867_369_903_534_642_3),
            (1.0, 0.841_191_990_608_276_7, 1.082_964_083_845_782_6),
            (3.0, 2.996_362_607_918_227, 1.011_584_166_630_969_7),
            (20.0, 20.0, 1.0),
        ]);
    }

    #[test]
    fn slopes() {
        check_slopes::<GeluTanh>();
    }

    #[test]
    fn ends() {
        check_ends::<GeluTanh>((0.0, 0.0), (1e4, 1.0), [(0.0, 0.0), (f32::INFINITY, 1.0)]);
    }

    #[test]
    fn near_the_exact_form() {
        let distance = |step: i32| {
            let x = f64::from(step) / 100.0;
            (GeluTanh::value(x) - Gelu::value(x)).abs()
        };
        let largest = (-600..=600).map(distance).fold(0.0, f64::max);
        assert!((4e-4..5e-4).contains(&largest), "{largest}");
    }
}
