//! Samples from the fields of a row.

use crate::data::place::FieldError;
use crate::network::{Sample, Zero};

/// A sample that is read from the fields of a row: a number takes one field, an array takes those
/// of its elements, outermost dimension first.
///
/// So `[f32; 20]` takes 20 fields, `[[f32; 8]; 8]` takes 64, and a class index such as `u8` takes
/// one that must hold a whole number.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(<[[f32; 8]; 8]>::FIELDS, 64);
/// assert_eq!(<[f32; 2]>::from_fields(&mut ["1.5", " 2 "].into_iter()), Ok([1.5, 2.0]));
/// ```
pub trait FromFields: Sample {
    /// How many fields a sample takes.
    const FIELDS: usize;

    /// Reads a sample.
    ///
    /// # Errors
    ///
    /// What is wrong with the field that was taken last.
    fn from_fields<'a>(fields: &mut impl Iterator<Item = &'a str>) -> Result<Self, FieldError>;
}

impl<X: FromFields, const N: usize> FromFields for [X; N] {
    const FIELDS: usize = N * X::FIELDS;

    fn from_fields<'a>(fields: &mut impl Iterator<Item = &'a str>) -> Result<Self, FieldError> {
        let mut sample = Self::ZERO;
        for element in &mut sample {
            *element = X::from_fields(fields)?;
        }
        Ok(sample)
    }
}

macro_rules! float {
    ($($float:ident),+) => {$(
        impl FromFields for $float {
            const FIELDS: usize = 1;

            fn from_fields<'a>(fields: &mut impl Iterator<Item = &'a str>) -> Result<Self, FieldError> {
                let text = fields.next().unwrap_or_default();
                let number: Self = text.trim().parse().map_err(|_| FieldError::NotANumber)?;
                if number.is_finite() { Ok(number) } else { Err(FieldError::NotFinite { scalar: stringify!($float) }) }
            }
        }
    )+};
}

float!(f32, f64);

macro_rules! integer {
    ($($integer:ident),+) => {$(
        impl FromFields for $integer {
            const FIELDS: usize = 1;

            fn from_fields<'a>(fields: &mut impl Iterator<Item = &'a str>) -> Result<Self, FieldError> {
                let (smallest, largest) = (Self::MIN as i64, Self::MAX as u64);
                let text = fields.next().unwrap_or_default();
                text.trim().parse().map_err(|_| FieldError::NotWhole { smallest, largest })
            }
        }
    )+};
}

integer!(u8, u16, u32, u64, usize, i8, i16, i32, i64);
