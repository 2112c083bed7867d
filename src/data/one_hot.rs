//! Class indices and their one-hot form.

use crate::error::Error;
use crate::network::{Scalar, Zero};

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
/// assert_eq!(typenet::data::arg_max(&[0.1_f32, 0.7, 0.2]), 1);
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

/// Where the largest of a row is, the first if there are several. `None` for an empty row and for
/// one that holds a not-a-number.
pub(crate) fn place_of_largest<T: Scalar>(row: &[T]) -> Option<usize> {
    let none = row.is_empty() || row.iter().any(|x| x.is_nan());
    (!none).then(|| arg_max(row))
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

    #[test]
    fn the_first_of_the_largest() {
        assert_eq!(place_of_largest(&[1.0, 3.0, 2.0]), Some(1));
        assert_eq!(place_of_largest(&[3.0_f32, 1.0, 3.0]), Some(0));
        assert_eq!(place_of_largest(&[-2.0, -3.0, -1.0]), Some(2));
        assert_eq!(place_of_largest(&[f32::NEG_INFINITY; 2]), Some(0));
        assert_eq!(place_of_largest(&[f32::NAN, 1.0]), None);
        assert_eq!(place_of_largest(&[1.0, f32::NAN]), None);
        assert_eq!(place_of_largest::<f32>(&[]), None);
    }
}
