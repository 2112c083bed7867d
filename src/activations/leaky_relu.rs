//! The leaky rectified linear unit.

use bytemuck::AnyBitPattern;

use crate::activations::Elementwise;
use crate::network::settings::checked;
use crate::network::{Scalar, decimal};

/// The leaky rectified linear unit `y = x` for `x > 0` and `y = s x` elsewhere, with derivative 1
/// for `x > 0` and `s` elsewhere, at zero too (Maas, Hannun, Ng 2013, "Rectifier nonlinearities
/// improve neural network acoustic models").
///
/// The slope is part of the type: `s = MANTISSA x 10^EXPONENT`. The default is 0.01, as in the
/// paper and in PyTorch. The default of Keras is 0.3, which is `LeakyRelu<3, -1>`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 3]; 1];
/// <LeakyRelu>::ZERO.forward(&[[-1.0, 0.0, 2.0]], &mut output);
/// assert_eq!(output, [[-0.01, 0.0, 2.0]]);
/// LeakyRelu::<3, -1>.forward(&[[-1.0, 0.0, 2.0]], &mut output);
/// assert_eq!(output, [[-0.3, 0.0, 2.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct LeakyRelu<const MANTISSA: i32 = 1, const EXPONENT: i32 = -2>;

impl<const MANTISSA: i32, const EXPONENT: i32> LeakyRelu<MANTISSA, EXPONENT> {
    /// The slope for negative numbers.
    pub const SLOPE: f64 = {
        let slope = decimal(MANTISSA, EXPONENT);
        checked(slope.is_finite(), "the slope of a `LeakyRelu` must be finite");
        slope
    };
}

impl<const MANTISSA: i32, const EXPONENT: i32> Elementwise for LeakyRelu<MANTISSA, EXPONENT> {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        if x < T::ZERO { T::from_f64(Self::SLOPE) * x } else { x }
    }

    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        if x > T::ZERO { T::ONE } else { T::from_f64(Self::SLOPE) }
    }
}

crate::elementwise!(LeakyRelu<MANTISSA, EXPONENT> { slope: Self::SLOPE }, const MANTISSA: i32, const EXPONENT: i32);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        check_points::<LeakyRelu>(&[(-3.0, -0.03, 0.01), (-1.0, -0.01, 0.01), (0.0, 0.0, 0.01), (2.0, 2.0, 1.0)]);
        check_points::<LeakyRelu<3, -1>>(&[(-2.0, -0.6, 0.3), (0.0, 0.0, 0.3), (0.5, 0.5, 1.0)]);
        check_points::<LeakyRelu<2, 0>>(&[(-2.0, -4.0, 2.0), (4.0, 4.0, 1.0)]);
    }

    #[test]
    fn slopes() {
        check_slopes::<LeakyRelu>();
        check_slopes::<LeakyRelu<25, -2>>();
    }

    #[test]
    fn ends() {
        check_ends::<LeakyRelu>((-100.0, 0.01), (1e4, 1.0), [(f32::NEG_INFINITY, 0.01), (f32::INFINITY, 1.0)]);
    }
}
