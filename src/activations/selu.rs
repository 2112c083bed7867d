//! The scaled exponential linear unit.

use bytemuck::AnyBitPattern;

use crate::activations::Elementwise;
use crate::network::Scalar;

/// The scaled exponential linear unit `y = s x` for `x > 0` and `y = s a (exp(x) - 1)` elsewhere,
/// with derivative `s` for `x > 0` and `s a exp(x)` elsewhere, at zero too
/// (Klambauer et al. 2017, <https://arxiv.org/abs/1706.02515>).
///
/// `a` = 1.6732… and `s` = 1.0507… are such that activations keep mean 0 and variance 1 from layer
/// to layer, if the weights start as [`Initializer::LecunNormal`](crate::network::Initializer::LecunNormal)
/// and dropout is [`AlphaDropout`](crate::layers::AlphaDropout).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f64; 2]; 1];
/// Selu.forward(&[[-1.0, 2.0]], &mut output);
/// assert_eq!(output, [[-1.1113307378125628, 2.101401974710961]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Selu;

impl Selu {
    /// The factor `s`.
    pub const SCALE: f64 = 1.050_700_987_355_480_5;

    /// The factor `a`: the function goes to `-s a` far to the left.
    pub const ALPHA: f64 = 1.673_263_242_354_377_3;
}

impl Elementwise for Selu {
    #[inline]
    fn value<T: Scalar>(x: T) -> T {
        if x > T::ZERO { T::from_f64(Self::SCALE) * x } else { T::from_f64(Self::SCALE * Self::ALPHA) * x.exp_m1() }
    }

    #[inline]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        // `y + s a` is the same number, but loses its digits far to the left.
        if x > T::ZERO { T::from_f64(Self::SCALE) } else { T::from_f64(Self::SCALE * Self::ALPHA) * x.exp() }
    }
}

crate::elementwise!(Selu);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        // mpmath, 60 digits.
        check_points::<Selu>(&[
            (-20.0, -1.758_099_337_223_664, 3.623_712_824_994_411_6e-9),
            (-3.0, -1.670_568_728_767_112, 0.087_530_612_080_264_89),
            (-1.0, -1.111_330_737_812_562_8, 0.646_768_603_034_814_1),
            (-0.5, -0.691_758_187_802_871_4, 1.066_341_153_044_505_5),
            (0.0, 0.0, 1.758_099_340_847_377),
            (0.5, 0.525_350_493_677_740_2, 1.050_700_987_355_480_5),
            (3.0, 3.152_102_962_066_441_5, 1.050_700_987_355_480_5),
        ]);
    }

    #[test]
    fn slopes() {
        check_slopes::<Selu>();
    }

    #[test]
    fn ends() {
        // -s a, and s times 1e4.
        let (low, scale) = (-1.758_099_3, 1.050_701);
        check_ends::<Selu>((low, 0.0), (10_507.01, scale), [(low, 0.0), (f32::INFINITY, scale)]);
    }

    #[test]
    fn mean_and_variance_stay() {
        // What the two numbers are made for: of a standard normal x, y has mean 0 and variance 1.
        // The integral by the rectangle rule, which is exact to rounding for such functions but for
        // the kink at 0: there the step's square, 1e-6, is left.
        let mut moments = [0.0; 2];
        for i in -10_000..10_000 {
            let x = (f64::from(i) + 0.5) / 1000.0;
            let weight = (-0.5 * x * x).exp() / (2.0 * core::f64::consts::PI).sqrt() / 1000.0;
            let y = Selu::value(x);
            moments[0] += weight * y;
            moments[1] += weight * y * y;
        }
        assert!(moments[0].abs() < 1e-6 && (moments[1] - 1.0).abs() < 1e-6, "{moments:?}");
    }
}
