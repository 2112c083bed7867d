//! Where in a file something is wrong, and what is wrong with a field.

use std::fmt;
use std::string::String;

use thiserror::Error;

/// What is wrong with one field.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(f32::from_fields(&mut ["wide"].into_iter()), Err(FieldError::NotANumber));
/// assert_eq!(FieldError::NotANumber.to_string(), "is not a number");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FieldError {
    /// Text, or nothing at all.
    #[error("is not a number")]
    NotANumber,
    /// A word, where a target is read.
    #[error("is not a number: names of classes are read by `Csv::read_classes`")]
    Word,
    /// Infinity or not-a-number, or a number so large that it becomes infinity.
    #[error("is not a finite {scalar}")]
    NotFinite {
        /// The Rust type to be read.
        scalar: &'static str,
    },
    /// Not an integer, or one that is out of range.
    #[error("is not a whole number from {smallest} to {largest}")]
    NotWhole {
        /// The smallest number allowed.
        smallest: i64,
        /// The largest.
        largest: u64,
    },
}

/// Whether a field stands for a missing value.
#[cfg(feature = "csv")]
pub(super) fn is_missing(field: &str) -> bool {
    const MARKS: [&str; 7] = ["", "?", "NA", "N/A", "NaN", "null", "none"];
    MARKS.iter().any(|mark| field.trim().eq_ignore_ascii_case(mark))
}

/// Which part of a sample columns are for.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(Side::Inputs.to_string(), "the inputs");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What the network takes.
    Inputs,
    /// What it is to give.
    Targets,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inputs => "the inputs",
            Self::Targets => "the targets",
        })
    }
}

/// Where a field is.
///
/// ```
/// use typenet::prelude::*;
///
/// let place = Place { file: "cells.csv".into(), line: 3, column: 1, name: "radius".into() };
/// assert_eq!(place.to_string(), "cells.csv, line 3, column 1 (radius)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The column's name; empty in a header that cannot be read.
    pub name: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}, column {}", self.file, self.line, self.column)?;
        if self.name.is_empty() { Ok(()) } else { write!(f, " ({})", self.name) }
    }
}
