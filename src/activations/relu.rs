//! The rectified linear unit.

use bytemuck::AnyBitPattern;

use crate::activations::Elementwise;
use crate::network::Scalar;
use crate::network::chain::Kind;

/// The rectified linear unit `y = max(x, 0)`, with derivative 1 for `x > 0` and 0 elsewhere, at
/// zero too (Nair, Hinton 2010).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 3]; 1];
/// Relu.forward(&[[-1.0, 0.0, 2.0]], &mut output);
/// assert_eq!(output, [[0.0, 0.0, 2.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Relu;

impl Elementwise for Relu {
    const KIND: Kind = Kind::Relu;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x.positive_part()
    }

    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        if x > T::ZERO { T::ONE } else { T::ZERO }
    }
}

crate::elementwise!(Relu);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        check_points::<Relu>(&[(-3.0, 0.0, 0.0), (-0.5, 0.0, 0.0), (0.0, 0.0, 0.0), (0.5, 0.5, 1.0), (3.0, 3.0, 1.0)]);
    }

    #[test]
    fn the_smallest_numbers_are_on_their_side_of_zero() {
        let tiny = f32::from_bits(1);
        assert_eq!((Relu::value(tiny), Relu::derivative(tiny, tiny)), (tiny, 1.0));
        assert_eq!((Relu::value(-tiny), Relu::derivative(-tiny, 0.0)), (0.0, 0.0));
        assert_eq!(Relu::derivative(-0.0_f32, 0.0), 0.0);
    }

    #[test]
    fn slopes() {
        check_slopes::<Relu>();
    }

    #[test]
    fn ends() {
        check_ends::<Relu>((0.0, 0.0), (1e4, 1.0), [(0.0, 0.0), (f32::INFINITY, 1.0)]);
    }
}
