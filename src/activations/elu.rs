//! The exponential linear unit.

use bytemuck::AnyBitPattern;

use crate::activations::Elementwise;
use crate::network::settings::checked;
use crate::network::{Scalar, decimal};

/// The exponential linear unit `y = x` for `x > 0` and `y = a (exp(x) - 1)` elsewhere, with
/// derivative 1 for `x > 0` and `a exp(x)` elsewhere, at zero too
/// (Clevert, Unterthiner, Hochreiter 2015, <https://arxiv.org/abs/1511.07289>).
///
/// The factor is part of the type: `a = MANTISSA x 10^EXPONENT`. The default is 1, as in Keras and
/// PyTorch.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f64; 2]; 1];
/// <Elu>::ZERO.forward(&[[-1.0, 2.0]], &mut output);
/// assert_eq!(output, [[-0.6321205588285577, 2.0]]);
/// Elu::<5, -1>.forward(&[[-1.0, 2.0]], &mut output);
/// assert_eq!(output, [[-0.31606027941427883, 2.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Elu<const MANTISSA: i32 = 1, const EXPONENT: i32 = 0>;

impl<const MANTISSA: i32, const EXPONENT: i32> Elu<MANTISSA, EXPONENT> {
    /// The factor `a`: the function goes to `-a` far to the left.
    pub const ALPHA: f64 = {
        let alpha = decimal(MANTISSA, EXPONENT);
        checked(alpha.is_finite(), "the factor of an `Elu` must be finite");
        alpha
    };
}

impl<const MANTISSA: i32, const EXPONENT: i32> Elementwise for Elu<MANTISSA, EXPONENT> {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        if x > T::ZERO { x } else { T::from_f64(Self::ALPHA) * x.exp_m1() }
    }

    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        // `y + a` is the same number, but loses its digits far to the left.
        if x > T::ZERO { T::ONE } else { T::from_f64(Self::ALPHA) * x.exp() }
    }
}

crate::elementwise!(Elu<MANTISSA, EXPONENT> { alpha: Self::ALPHA }, const MANTISSA: i32, const EXPONENT: i32);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        // mpmath, 60 digits.
        check_points::<Elu>(&[
            (-20.0, -0.999_999_997_938_846_4, 2.061_153_622_438_558e-9),
            (-3.0, -0.950_212_931_632_136, 0.049_787_068_367_863_943),
            (-1.0, -0.632_120_558_828_557_7, 0.367_879_441_171_442_32),
            (-0.5, -0.393_469_340_287_366_6, 0.606_530_659_712_633_4),
            (0.0, 0.0, 1.0),
            (0.5, 0.5, 1.0),
            (3.0, 3.0, 1.0),
        ]);
        check_points::<Elu<5, -1>>(&[
            (-3.0, -0.475_106_465_816_068, 0.024_893_534_183_931_971),
            (-0.5, -0.196_734_670_143_683_3, 0.303_265_329_856_316_7),
            (0.0, 0.0, 0.5),
            (0.5, 0.5, 1.0),
        ]);
    }

    #[test]
    fn slopes() {
        check_slopes::<Elu>();
        check_slopes::<Elu<5, -1>>();
    }

    #[test]
    fn ends() {
        check_ends::<Elu<2, 0>>((-2.0, 0.0), (1e4, 1.0), [(-2.0, 0.0), (f32::INFINITY, 1.0)]);
    }

    #[test]
    fn the_left_keeps_its_digits() {
        // exp(-20): the tolerance is 4 roundings of this small number itself.
        let derivative = <Elu as Elementwise>::derivative(-20.0_f32, -1.0);
        assert!((derivative / 2.061_153_6e-9 - 1.0).abs() < 4.0 * f32::EPSILON);
        // Near 0 the value is x: `exp(x) - 1` by itself would give 0.
        assert_eq!(<Elu as Elementwise>::value(-1e-9_f32), -1e-9);
    }
}
