//! The hard sigmoid.

use bytemuck::AnyBitPattern;

use crate::activations::Elementwise;
use crate::network::Scalar;

/// The hard sigmoid `y = x / 6 + 1/2`, cut off at 0 and 1, with derivative `1/6` for
/// `-3 < x < 3` and 0 elsewhere, at the two ends too.
///
/// PyTorch and Keras 3 have the same. Keras 2 (and Courbariaux et al. 2015,
/// <https://arxiv.org/abs/1511.00363>, with a slope of 1/2) had a slope of 0.2.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 3]; 1];
/// HardSigmoid.forward(&[[-4.0, 0.0, 1.5]], &mut output);
/// assert_eq!(output, [[0.0, 0.5, 0.75]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct HardSigmoid;

impl Elementwise for HardSigmoid {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        let six = T::from_f64(6.0);
        (x + T::from_f64(3.0)).maximum(T::ZERO).minimum(six) / six
    }

    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        if x.abs() < T::from_f64(3.0) { T::from_f64(1.0 / 6.0) } else { T::ZERO }
    }
}

crate::elementwise!(HardSigmoid);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        check_points::<HardSigmoid>(&[
            (-20.0, 0.0, 0.0),
            (-3.0, 0.0, 0.0),
            (-1.5, 0.25, 1.0 / 6.0),
            (0.0, 0.5, 1.0 / 6.0),
            (1.5, 0.75, 1.0 / 6.0),
            (3.0, 1.0, 0.0),
            (20.0, 1.0, 0.0),
        ]);
    }

    #[test]
    fn slopes() {
        check_slopes::<HardSigmoid>();
    }

    #[test]
    fn ends() {
        check_ends::<HardSigmoid>((0.0, 0.0), (1.0, 0.0), [(0.0, 0.0), (1.0, 0.0)]);
    }
}
