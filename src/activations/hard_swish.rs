//! The hard swish.

use bytemuck::AnyBitPattern;

use crate::activations::{Elementwise, HardSigmoid, damped};
use crate::network::Scalar;

/// The hard swish `y = x h(x)` with [`HardSigmoid`] `h`: 0 for `x ≤ -3`, `x` for `x ≥ 3`, and
/// `x (x + 3) / 6` between, with derivative 0, 1 and `x / 3 + 1/2`
/// (Howard et al. 2019, <https://arxiv.org/abs/1905.02244>). Keras calls it `hard_silu`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 3]; 1];
/// HardSwish.forward(&[[-4.0, 1.0, 5.0]], &mut output);
/// assert_eq!(output, [[0.0, 0.6666667, 5.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct HardSwish;

impl Elementwise for HardSwish {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        damped(x, HardSigmoid::value(x))
    }

    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        let three = T::from_f64(3.0);
        if x <= -three {
            T::ZERO
        } else if x >= three {
            T::ONE
        } else {
            x / three + T::from_f64(0.5)
        }
    }
}

crate::elementwise!(HardSwish);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        check_points::<HardSwish>(&[
            (-20.0, 0.0, 0.0),
            (-3.0, 0.0, 0.0),
            (-1.5, -0.375, 0.0),
            (-1.0, -1.0 / 3.0, 1.0 / 6.0),
            (0.0, 0.0, 0.5),
            (1.5, 1.125, 1.0),
            (2.0, 5.0 / 3.0, 7.0 / 6.0),
            (3.0, 3.0, 1.0),
            (20.0, 20.0, 1.0),
        ]);
    }

    #[test]
    fn slopes() {
        check_slopes::<HardSwish>();
    }

    #[test]
    fn ends() {
        check_ends::<HardSwish>((0.0, 0.0), (1e4, 1.0), [(0.0, 0.0), (f32::INFINITY, 1.0)]);
    }
}
