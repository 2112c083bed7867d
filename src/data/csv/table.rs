//! A table being read: its header, its current row, and where that is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Chain, Read};
use std::string::{String, ToString};
use std::vec::Vec;

use crate::data::csv::format::Format;
use crate::data::csv::{Columns, FromFields};
use crate::data::error::DataError;
use crate::data::place::{Place, Side, is_missing};

/// Blank lines behind the file's end. The parser stops before the second one, unless a quotation
/// mark is open and swallows both.
const END: &[u8] = b"\n\n";

/// A table being read row by row.
pub(super) struct Table<'a> {
    pub(super) file: String,
    bytes: &'a [u8],
    reader: ::csv::Reader<Chain<&'a [u8], &'static [u8]>>,
    names: Vec<String>,
    row: ::csv::StringRecord,
    /// The byte that the current row starts at.
    start: usize,
    format: Format,
    /// Whether the current row, the first of a table without names, is still to be read.
    waiting: bool,
}

impl<'a> Table<'a> {
    /// Reads the header.
    pub(super) fn new(bytes: &'a [u8], file: String, format: Format) -> Result<Self, DataError> {
        // Spreadsheets put a byte order mark in front of UTF-8.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.trim_ascii().is_empty() {
            return Err(DataError::Empty { file });
        }
        let mut builder = ::csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(format.delimiter);
        let reader = builder.from_reader(bytes.chain(END));
        let (names, row) = (Vec::new(), ::csv::StringRecord::new());
        let mut table = Self { file, bytes, reader, names, row, start: 0, format, waiting: !format.header };
        table.advance()?;
        table.names = if format.header {
            table.row.iter().map(|name| name.trim().to_string()).collect()
        } else {
            (1..=table.row.len()).map(|place| place.to_string()).collect()
        };
        Ok(table)
    }

    /// Goes to the next row, if there is one.
    pub(super) fn next_row(&mut self) -> Result<bool, DataError> {
        let more = core::mem::take(&mut self.waiting) || self.advance()?;
        let (found, expected) = (self.row.len(), self.names.len());
        if more && found != expected {
            return Err(DataError::Fields { line: self.line(0), file: self.file.clone(), found, expected });
        }
        Ok(more)
    }

    fn advance(&mut self) -> Result<bool, DataError> {
        let before = self.reader.position().byte() as usize;
        let found = self.reader.read_record(&mut self.row);
        // The parser skips blank lines, and the second half of a line's end, when it goes on.
        let blank = self.bytes.iter().skip(before).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.start = before + blank;
        if self.reader.position().byte() as usize == self.bytes.len() + END.len() && self.start < self.bytes.len() {
            return Err(DataError::OpenQuote { line: self.line(0), file: self.file.clone() });
        }
        found.map_err(|error| match error.into_kind() {
            ::csv::ErrorKind::Utf8 { err, .. } => DataError::NotUtf8 { place: self.place(err.field()) },
            ::csv::ErrorKind::Io(source) => DataError::read(&self.file, source),
            kind => DataError::read(&self.file, std::io::Error::other(std::format!("{kind:?}"))),
        })
    }

    /// The line of a field of the current row, as an editor counts.
    fn line(&self, column: usize) -> usize {
        let above = self.bytes.get(..self.start).map_or(0, breaks);
        // Quoted fields of the same row may have lines of their own.
        1 + above + self.row.iter().take(column).map(|field| breaks(field.as_bytes())).sum::<usize>()
    }

    /// Where a field of the current row is.
    fn place(&self, column: usize) -> Place {
        let name = self.names.get(column).filter(|_| self.format.header).cloned().unwrap_or_default();
        Place { file: self.file.clone(), line: self.line(column), column: column + 1, name }
    }

    /// Names are there, and none twice.
    pub(super) fn check_header(&self, selections: &[&Columns]) -> Result<(), DataError> {
        if !self.format.header {
            return Ok(());
        }
        let line = self.line(0);
        // A row of numbers may be a header all the same, where columns are asked for by name.
        let named = selections.iter().all(|columns| match columns {
            Columns::First | Columns::Last => false,
            Columns::Names(names) => names.iter().all(|name| self.names.contains(name)),
            Columns::Range(first, last) => self.names.contains(first) && self.names.contains(last),
        });
        if !named && self.names.iter().all(|name| name.parse::<f64>().is_ok()) {
            return Err(DataError::NoHeader { file: self.file.clone(), line });
        }
        // Inputs and targets are two columns at least.
        if let [name] = self.names.as_slice()
            && let Some(found) = name.chars().find(|letter| matches!(letter, ';' | '\t' | '|' | ','))
        {
            return Err(DataError::OneColumn { file: self.file.clone(), line, name: name.clone(), found });
        }
        let mut seen = BTreeMap::new();
        for (second, name) in (1..).zip(&self.names).filter(|(_, name)| !name.is_empty()) {
            if let Some(first) = seen.insert(name, second) {
                let name = name.clone();
                return Err(DataError::DuplicateColumn { file: self.file.clone(), line, name, first, second });
            }
        }
        Ok(())
    }

    /// The places of the selected columns, as many as the sample takes.
    pub(super) fn select<X: FromFields>(&self, columns: &Columns, side: Side) -> Result<Vec<usize>, DataError> {
        let all = self.names.len();
        let selected: Vec<usize> = match columns {
            Columns::First => (0..all.min(X::FIELDS)).collect(),
            Columns::Last => (all.saturating_sub(X::FIELDS)..all).collect(),
            Columns::Names(names) => names.iter().map(|name| self.find(name)).collect::<Result<_, _>>()?,
            Columns::Range(first, last) => {
                let range = self.find(first)?..=self.find(last)?;
                if range.is_empty() {
                    let (first, last) = (first.clone(), last.clone());
                    return Err(DataError::ReversedColumns {
                        line: self.line(0),
                        file: self.file.clone(),
                        first,
                        last,
                    });
                }
                range.collect()
            }
        };
        if selected.len() != X::FIELDS {
            return Err(DataError::Width {
                file: self.file.clone(),
                side,
                selected: selected.len(),
                sample: core::any::type_name::<X>(),
                taken: X::FIELDS,
            });
        }
        // Also one to which pandas gave such a name when it read the table.
        let is_unnamed = |name: &String| name.is_empty() || name.starts_with("Unnamed: ");
        let by_place = !matches!(columns, Columns::Names(_));
        let wrong =
            |column: &&usize| self.names.get(**column).is_some_and(|n| n.is_empty() || by_place && is_unnamed(n));
        match selected.iter().find(wrong) {
            Some(column) => Err(DataError::UnnamedColumn { place: self.place(*column) }),
            None => Ok(selected),
        }
    }

    pub(super) fn find(&self, name: &str) -> Result<usize, DataError> {
        self.names.iter().position(|found| found == name).ok_or_else(|| DataError::MissingColumn {
            file: self.file.clone(),
            line: self.line(0),
            name: name.to_string(),
            columns: self.names.clone(),
        })
    }

    /// No column is selected twice.
    pub(super) fn check_overlap(&self, inputs: &[usize], targets: &[usize]) -> Result<(), DataError> {
        let mut seen = std::collections::BTreeSet::new();
        match inputs.iter().chain(targets).find(|column| !seen.insert(**column)) {
            None => Ok(()),
            Some(column) => Err(DataError::SelectedTwice { place: self.place(*column) }),
        }
    }

    /// The number of the class that a column of the current row names.
    pub(super) fn class(&self, columns: &[usize], classes: &[&str]) -> Result<usize, DataError> {
        let column = columns.first().copied().unwrap_or(0);
        let text = self.row.get(column).unwrap_or_default().trim();
        classes.iter().position(|class| *class == text).ok_or_else(|| DataError::Class {
            place: self.place(column),
            text: text.to_string(),
            classes: classes.iter().map(ToString::to_string).collect(),
        })
    }

    /// Whether one of these columns of the current row has no value. What is a class is one.
    pub(super) fn lacks(&self, columns: &[usize], classes: &[&str]) -> bool {
        let mut fields = columns.iter().map(|column| self.row.get(*column).unwrap_or_default());
        fields.any(|field| is_missing(field) && !classes.contains(&field.trim()))
    }

    /// Reads a sample from the current row, with something else in place of what is missing.
    pub(super) fn read<X: FromFields>(
        &self,
        columns: &[usize],
        fill: Option<&str>,
        sample: &mut X,
    ) -> Result<(), DataError> {
        let field = |column: &usize| match (self.row.get(*column).unwrap_or_default(), fill) {
            (field, Some(fill)) if is_missing(field) => fill.into(),
            (field, _) => self.format.number(field),
        };
        let fields: Vec<Cow<'_, str>> = columns.iter().map(field).collect();
        let mut last = 0;
        let mut fields = columns.iter().zip(&fields).inspect(|(column, _)| last = **column).map(|(_, field)| &**field);
        let result = sample.read_fields(&mut fields);
        drop(fields);
        result.map_err(|problem| DataError::Field {
            place: self.place(last),
            text: self.row.get(last).unwrap_or_default().to_string(),
            problem,
        })
    }
}

/// How many lines end in a text: with a line feed, a carriage return, or both.
fn breaks(text: &[u8]) -> usize {
    let feeds = text.iter().filter(|byte| **byte == b'\n').count();
    let returns = text.iter().zip(text.iter().skip(1).map(Some).chain([None]));
    feeds + returns.filter(|(byte, next)| **byte == b'\r' && *next != Some(&b'\n')).count()
}
