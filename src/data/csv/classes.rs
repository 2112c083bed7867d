//! Targets that are read from the names of classes.

use crate::network::settings::checked;
use crate::network::{Sample, Scalar, Zero};

/// A target that stands for one of `CLASSES` classes: its index, the one-hot array, or of two classes an array of the
/// one number 0 or 1.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(<u8 as FromClass<3>>::from_class(2), 2);
/// assert_eq!(<[f32; 3] as FromClass<3>>::from_class(2), [0.0, 0.0, 1.0]);
/// assert_eq!(<[f32; 1] as FromClass<2>>::from_class(1), [1.0]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not stand for one of {CLASSES} classes",
    label = "expected an integer such as `u8`, an array of {CLASSES} numbers, or of two classes an array of one number"
)]
pub trait FromClass<const CLASSES: usize>: Sample {
    /// The target of a class, numbered from 0 to `CLASSES - 1`. Of other numbers it stands for none or for another.
    fn from_class(class: usize) -> Self;
}

macro_rules! index {
    ($($integer:ident),+) => {$(
        impl<const CLASSES: usize> FromClass<CLASSES> for $integer {
            fn from_class(class: usize) -> Self {
                const {
                    checked((CLASSES as u64).saturating_sub(1) <= Self::MAX as u64, "a class index of this type cannot count the classes");
                }
                class as Self
            }
        }
    )+};
}

index!(u8, u16, u32, usize);

impl<T: Scalar, const CLASSES: usize> FromClass<CLASSES> for [T; CLASSES] {
    fn from_class(class: usize) -> Self {
        let mut target = Self::ZERO;
        if let Some(place) = target.get_mut(class) {
            *place = T::ONE;
        }
        target
    }
}

impl<T: Scalar> FromClass<2> for [T; 1] {
    fn from_class(class: usize) -> Self {
        [if class == 1 { T::ONE } else { T::ZERO }]
    }
}
