//! The categorical cross-entropy on probabilities, with class numbers as targets.

use crate::data::ClassIndex;
use crate::error::Error;
use crate::losses::categorical_cross_entropy::row;
use crate::losses::{CATEGORICAL, Loss, check_class, one_hot, revealed};
use crate::network::Scalar;

/// The categorical cross-entropy on probabilities, with the number of the class as target:
/// [`CategoricalCrossEntropy`](crate::losses::CategoricalCrossEntropy) without the one-hot vector,
/// to the same numbers.
///
/// Probabilities are divided by their sum and then clipped, as Keras does on PyTorch; on TensorFlow
/// it clips first. On the output of a [`Softmax`](crate::activations::Softmax) the two losses differ by less
/// than 1e-6 for up to ten classes.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut gradient = [0.0; 3];
/// let loss = SparseCategoricalCrossEntropy.sample(&[0.25, 0.5, 0.25_f64], &1_u8, Some(&mut gradient));
/// assert!((loss - 2.0_f64.ln()).abs() < 1e-15);
/// assert_eq!(gradient, [1.0, -1.0, 1.0]);
/// ```
///
/// A class that does not exist is found by [`check`](Loss::check); without it the loss is
/// not-a-number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SparseCategoricalCrossEntropy;

impl<T: Scalar, Target: ClassIndex, const CLASSES: usize> Loss<[T; CLASSES], Target> for SparseCategoricalCrossEntropy {
    fn sample(&self, output: &[T; CLASSES], target: &Target, gradient: Option<&mut [T; CLASSES]>) -> T {
        let gradient = gradient.map(<[T; CLASSES]>::as_mut_slice);
        revealed(output) + row(output, one_hot(CLASSES, target.index()), T::ONE, gradient)
    }

    fn check(&self, target: &Target) -> Result<(), Error> {
        check_class(target.index(), CLASSES)
    }

    fn check_outputs(&self, outputs: &[[T; CLASSES]]) -> Result<(), Error> {
        CATEGORICAL.rows(outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::checks::{at, check_slope, close};

    #[test]
    fn by_hand() {
        let (loss, gradient) = at(&SparseCategoricalCrossEntropy, [0.5, 1.0, 0.5], 0_usize);
        close(loss, 2.0 * core::f64::consts::LN_2, 1e-15);
        close(gradient, [-1.5, 0.5, 0.5], 1e-15);
        let (loss, gradient) = at(&SparseCategoricalCrossEntropy, [0.25, 0.25, 0.5], 2_u16);
        close(loss, core::f64::consts::LN_2, 1e-15);
        close(gradient, [1.0, 1.0, -1.0], 1e-15);
    }

    #[test]
    fn slope() {
        check_slope(&SparseCategoricalCrossEntropy, [0.2, 0.3, 0.4], 1_u32);
    }

    #[test]
    fn clipped_outside() {
        let (loss, gradient) = at(&SparseCategoricalCrossEntropy, [0.0, 1.0], 0_u8);
        close(loss, 16.118_095_650_958_32, 1e-12);
        assert_eq!(gradient, [0.0; 2]);
    }

    #[test]
    fn a_class_that_does_not_exist() {
        let check = |target: u8| Loss::<[f32; 3], u8>::check(&SparseCategoricalCrossEntropy, &target);
        assert_eq!(check(2), Ok(()));
        assert_eq!(check(3), Err(Error::Class { class: 3, classes: 3 }));
        assert_eq!(check(255), Err(Error::Class { class: 255, classes: 3 }));
        assert!(at(&SparseCategoricalCrossEntropy, [0.2_f32, 0.3, 0.5], 3_u8).0.is_nan());
        assert!(at(&SparseCategoricalCrossEntropy, [0.2_f32, 0.3, 0.5], usize::MAX).0.is_nan());
    }
}
