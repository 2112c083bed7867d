//! The softsign.

use bytemuck::AnyBitPattern;

use crate::activations::Elementwise;
use crate::network::Scalar;

/// The softsign `y = x / (1 + |x|)`, with derivative `1 / (1 + |x|)²`
/// (Turian, Bergstra, Bengio 2009, "Quadratic Features and Deep Architectures for Chunking").
///
/// It looks like the hyperbolic tangent, but nears its ends slowly, and needs no exponential.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 3]; 1];
/// Softsign.forward(&[[-1.0, 0.0, 3.0]], &mut output);
/// assert_eq!(output, [[-0.5, 0.0, 0.75]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Softsign;

impl Elementwise for Softsign {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        if x.abs() > T::ONE {
            // The same, written so that an infinite x gives 1.
            let sign = if x < T::ZERO { -T::ONE } else { T::ONE };
            sign / (T::ONE + T::ONE / x.abs())
        } else {
            x / (T::ONE + x.abs())
        }
    }

    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        let root = T::ONE / (T::ONE + x.abs());
        root * root
    }
}

crate::elementwise!(Softsign);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_points, check_slopes};

    #[test]
    fn known_points() {
        check_points::<Softsign>(&[
            (-20.0, -20.0 / 21.0, 1.0 / 441.0),
            (-3.0, -0.75, 0.0625),
            (-1.0, -0.5, 0.25),
            (-0.5, -1.0 / 3.0, 4.0 / 9.0),
            (0.0, 0.0, 1.0),
            (0.5, 1.0 / 3.0, 4.0 / 9.0),
            (1.0, 0.5, 0.25),
            (3.0, 0.75, 0.0625),
        ]);
    }

    #[test]
    fn slopes() {
        check_slopes::<Softsign>();
    }

    #[test]
    fn ends() {
        // The derivative is not 0 at 1e4, so these are its own: 1 / 10001².
        let slope = 9.998_001e-9_f32;
        for (x, y, dy) in [(1e4_f32, 0.999_9, slope), (f32::MAX, 1.0, 0.0), (f32::INFINITY, 1.0, 0.0)] {
            for sign in [1.0, -1.0] {
                assert_eq!(Softsign::value(sign * x), sign * y, "at {x}");
                let found = Softsign::derivative(sign * x, sign * y);
                // Three roundings.
                assert!((found - dy).abs() <= 3.0 * f32::EPSILON * dy, "at {x}: {found}, not {dy}");
            }
        }
        assert!(Softsign::value(f32::NAN).is_nan() && Softsign::derivative(f32::NAN, 0.0).is_nan());
    }
}
