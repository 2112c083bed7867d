//! The rectified linear unit with a ceiling.

use bytemuck::AnyBitPattern;

use crate::activations::Elementwise;
use crate::network::Scalar;

/// The rectified linear unit with a ceiling, `y = min(max(x, 0), 6)`, with derivative 1 for
/// `0 < x < 6` and 0 elsewhere, at the two ends too (Krizhevsky 2010, "Convolutional Deep Belief
/// Networks on CIFAR-10"). Bounded activations lose little in few bits.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 3]; 1];
/// Relu6.forward(&[[-1.0, 2.0, 8.0]], &mut output);
/// assert_eq!(output, [[0.0, 2.0, 6.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Relu6;

impl Elementwise for Relu6 {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x.maximum(T::ZERO).minimum(T::from_f64(6.0))
    }

    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        if x > T::ZERO && x < T::from_f64(6.0) { T::ONE } else { T::ZERO }
    }
}

crate::elementwise!(Relu6);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        check_points::<Relu6>(&[
            (-3.0, 0.0, 0.0),
            (0.0, 0.0, 0.0),
            (0.5, 0.5, 1.0),
            (5.5, 5.5, 1.0),
            (6.0, 6.0, 0.0),
            (20.0, 6.0, 0.0),
        ]);
    }

    #[test]
    fn slopes() {
        check_slopes::<Relu6>();
    }

    #[test]
    fn ends() {
        check_ends::<Relu6>((0.0, 0.0), (6.0, 0.0), [(0.0, 0.0), (6.0, 0.0)]);
    }
}
