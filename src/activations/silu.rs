//! The sigmoid linear unit.

use bytemuck::AnyBitPattern;

use crate::activations::{Elementwise, damped};
use crate::network::Scalar;
use crate::network::scalar::sigmoid;

/// The sigmoid linear unit `y = x s(x)` with `s(x) = 1 / (1 + exp(-x))` and derivative
/// `s(x) (1 + x (1 - s(x)))`, also called swish
/// (Elfwing, Uchibe, Doya 2017, <https://arxiv.org/abs/1702.03118>).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 3]; 1];
/// Silu.forward(&[[-1.0, 0.0, 1.0]], &mut output);
/// assert_eq!(output, [[-0.26894143, 0.0, 0.7310586]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Silu;

impl Elementwise for Silu {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        damped(x, sigmoid(x))
    }

    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        let s = sigmoid(x);
        damped(T::ONE + damped(x, T::ONE - s), s)
    }
}

crate::elementwise!(Silu);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        // mpmath, 60 digits.
        check_points::<Silu>(&[
            (-20.0, -4.122_307_236_380_407e-8, -3.916_191_866_064_678_3e-8),
            (-3.0, -0.142_277_619_532_700_34, -0.088_104_106_015_169_62),
            (-1.0, -0.268_941_421_369_995_1, 0.072_329_488_128_513_27),
            (-0.5, -0.188_770_334_399_072_73, 0.260_038_812_697_348_2),
            (0.0, 0.0, 0.5),
            (0.5, 0.311_229_665_600_927_3, 0.739_961_187_302_651_8),
            (1.0, 0.731_058_578_630_004_9, 0.927_670_511_871_486_7),
            (3.0, 2.857_722_380_467_299_7, 1.088_104_106_015_169_6),
            (20.0, 19.999_999_958_776_93, 1.000_000_039_161_918_7),
        ]);
    }

    #[test]
    fn slopes() {
        check_slopes::<Silu>();
    }

    #[test]
    fn ends() {
        check_ends::<Silu>((0.0, 0.0), (1e4, 1.0), [(0.0, 0.0), (f32::INFINITY, 1.0)]);
    }
}
