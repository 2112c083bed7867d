//! Class indices and their one-hot form.

use crate::error::Error;
use crate::scalar::Scalar;
use crate::tensor::Zero;

/// A class index as a tensor: 1 at the class, 0 elsewhere.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(one_hot::<f32, 3>(2)?, [0.0, 0.0, 1.0]);
/// # Ok::<(), typenet::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Class`] where `class` is not smaller than `CLASSES`.
pub fn one_hot<T: Scalar, const CLASSES: usize>(class: usize) -> Result<[T; CLASSES], Error> {
    let mut tensor = <[T; CLASSES]>::ZERO;
    let place = tensor.get_mut(class).ok_or(Error::Class { class, classes: CLASSES })?;
    *place = T::ONE;
    Ok(tensor)
}

/// The index of the largest score: the inverse of [`one_hot`], and the class that a network votes
/// for.
///
/// Of equal scores the first one counts. A not-a-number is never the largest; where there is
/// nothing else the index is 0.
///
/// ```
/// assert_eq!(typenet::arg_max(&[0.1_f32, 0.7, 0.2]), 1);
/// ```
#[must_use]
pub fn arg_max<T: Scalar>(scores: &[T]) -> usize {
    let mut best: Option<(usize, T)> = None;
    for (index, score) in scores.iter().enumerate() {
        let larger = match best {
            None => score.partial_cmp(score).is_some(),
            Some((_, largest)) => *score > largest,
        };
        if larger {
            best = Some((index, *score));
        }
    }
    best.map_or(0, |(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_and_no_other_has_a_place() {
        assert_eq!(one_hot::<f64, 2>(0), Ok([1.0, 0.0]));
        assert_eq!(one_hot::<f64, 2>(1), Ok([0.0, 1.0]));
        assert_eq!(one_hot::<f64, 2>(2), Err(Error::Class { class: 2, classes: 2 }));
        assert_eq!(one_hot::<f64, 0>(0), Err(Error::Class { class: 0, classes: 0 }));
    }

    #[test]
    fn the_largest_score_wins() {
        for class in 0..4 {
            assert_eq!(arg_max(&one_hot::<f32, 4>(class).unwrap()), class);
        }
        assert_eq!(arg_max(&[-3.0_f32, -1.0, -2.0]), 1);
        assert_eq!(arg_max(&[1.0_f32, 5.0, 5.0]), 1);
        assert_eq!(arg_max(&[f64::NAN, -2.0, f64::NAN, -1.0]), 3);
        assert_eq!(arg_max(&[1.0, f64::NAN, 0.0]), 0);
        assert_eq!(arg_max(&[f64::NAN, f64::NEG_INFINITY]), 1);
        assert_eq!(arg_max(&[f64::NAN, f64::NAN]), 0);
        assert_eq!(arg_max::<f32>(&[]), 0);
    }
}
