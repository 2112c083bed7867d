//! The hyperbolic tangent.

use bytemuck::AnyBitPattern;

use crate::activations::Elementwise;
use crate::network::Scalar;

/// The hyperbolic tangent `y = tanh(x)`, with derivative `1 - y²`
/// (LeCun, Bottou, Orr, Müller 1998, "Efficient BackProp").
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 3]; 1];
/// Tanh.forward(&[[-1e4, 0.0, 1.0]], &mut output);
/// assert_eq!(output, [[-1.0, 0.0, 0.7615942]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Tanh;

impl Elementwise for Tanh {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x.tanh()
    }

    #[inline(always)]
    fn derivative<T: Scalar>(_: T, y: T) -> T {
        // 1 - y² as a product: near y = 1 both differences are exact.
        (T::ONE - y) * (T::ONE + y)
    }
}

crate::elementwise!(Tanh);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        // mpmath, 60 digits.
        check_points::<Tanh>(&[
            (-20.0, -1.0, 1.699_341_702_116_635_6e-17),
            (-3.0, -0.995_054_753_686_730_5, 0.009_866_037_165_440_19),
            (-1.0, -0.761_594_155_955_764_9, 0.419_974_341_614_026_1),
            (-0.5, -0.462_117_157_260_009_76, 0.786_447_732_965_927_4),
            (0.0, 0.0, 1.0),
            (0.5, 0.462_117_157_260_009_76, 0.786_447_732_965_927_4),
            (1.0, 0.761_594_155_955_764_9, 0.419_974_341_614_026_1),
            (3.0, 0.995_054_753_686_730_5, 0.009_866_037_165_440_19),
        ]);
    }

    #[test]
    fn slopes() {
        check_slopes::<Tanh>();
    }

    #[test]
    fn ends() {
        check_ends::<Tanh>((-1.0, 0.0), (1.0, 0.0), [(-1.0, 0.0), (1.0, 0.0)]);
    }
}
