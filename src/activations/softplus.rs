//! The smooth form of the rectifier.

use bytemuck::AnyBitPattern;

use crate::activations::Elementwise;
use crate::network::Scalar;
use crate::network::scalar::{sigmoid, softplus};

/// `y = ln(1 + exp(x))` with derivative `1 / (1 + exp(-x))`
/// (Dugas et al. 2000, "Incorporating second-order functional knowledge for better option
/// pricing").
///
/// It is computed as `max(x, 0) + ln(1 + exp(-|x|))`, which does not overflow.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 2]; 1];
/// Softplus.forward(&[[0.0, 1e4]], &mut output);
/// assert_eq!(output, [[core::f32::consts::LN_2, 1e4]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Softplus;

impl Elementwise for Softplus {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        softplus(x)
    }

    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        sigmoid(x)
    }
}

crate::elementwise!(Softplus);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        // mpmath, 60 digits.
        check_points::<Softplus>(&[
            (-20.0, 2.061_153_620_314_381e-9, 2.061_153_618_190_203_6e-9),
            (-3.0, 0.048_587_351_573_742_06, 0.047_425_873_177_566_78),
            (-1.0, 0.313_261_687_518_222_8, 0.268_941_421_369_995_1),
            (0.0, core::f64::consts::LN_2, 0.5),
            (0.5, 0.974_076_984_180_106_7, 0.622_459_331_201_854_6),
            (1.0, 1.313_261_687_518_222_8, 0.731_058_578_630_004_9),
            (3.0, 3.048_587_351_573_742, 0.952_574_126_822_433_3),
            (20.0, 20.000_000_002_061_154, 0.999_999_997_938_846_4),
        ]);
    }

    #[test]
    fn slopes() {
        check_slopes::<Softplus>();
    }

    #[test]
    fn ends() {
        check_ends::<Softplus>((0.0, 0.0), (1e4, 1.0), [(0.0, 0.0), (f32::INFINITY, 1.0)]);
    }

    #[test]
    fn the_left_keeps_its_digits() {
        // The tolerance is 4 roundings of the small number itself.
        assert!((Softplus::value(-20.0_f32) / 2.061_153_6e-9 - 1.0).abs() < 4.0 * f32::EPSILON);
        assert!((Softplus::derivative(-20.0_f32, 0.0) / 2.061_153_6e-9 - 1.0).abs() < 4.0 * f32::EPSILON);
    }
}
