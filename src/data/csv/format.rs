//! How a table is written.

use std::borrow::Cow;
use std::string::{String, ToString};
use std::vec::Vec;

use crate::data::error::DataError;

/// What becomes of the values that a table lacks (see [`Csv::missing`](crate::data::Csv::missing)).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Missing {
    /// Reading is an error.
    #[default]
    Refuse,
    /// The row is left out where one of the selected values is missing.
    DropRow,
    /// The number takes the place of each missing input. A missing target is an error.
    Fill(f64),
}

/// How a table is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub delimiter: u8,
    /// Whether a run of blanks is one delimiter.
    pub blanks: bool,
    pub comment: Option<u8>,
    pub header: bool,
    pub decimal_comma: bool,
    pub missing: Missing,
}

impl Default for Format {
    fn default() -> Self {
        let missing = Missing::default();
        Self { delimiter: b',', blanks: false, comment: None, header: true, decimal_comma: false, missing }
    }
}

impl Format {
    pub fn check(&self) -> Result<(), DataError> {
        let is_wrong = |byte: u8| !byte.is_ascii() || matches!(byte, b'"' | b'\r' | b'\n');
        if is_wrong(self.delimiter) {
            return Err(DataError::Delimiter { delimiter: self.delimiter.into() });
        }
        match self.comment {
            Some(comment) if is_wrong(comment) || comment == self.delimiter => {
                Err(DataError::Comment { comment: comment.into() })
            }
            _ => Ok(()),
        }
    }

    /// What is read in place of a missing input.
    pub fn fill(&self) -> Option<String> {
        match self.missing {
            Missing::Fill(number) => Some(number.to_string()),
            Missing::Refuse | Missing::DropRow => None,
        }
    }

    /// The field as a number is written elsewhere.
    pub fn number<'a>(&self, field: &'a str) -> Cow<'a, str> {
        let swapped = |letter| match letter {
            ',' => '.',
            '.' => ',',
            letter => letter,
        };
        if self.decimal_comma { field.chars().map(swapped).collect() } else { field.into() }
    }

    /// The text without comments, and with one delimiter between two fields. Every line keeps its number.
    pub fn plain<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        if self.comment.is_none() && !self.blanks {
            return text.into();
        }
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut plain = Vec::with_capacity(text.len());
        let (mut in_comment, mut in_quotes, mut blank) = (false, false, false);
        for byte in text {
            let last = plain.last().copied();
            let starts_line = matches!(last, None | Some(b'\r' | b'\n')) && !in_quotes;
            match *byte {
                b'\r' | b'\n' if !in_quotes => (in_comment, blank) = (false, false),
                _ if in_comment => continue,
                byte if starts_line && self.comment == Some(byte) => {
                    in_comment = true;
                    continue;
                }
                b' ' | b'\t' if self.blanks && !in_quotes => {
                    blank = !starts_line;
                    continue;
                }
                // A mark within quotes ends them, and the second of two goes on with them; elsewhere it starts them
                // only at the start of a field.
                b'"' => {
                    in_quotes =
                        !in_quotes && (starts_line || blank || last == Some(self.delimiter) || last == Some(b'"'))
                }
                _ => {}
            }
            if core::mem::take(&mut blank) {
                plain.push(self.delimiter);
            }
            plain.push(*byte);
        }
        plain.into()
    }
}
