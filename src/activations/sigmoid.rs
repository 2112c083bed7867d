//! The logistic function.

use bytemuck::AnyBitPattern;

use crate::activations::Elementwise;
use crate::network::Scalar;
use crate::network::scalar::sigmoid;

/// The logistic function `y = 1 / (1 + exp(-x))`, with derivative `y (1 - y)`
/// (Rumelhart, Hinton, Williams 1986, "Learning representations by back-propagating errors").
///
/// Before a binary cross-entropy it is better left out of the network:
/// [`BinaryCrossEntropyLogits`](crate::losses::BinaryCrossEntropyLogits) keeps the digits that this
/// function loses where it saturates.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 3]; 1];
/// Sigmoid.forward(&[[-1e4, 0.0, 1.0]], &mut output);
/// assert_eq!(output, [[0.0, 0.5, 0.7310586]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Sigmoid;

impl Elementwise for Sigmoid {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        sigmoid(x)
    }

    #[inline(always)]
    fn derivative<T: Scalar>(_: T, y: T) -> T {
        y * (T::ONE - y)
    }
}

crate::elementwise!(Sigmoid);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::checks::{check_ends, check_points, check_slopes};

    #[test]
    fn known_points() {
        // mpmath, 60 digits.
        check_points::<Sigmoid>(&[
            (-20.0, 2.061_153_618_190_203_6e-9, 2.061_153_613_941_849e-9),
            (-3.0, 0.047_425_873_177_566_78, 0.045_176_659_730_912_13),
            (-1.0, 0.268_941_421_369_995_1, 0.196_611_933_241_481_85),
            (0.0, 0.5, 0.25),
            (0.5, 0.622_459_331_201_854_6, 0.235_003_712_201_594_5),
            (1.0, 0.731_058_578_630_004_9, 0.196_611_933_241_481_85),
            (3.0, 0.952_574_126_822_433_3, 0.045_176_659_730_912_13),
            (20.0, 0.999_999_997_938_846_4, 2.061_153_613_941_849e-9),
        ]);
    }

    #[test]
    fn slopes() {
        check_slopes::<Sigmoid>();
    }

    #[test]
    fn ends() {
        check_ends::<Sigmoid>((0.0, 0.0), (1.0, 0.0), [(0.0, 0.0), (1.0, 0.0)]);
    }

    #[test]
    fn the_left_keeps_its_digits() {
        // The tolerance is 4 roundings of the small number itself.
        assert!((Sigmoid::value(-20.0_f32) / 2.061_153_6e-9 - 1.0).abs() < 4.0 * f32::EPSILON);
    }
}
