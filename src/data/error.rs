//! What can be wrong with a file of samples.

use std::fmt;
use std::io;
use std::string::String;
use std::vec::Vec;

use thiserror::Error;

use crate::data::file_error::FileError;
#[cfg(feature = "csv")]
use crate::data::place::is_missing;
use crate::data::place::{FieldError, Place, Side};

/// A file that cannot be read as a data set, or not written. Nothing is loaded then.
///
/// Lines and columns are counted from 1, the header's line included, as an editor does.
///
/// ```
/// use typenet::prelude::*;
///
/// let text = "radius,class\n1.5,0\nwide,1\n";
/// let data = Dataset::<[f32; 1], u8>::from_csv_reader(text.as_bytes(), "cells.csv", "radius", "class");
/// let sentence = data.map(|_| ()).map_err(|error| error.to_string());
/// assert_eq!(sentence, Err(r#"cells.csv, line 3, column 1 (radius): "wide" is not a number"#.into()));
/// ```
#[derive(Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A byte that cannot be between two fields.
    #[error("{delimiter:?} cannot be between two fields: it must be ASCII, no quotation mark and no end of a line")]
    Delimiter {
        /// The byte, as a letter.
        delimiter: char,
    },
    /// A byte that cannot start a comment.
    #[error(
        "{comment:?} cannot start a comment: it must be ASCII, no quotation mark, no end of a line and not between fields"
    )]
    Comment {
        /// The byte, as a letter.
        comment: char,
    },
    /// A name that no field can have, or not alone.
    #[error("the class {name:?} cannot be read: each class needs a name of its own, without blanks around it")]
    ClassName {
        /// The name.
        name: String,
    },
    /// The file has no text.
    #[error("{file}: the file is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// The first line holds numbers.
    #[error(
        "{file}, line {line}: the first line must name the columns, but holds only numbers: \
             a file without names is read by `Csv::open(..)?.without_header()`"
    )]
    NoHeader {
        /// The file.
        file: String,
        /// The line.
        line: usize,
    },
    /// The whole header is one column, with what delimits fields elsewhere in it.
    #[error(
        "{file}, line {line}: the header is one column, {}: if {found:?} is between its fields, \
             read it by `Csv::open(..)?.delimiter(b{found:?})`",
        Excerpt(name)
    )]
    OneColumn {
        /// The file.
        file: String,
        /// The header's line.
        line: usize,
        /// The column's name.
        name: String,
        /// What may be the delimiter.
        found: char,
    },
    /// There are no samples below the header.
    #[error("{file}: there are no rows below the header")]
    NoRows {
        /// The file.
        file: String,
    },
    /// Two columns have the same name.
    #[error("{file}, line {line}: columns {first} and {second} are both named {name:?}")]
    DuplicateColumn {
        /// The file.
        file: String,
        /// The header's line.
        line: usize,
        /// The name.
        name: String,
        /// The first column of that name, from 1.
        first: usize,
        /// The second one.
        second: usize,
    },
    /// A selected column is not in the file.
    #[error("{file}, line {line}: there is no column {name:?}; there are {}", Names(columns))]
    MissingColumn {
        /// The file.
        file: String,
        /// The header's line.
        line: usize,
        /// The column looked for.
        name: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// A column without a name of its own is selected by its place.
    #[error(
        "{place}: the column has no name, and is perhaps no feature but the numbers of the rows: write the table without \
             it (pandas: `to_csv(.., index=False)`), or select columns by their names"
    )]
    UnnamedColumn {
        /// The column.
        place: Place,
    },
    /// A range of columns ends before it starts.
    #[error("{file}, line {line}: column {last:?} comes before column {first:?}")]
    ReversedColumns {
        /// The file.
        file: String,
        /// The header's line.
        line: usize,
        /// The column that the range starts with.
        first: String,
        /// The column that it ends with.
        last: String,
    },
    /// A column is selected twice, so that perhaps a target would be among the inputs.
    #[error("{place}: the column is selected twice: it can be an input or the target, and once")]
    SelectedTwice {
        /// The column.
        place: Place,
    },
    /// A sample takes more or fewer columns than are selected.
    #[error("{file}: {side} are {selected} columns, but their type {sample} takes {taken}")]
    Width {
        /// The file.
        file: String,
        /// Inputs or targets.
        side: Side,
        /// The columns selected.
        selected: usize,
        /// The Rust type of a sample.
        sample: &'static str,
        /// The columns that the type takes.
        taken: usize,
    },
    /// A row is shorter or longer than the first, which is the header where there is one.
    #[error("{file}, line {line}: the row has {found} fields, but the first has {expected}")]
    Fields {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// The fields of the row.
        found: usize,
        /// The fields of the first row.
        expected: usize,
    },
    /// A quotation mark opens a field and none closes it.
    #[error("{file}, line {line}: a quoted field of this row is never closed")]
    OpenQuote {
        /// The file.
        file: String,
        /// The line on which the row starts.
        line: usize,
    },
    /// A field is not UTF-8.
    #[error("{place}: the text is not UTF-8")]
    NotUtf8 {
        /// Where.
        place: Place,
    },
    /// A field is not the number that is expected.
    #[error("{place}: {} {problem}", Excerpt(text))]
    Field {
        /// Where.
        place: Place,
        /// What the field holds.
        text: String,
        /// What is wrong with it.
        problem: FieldError,
    },
    /// The file is not what its format says.
    #[error("{file} is not a file of {format}: {problem}")]
    Format {
        /// The file.
        file: String,
        /// The format it should have.
        format: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// The file was cut, or something was added.
    #[error("{file}: there are {found} bytes of numbers, but its header announces {expected}")]
    Length {
        /// The file.
        file: String,
        /// Bytes there are; one more than announced stands for any number of them.
        found: u64,
        /// Bytes there should be.
        expected: u64,
    },
    /// More memory would be taken than is allowed.
    #[error("{file}: its samples would take {needed} bytes of memory, and {most} are allowed")]
    TooLarge {
        /// The file.
        file: String,
        /// The bytes that samples would take, and what they are read from.
        needed: u64,
        /// The bytes that they may take.
        most: u64,
    },
    /// More memory would be taken than there is.
    #[error("{file}: there is no memory for its samples, which take {needed} bytes")]
    Memory {
        /// The file.
        file: String,
        /// The bytes that samples would take, and what they are read from.
        needed: u64,
    },
    /// The name of a class that there is not.
    #[error("{place}: {} is no class; there are {}", Excerpt(text), Names(classes))]
    Class {
        /// Where.
        place: Place,
        /// The name found.
        text: String,
        /// The names of the classes.
        classes: Vec<String>,
    },
    /// The samples in the file have another shape than their type.
    #[error("{file}: a sample has the shape {found:?}, but its type {sample} has {expected:?}")]
    Shape {
        /// The file.
        file: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The Rust type of a sample.
        sample: &'static str,
        /// Its shape.
        expected: Vec<usize>,
    },
    /// A number in the file cannot be one of a sample.
    #[error("{file}, sample {row}: {number} {problem}")]
    Number {
        /// The file.
        file: String,
        /// The sample, from 0, as NumPy counts.
        row: usize,
        /// The number.
        number: String,
        /// What is wrong with it.
        problem: FieldError,
    },
    /// Inputs and targets do not pair up.
    #[error("there are {inputs} inputs in {input_file}, but {targets} targets in {target_file}")]
    Lengths {
        /// The file of the inputs.
        input_file: String,
        /// How many there are.
        inputs: usize,
        /// The file of the targets.
        target_file: String,
        /// How many there are.
        targets: usize,
    },
    /// The archive has no array of this name.
    #[error("{file}: there is no array {name:?}; there are {}", Names(arrays))]
    MissingArray {
        /// The file.
        file: String,
        /// The array looked for.
        name: String,
        /// The arrays there are.
        arrays: Vec<String>,
    },
    /// The folder has no folders, whose names would be those of the classes.
    #[error("{folder}: there is no folder in it that could be a class")]
    NoClasses {
        /// The folder.
        folder: String,
    },
    /// The name of a folder cannot be that of a class.
    #[error("{folder}: the name of the folder is not UTF-8, and cannot be the name of a class")]
    FolderName {
        /// The folder, as far as it can be shown.
        folder: String,
    },
    /// The folder of a class has no image.
    #[error("{folder}: there is no PNG or JPEG file in the folder of a class")]
    NoImages {
        /// The folder.
        folder: String,
    },
    /// An image of another size.
    #[error("{file}: the image is {} x {}, but must be {} x {} (width x height)", found.0, found.1, expected.0, expected.1)]
    ImageSize {
        /// The file.
        file: String,
        /// Width and height of the image.
        found: (usize, usize),
        /// Width and height of a sample.
        expected: (usize, usize),
    },
    /// An image that would lose something as a sample.
    #[error("{file}: the image is {found}, but the samples have {channels} channel{}", if *channels == 1 { "" } else { "s" })]
    ImageColor {
        /// The file.
        file: String,
        /// What the image is.
        found: &'static str,
        /// The channels of a sample.
        channels: usize,
    },
}

crate::error::debug_is_display!(DataError);

impl DataError {
    /// Where a target's field is a word, it may name a class.
    #[cfg(feature = "csv")]
    pub(super) fn perhaps_class(mut self) -> Self {
        if let Self::Field { text, problem, .. } = &mut self
            && text.chars().any(char::is_alphabetic)
            && !text.chars().any(char::is_numeric)
            && !is_missing(text)
            && text.trim().parse::<f64>().is_err()
        {
            *problem = FieldError::Word;
        }
        self
    }

    /// The error of a system call on a file.
    pub(super) fn read(file: &str, source: io::Error) -> Self {
        FileError::reading(file, source).into()
    }
}

/// The names of columns, the first ones where there are many.
struct Names<'a>(&'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 40;
        for (index, name) in self.0.iter().take(SHOWN).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name:?}")?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// The start of a text that may be long.
struct Excerpt<'a>(&'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(40).and_then(|(end, _)| self.0.get(..end)) {
            None if self.0.trim().is_empty() => f.write_str("an empty field"),
            None => write!(f, "{:?}", self.0),
            Some(start) => write!(f, "{start:?}..."),
        }
    }
}
