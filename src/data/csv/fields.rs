//! Samples from the fields of a row.

use crate::data::place::FieldError;
use crate::network::Sample;

/// A sample that is read from the fields of a row: a number takes one field, an array takes those
/// of its elements, outermost dimension first.
///
/// So `[f32; 20]` takes 20 fields, `[[f32; 8]; 8]` takes 64, and a class index such as `u8` takes
/// one that must hold a whole number, such as `3` or `3.0`. `True` is 1 and `False` is 0, in any case.
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
    fn from_fields<'a>(fields: &mut impl Iterator<Item = &'a str>) -> Result<Self, FieldError> {
        let mut sample = Self::ZERO;
        sample.read_fields(fields)?;
        Ok(sample)
    }

    /// Reads a sample where it is.
    ///
    /// # Errors
    ///
    /// The same. Of an array, elements before that field were read.
    fn read_fields<'a>(&mut self, fields: &mut impl Iterator<Item = &'a str>) -> Result<(), FieldError>;
}

impl<X: FromFields, const N: usize> FromFields for [X; N] {
    const FIELDS: usize = N * X::FIELDS;

    fn read_fields<'a>(&mut self, fields: &mut impl Iterator<Item = &'a str>) -> Result<(), FieldError> {
        self.iter_mut().try_for_each(|element| element.read_fields(fields))
    }
}

/// The number that a field is as text.
fn digits(field: Option<&str>) -> &str {
    match field.unwrap_or_default().trim() {
        text if text.eq_ignore_ascii_case("true") => "1",
        text if text.eq_ignore_ascii_case("false") => "0",
        text => text,
    }
}

macro_rules! float {
    ($($float:ident),+) => {$(
        impl FromFields for $float {
            const FIELDS: usize = 1;

            fn read_fields<'a>(&mut self, fields: &mut impl Iterator<Item = &'a str>) -> Result<(), FieldError> {
                *self = digits(fields.next()).parse().map_err(|_| FieldError::NotANumber)?;
                if self.is_finite() { Ok(()) } else { Err(FieldError::NotFinite { scalar: stringify!($float) }) }
            }
        }
    )+};
}

float!(f32, f64);

macro_rules! integer {
    ($($integer:ident),+) => {$(
        impl FromFields for $integer {
            const FIELDS: usize = 1;

            fn read_fields<'a>(&mut self, fields: &mut impl Iterator<Item = &'a str>) -> Result<(), FieldError> {
                let (smallest, largest) = (Self::MIN as i64, Self::MAX as u64);
                let text = digits(fields.next());
                // Of a column that once had a value missing pandas writes 3.0.
                let whole = match text.split_once('.') {
                    Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|zero| zero == b'0') => whole,
                    _ => text,
                };
                *self = whole.parse().map_err(|_| FieldError::NotWhole { smallest, largest })?;
                Ok(())
            }
        }
    )+};
}

integer!(u8, u16, u32, u64, usize, i8, i16, i32, i64);
