//! Mish.

use bytemuck::AnyBitPattern;

use crate::activations::{Elementwise, damped};
use crate::network::Scalar;

/// Mish `y = x t(x)` with `t(x) = tanh(ln(1 + exp(x)))` and derivative
/// `t(x) + x (1 - t(x)²) / (1 + exp(-x))` (Misra 2019, <https://arxiv.org/abs/1908.08681>).
///
/// With `e = exp(x)`, `t(x) = e (e + 2) / (e (e + 2) + 2)`: one exponential and a division, which
/// on the right are written with `1 / e`, so that nothing overflows.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 3]; 1];
/// Mish.forward(&[[-1.0, 0.0, 1.0]], &mut output);
/// assert_eq!(output, [[-0.30340147, 0.0, 0.8650984]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Mish;

/// `t(x)` and its derivative.
#[inline]
fn gate<T: Scalar>(x: T) -> (T, T) {
    let (two, four) = (T::from_f64(2.0), T::from_f64(4.0));
    // exp(-|x|), at most 1.
    let e = (-x.abs()).exp();
    if x < T::ZERO {
        let top = e * (e + two);
        let bottom = top + two;
        (top / bottom, four * e * (T::ONE + e) / (bottom * bottom))
    } else {
        let top = T::ONE + two * e;
        let bottom = top + two * e * e;
        (top / bottom, four * e * e * (T::ONE + e) / (bottom * bottom))
    }
}

impl Elementwise for Mish {
    #[inline]
    fn value<T: Scalar>(x: T) -> T {
        damped(x, gate(x).0)
    }

    #[inline]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        let (gate, slope) = gate(x);
        gate + damped(x, slope)
    }
}

crate::elementwise!(Mish);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        // mpmath, 60 digits.
        check_points::<Mish>(&[
            (-20.0, -4.122_307_240_628_761e-8, -3.916_191_874_348_969e-8),
            (-3.0, -0.145_647_461_275_624_6, -0.093_393_114_532_320_84),
            (-1.0, -0.303_401_461_374_108_9, 0.059_216_755_877_394_95),
            (-0.5, -0.220_743_774_651_729_98, 0.289_510_677_913_512_2),
            (0.0, 0.0, 0.6),
            (0.5, 0.375_245_211_304_895_1, 0.886_424_375_357_727_3),
            (1.0, 0.865_098_388_267_310_3, 1.049_036_220_099_792_2),
            (3.0, 2.986_535_004_967_957, 1.021_106_910_929_443_8),
            (20.0, 20.0, 1.000_000_000_000_000_4),
        ]);
    }

    #[test]
    fn slopes() {
        check_slopes::<Mish>();
    }

    #[test]
    fn ends() {
        check_ends::<Mish>((0.0, 0.0), (1e4, 1.0), [(0.0, 0.0), (f32::INFINITY, 1.0)]);
    }

    #[test]
    fn the_left_keeps_its_digits() {
        // Relative to the small number itself: 8 roundings.
        let value = f64::from(Mish::value(-20.0_f32));
        assert!((value / -4.122_307_240_628_761e-8 - 1.0).abs() < 8.0 * f64::from(f32::EPSILON), "{value}");
    }
}
