//! Samples from files of numbers: what NPY and IDX share.

use core::any::type_name;
use core::fmt;
use std::io::{self, Read};
use std::string::{String, ToString};
use std::vec::Vec;

use crate::data::Dataset;
use crate::data::error::DataError;
use crate::data::place::FieldError;
use crate::network::Sample;

/// A sample that can be read from a file of numbers: a floating-point number or an integer, or a nested array of
/// one of them.
///
/// A floating-point number takes any finite number, rounded to the nearest it can be; an integer takes whole
/// numbers within its range.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(<[[[f32; 28]; 28]; 1]>::dimensions(), [1, 28, 28]);
/// assert_eq!(u8::dimensions(), [0; 0]);
/// ```
pub trait FromNumbers: Sample {
    /// The number at the leaves.
    type Leaf: Leaf;
    /// The sizes of its dimensions, outermost first.
    fn dimensions() -> Vec<usize>;
    /// The numbers of some samples, one after the other, to write to.
    fn leaves(samples: &mut [Self]) -> &mut [Self::Leaf];
}

/// A number at the leaves of a sample.
pub trait Leaf: Sample {
    /// From a number in a file.
    ///
    /// # Errors
    ///
    /// What keeps it from being such a number.
    fn from_number(number: Number) -> Result<Self, FieldError>;
}

/// A number in a file.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(u8::from_number(Number::Real(7.0)), Ok(7));
/// assert_eq!(u8::from_number(Number::Whole(256)).map_err(|error| error.to_string()),
///     Err("is not a whole number from 0 to 255".into()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A floating-point number.
    Real(f64),
    /// An integer.
    Whole(i128),
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Real(number) => write!(f, "{number:?}"),
            Self::Whole(number) => write!(f, "{number}"),
        }
    }
}

impl<X: FromNumbers, const N: usize> FromNumbers for [X; N] {
    type Leaf = X::Leaf;

    fn dimensions() -> Vec<usize> {
        [N].into_iter().chain(X::dimensions()).collect()
    }

    fn leaves(samples: &mut [Self]) -> &mut [X::Leaf] {
        X::leaves(samples.as_flattened_mut())
    }
}

macro_rules! leaf {
    ($($number:ident: $value:ident => $convert:expr),+ $(,)?) => {$(
        impl FromNumbers for $number {
            type Leaf = Self;

            fn dimensions() -> Vec<usize> {
                Vec::new()
            }

            fn leaves(samples: &mut [Self]) -> &mut [Self] {
                samples
            }
        }

        impl Leaf for $number {
            fn from_number($value: Number) -> Result<Self, FieldError> {
                $convert
            }
        }
    )+};
    (whole $($number:ident),+) => {
        leaf!($($number: value => {
            let out = FieldError::NotWhole { smallest: $number::MIN as i64, largest: $number::MAX as u64 };
            let whole = match value {
                Number::Whole(whole) => whole,
                // Up to here every integer is a floating-point number.
                Number::Real(real) if libm::trunc(real) == real && real.abs() <= 9_007_199_254_740_992.0 => real as i128,
                Number::Real(_) => return Err(out),
            };
            $number::try_from(whole).map_err(|_| out)
        }),+);
    };
    (real $($number:ident),+) => {
        leaf!($($number: value => {
            let real = match value {
                Number::Real(real) => real as $number,
                Number::Whole(whole) => whole as $number,
            };
            if real.is_finite() { Ok(real) } else { Err(FieldError::NotFinite { scalar: stringify!($number) }) }
        }),+);
    };
}

leaf!(real f32, f64);
leaf!(whole u8, u16, u32, u64, usize, i8, i16, i32, i64);

/// How numbers are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Encoding {
    /// `f`, `i`, `u`, or `b` for truth values, as in NumPy.
    pub kind: char,
    /// Bytes of one number.
    pub size: usize,
    /// Whether the byte of the highest value comes first.
    pub big_endian: bool,
}

impl Encoding {
    /// Whether there are such numbers.
    #[cfg(any(feature = "npy", test))]
    pub fn is_known(self) -> bool {
        matches!((self.kind, self.size), ('f', 2 | 4 | 8) | ('i' | 'u', 1 | 2 | 4 | 8) | ('b', 1))
    }

    fn number(self, bytes: &[u8]) -> Option<Number> {
        macro_rules! read {
            ($number:ident, $kind:ident) => {{
                let bytes = *bytes.first_chunk()?;
                let value = if self.big_endian { $number::from_be_bytes(bytes) } else { $number::from_le_bytes(bytes) };
                Number::$kind(value.into())
            }};
        }
        Some(match (self.kind, self.size) {
            ('f', 2) => match read!(u16, Whole) {
                Number::Whole(bits) => Number::Real(half(bits as u16)),
                real => real,
            },
            ('f', 4) => read!(f32, Real),
            ('f', 8) => read!(f64, Real),
            ('i', 1) => read!(i8, Whole),
            ('i', 2) => read!(i16, Whole),
            ('i', 4) => read!(i32, Whole),
            ('i', 8) => read!(i64, Whole),
            ('u' | 'b', 1) => read!(u8, Whole),
            ('u', 2) => read!(u16, Whole),
            ('u', 4) => read!(u32, Whole),
            ('u', 8) => read!(u64, Whole),
            _ => return None,
        })
    }
}

/// The number of a half-precision float (IEEE 754 binary16).
fn half(bits: u16) -> f64 {
    let magnitude = match bits & 0x7fff {
        0x7c00 => f64::INFINITY,
        magnitude @ ..0x7c00 => {
            // Exponent and significand as those of an `f64`, whose exponent counts from 1008 lower.
            f64::from_bits(u64::from(magnitude) << 42) * f64::from_bits((1023 + 1008) << 52)
        }
        _ => f64::NAN,
    };
    if bits >> 15 == 0 { magnitude } else { -magnitude }
}

/// The memory that samples from a compressed file of so many bytes may take. Data sets shrink to a quarter or a
/// tenth of their size, and labels in order to less; what shrinks to a thousandth was made to fill the memory.
pub(super) fn memory_of_compressed(bytes: u64) -> u64 {
    bytes.saturating_mul(100).max(256 << 20)
}

/// What a header says of the numbers behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub encoding: Encoding,
    /// The number of samples, then the sizes of one.
    pub shape: Vec<usize>,
    /// Whether the first index runs fastest, and not the last.
    pub fortran: bool,
}

impl Header {
    /// The samples behind a header, if they and the numbers they are made of take no more than so many bytes.
    pub fn samples<X: FromNumbers>(&self, file: &str, reader: impl Read, most: u64) -> Result<Vec<X>, DataError> {
        let (count, sizes) = self.shape.split_first().map_or((1, &[][..]), |(count, sizes)| (*count, sizes));
        check_shape::<X>(file, sizes)?;
        let size = self.encoding.size.max(1);
        let numbers = self.shape.iter().try_fold(size as u64, |bytes, size| bytes.checked_mul(*size as u64));
        let expected = numbers.unwrap_or(u64::MAX);
        let needed = (count as u64).saturating_mul(size_of::<X>() as u64).saturating_add(expected);
        if needed > most {
            return Err(DataError::TooLarge { file: file.to_string(), needed, most });
        }
        let mut bytes = Vec::new();
        // One byte more would be one too many. Memory grows with what is there, not with what is announced.
        let found = reader.take(expected.saturating_add(1)).read_to_end(&mut bytes);
        let found = found.map_err(|source| DataError::read(file, source))? as u64;
        if found != expected {
            return Err(DataError::Length { file: file.to_string(), found, expected });
        }
        if size_of::<X>() == 0 || count == 0 {
            return Err(DataError::Empty { file: file.to_string() });
        }
        let mut samples: Vec<X> =
            bytemuck::try_zeroed_vec(count).map_err(|()| DataError::Memory { file: file.to_string(), needed })?;
        let leaves = X::leaves(&mut samples);
        let leaves_of_one = leaves.len() / count;
        for (index, leaf) in leaves.iter_mut().enumerate() {
            let start = self.place(index) * size;
            let number = bytes.get(start..).and_then(|bytes| self.encoding.number(bytes));
            let number = number.unwrap_or(Number::Real(f64::NAN));
            *leaf = X::Leaf::from_number(number).map_err(|problem| {
                let (file, number, row) = (file.to_string(), number.to_string(), index / leaves_of_one.max(1));
                DataError::Number { file, row, number, problem }
            })?;
        }
        Ok(samples)
    }

    /// Where a number is in the file, given its place where the last index runs fastest.
    fn place(&self, number: usize) -> usize {
        if !self.fortran {
            return number;
        }
        let (mut left, mut place, mut stride) = (number, 0, self.shape.iter().product::<usize>());
        for size in self.shape.iter().rev() {
            stride /= (*size).max(1);
            place += left % size * stride;
            left /= size;
        }
        place
    }
}

/// Sizes of 1 do not count, and a vector takes a sample of any shape and as many numbers.
fn check_shape<X: FromNumbers>(file: &str, sizes: &[usize]) -> Result<(), DataError> {
    let expected = X::dimensions();
    let counted = |sizes: &[usize]| -> Vec<usize> { sizes.iter().copied().filter(|size| *size != 1).collect() };
    let numbers = sizes.iter().try_fold(1_usize, |numbers, size| numbers.checked_mul(*size));
    let flattened = matches!(expected[..], [length] if Some(length) == numbers);
    if flattened || counted(&expected) == counted(sizes) {
        return Ok(());
    }
    Err(DataError::Shape { file: file.to_string(), found: sizes.to_vec(), sample: type_name::<X>(), expected })
}

/// Inputs and targets from two files.
pub(super) fn pair<X: Sample, Y: Sample>(
    (inputs, input_file): (Vec<X>, String),
    (targets, target_file): (Vec<Y>, String),
) -> Result<Dataset<X, Y>, DataError> {
    let found = (inputs.len(), targets.len());
    let Ok(data) = Dataset::new(inputs, targets) else {
        let (inputs, targets) = found;
        return Err(DataError::Lengths { input_file, inputs, target_file, targets });
    };
    if data.is_empty() { Err(DataError::Empty { file: input_file }) } else { Ok(data) }
}

/// The first bytes of a file.
pub(super) fn start<const N: usize>(
    file: &str,
    format: &'static str,
    reader: &mut impl Read,
) -> Result<[u8; N], DataError> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map_err(|source| match source.kind() {
        io::ErrorKind::UnexpectedEof => {
            DataError::Format { file: file.to_string(), format, problem: "it ends within its header".to_string() }
        }
        _ => DataError::read(file, source),
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_what_they_fit() {
        assert_eq!(f32::from_number(Number::Whole(-3)), Ok(-3.0));
        assert_eq!(f32::from_number(Number::Real(0.1)), Ok(0.1));
        assert_eq!(f64::from_number(Number::Real(0.1)), Ok(0.1));
        assert_eq!(f32::from_number(Number::Real(1e300)), Err(FieldError::NotFinite { scalar: "f32" }));
        assert_eq!(f64::from_number(Number::Real(f64::NAN)), Err(FieldError::NotFinite { scalar: "f64" }));
        assert_eq!(i8::from_number(Number::Whole(-128)), Ok(-128));
        assert_eq!(u64::from_number(Number::Whole(u64::MAX.into())), Ok(u64::MAX));
        assert_eq!(usize::from_number(Number::Real(9.0)), Ok(9));
        for bad in [Number::Whole(-1), Number::Whole(256), Number::Real(1.5), Number::Real(f64::NAN)] {
            assert!(u8::from_number(bad).is_err(), "{bad}");
        }
        assert!(i64::from_number(Number::Real(1e17)).is_err());
    }

    #[test]
    fn halves_are_exact() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x03ff, 1023.0 / 16_777_216.0),
            (0x0400, 1.0 / 16_384.0),
            (0x3555, 0.333_251_953_125),
            (0x7bff, 65_504.0),
            (0x7c00, f64::INFINITY),
        ] {
            assert_eq!((half(bits), half(bits | 0x8000)), (value, -value), "{bits:#x}");
        }
        assert!(half(0x8000).is_sign_negative() && half(0x7c01).is_nan() && half(0xffff).is_nan());
    }

    #[test]
    fn every_encoding_in_both_orders() {
        // -2 in every width; as a float, 0xfffe is no number, so 0x3fc00000 for 1.5.
        for (kind, size, bytes, value) in [
            ('i', 1, &[0xfe][..], Number::Whole(-2)),
            ('i', 2, &[0xff, 0xfe], Number::Whole(-2)),
            ('i', 4, &[0xff, 0xff, 0xff, 0xfe], Number::Whole(-2)),
            ('i', 8, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], Number::Whole(-2)),
            ('u', 1, &[0xfe], Number::Whole(254)),
            ('u', 2, &[0xff, 0xfe], Number::Whole(65534)),
            ('u', 4, &[0, 1, 0, 2], Number::Whole(65538)),
            ('u', 8, &[0, 0, 0, 0, 0, 1, 0, 2], Number::Whole(65538)),
            ('b', 1, &[1], Number::Whole(1)),
            ('f', 2, &[0x3e, 0], Number::Real(1.5)),
            ('f', 4, &[0x3f, 0xc0, 0, 0], Number::Real(1.5)),
            ('f', 8, &[0x3f, 0xf8, 0, 0, 0, 0, 0, 0], Number::Real(1.5)),
        ] {
            let encoding = Encoding { kind, size, big_endian: true };
            assert!(encoding.is_known());
            assert_eq!(encoding.number(bytes), Some(value), "{encoding:?}");
            let turned: Vec<u8> = bytes.iter().rev().copied().collect();
            assert_eq!(Encoding { big_endian: false, ..encoding }.number(&turned), Some(value), "{encoding:?}");
        }
        assert!(!Encoding { kind: 'f', size: 16, big_endian: false }.is_known());
        assert!(!Encoding { kind: 'c', size: 8, big_endian: false }.is_known());
    }

    #[test]
    fn shapes_are_compared_without_ones() {
        type Image = [[[f32; 3]; 2]; 1];
        for fits in [&[2, 3][..], &[1, 2, 3], &[2, 3, 1]] {
            check_shape::<Image>("f", fits).unwrap();
            check_shape::<[f32; 6]>("f", fits).unwrap();
        }
        for other in [&[3, 2][..], &[6], &[2, 3, 2], &[]] {
            assert!(check_shape::<Image>("f", other).is_err(), "{other:?}");
        }
        assert!(check_shape::<[f32; 6]>("f", &[usize::MAX, 6]).is_err());
        check_shape::<u8>("f", &[]).unwrap();
        check_shape::<u8>("f", &[1]).unwrap();
        let error = check_shape::<Image>("x.npy", &[3, 2]).unwrap_err();
        let sentence = "x.npy: a sample has the shape [3, 2], but its type [[[f32; 3]; 2]; 1] has [1, 2, 3]";
        assert_eq!(error.to_string(), sentence);
    }
}
