//! Which columns of a table are read.

use core::ops::RangeInclusive;
use std::string::String;
use std::vec::Vec;

/// Which columns of a table make a sample, in the order of the sample's scalars.
///
/// | written as | selects |
/// | --- | --- |
/// | `Columns::First` | as many as the sample takes, from the left |
/// | `Columns::Last` | as many as the sample takes, up to the right end |
/// | `"benign"` | one column |
/// | `["bmi", "bp"]` | these, in this order |
/// | `"p00"..="p77"` | all from one to the other, as they stand in the file |
///
/// ```
/// use typenet::data::Columns;
///
/// assert_eq!(Columns::from("age"), Columns::Names(vec!["age".into()]));
/// assert_eq!(Columns::from("p00"..="p77"), Columns::Range("p00".into(), "p77".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Columns {
    /// As many as the sample takes, from the left.
    First,
    /// As many as the sample takes, up to the right end.
    Last,
    /// These, in this order.
    Names(Vec<String>),
    /// All from the one to the other, both included.
    Range(String, String),
}

impl From<&str> for Columns {
    fn from(name: &str) -> Self {
        Self::from([name])
    }
}

impl<const N: usize> From<[&str; N]> for Columns {
    fn from(names: [&str; N]) -> Self {
        Self::Names(names.map(String::from).into())
    }
}

impl<const N: usize> From<&[&str; N]> for Columns {
    fn from(names: &[&str; N]) -> Self {
        Self::from(*names)
    }
}

impl From<Vec<String>> for Columns {
    fn from(names: Vec<String>) -> Self {
        Self::Names(names)
    }
}

impl From<RangeInclusive<&str>> for Columns {
    fn from(range: RangeInclusive<&str>) -> Self {
        let (first, last) = range.into_inner();
        Self::Range(first.into(), last.into())
    }
}
