//! The categorical cross-entropy on logits, with class numbers as targets.

use crate::data::ClassIndex;
use crate::error::Error;
use crate::losses::categorical_cross_entropy_logits::row;
use crate::losses::{Loss, check_class, one_hot, revealed};
use crate::network::Scalar;

/// The categorical cross-entropy on logits, with the number of the class as target:
/// [`CategoricalCrossEntropyLogits`](crate::losses::CategoricalCrossEntropyLogits) without the one-hot vector,
/// to the same numbers.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 2];
/// let loss = SparseCategoricalCrossEntropyLogits.sample(&[1e4_f32, 1e4], &1_u8, Some(&mut gradient));
/// assert_eq!(loss, core::f32::consts::LN_2);
/// assert_eq!(gradient, [0.5, -0.5]);
/// ```
///
/// A class that does not exist is found by [`check`](Loss::check); without it the loss is
/// not-a-number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SparseCategoricalCrossEntropyLogits;

impl<T: Scalar, Target: ClassIndex, const CLASSES: usize> Loss<[T; CLASSES], Target>
    for SparseCategoricalCrossEntropyLogits
{
    fn sample(&self, output: &[T; CLASSES], target: &Target, gradient: Option<&mut [T; CLASSES]>) -> T {
        let gradient = gradient.map(<[T; CLASSES]>::as_mut_slice);
        revealed(output) + row(output, one_hot(CLASSES, target.index()), T::ONE, gradient)
    }

    fn takes_logits(&self) -> bool {
        true
    }

    fn check(&self, target: &Target) -> Result<(), Error> {
        check_class(target.index(), CLASSES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope, close};

    #[test]
    fn known_points() {
        // The softmax of 1, 2, 3 and its logarithm, from mpmath.
        let p = [0.090_030_573_170_380_46, 0.244_728_471_054_797_65, 0.665_240_955_774_821_9];
        let (loss, gradient) = at(&SparseCategoricalCrossEntropyLogits, [1.0, 2.0, 3.0], 0_u8);
        close(loss, 2.407_605_964_444_38, 1e-15);
        close(gradient, [p[0] - 1.0, p[1], p[2]], 1e-15);
        let (loss, gradient) = at(&SparseCategoricalCrossEntropyLogits, [1.0, 2.0, 3.0], 2_usize);
        close(loss, 0.407_605_964_444_380_3, 1e-15);
        close(gradient, [p[0], p[1], p[2] - 1.0], 1e-15);
    }

    #[test]
    fn slope() {
        check_slope(&SparseCategoricalCrossEntropyLogits, [0.2, -1.3, 2.4], 1_u16);
    }

    #[test]
    fn stable_far_out() {
        let logits = |x: [f32; 2], t: u32| at(&SparseCategoricalCrossEntropyLogits, x, t);
        assert_eq!(logits([1e4, -1e4], 0), (0.0, [0.0, 0.0]));
        assert_eq!(logits([1e4, -1e4], 1), (2e4, [1.0, -1.0]));
        assert_eq!(logits([1e4, 1e4], 0), (core::f32::consts::LN_2, [-0.5, 0.5]));
    }

    #[test]
    fn a_class_that_does_not_exist() {
        let check = |target: u8| Loss::<[f32; 3], u8>::check(&SparseCategoricalCrossEntropyLogits, &target);
        assert_eq!(check(2), Ok(()));
        assert_eq!(check(3), Err(Error::Class { class: 3, classes: 3 }));
        let (loss, gradient) = at(&SparseCategoricalCrossEntropyLogits, [0.2_f32, 0.3, 0.5], 3_u8);
        assert!(loss.is_nan() && gradient.iter().all(|g| g.is_nan()));
    }
}
