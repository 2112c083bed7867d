//! Data sets from comma-separated files.

mod columns;
mod fields;
mod table;
#[cfg(test)]
mod tests;

pub use columns::Columns;
pub use fields::FromFields;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use crate::data::Dataset;
use crate::data::error::{DataError, Side};
use table::Table;

impl<X: FromFields, Y: FromFields> Dataset<X, Y> {
    /// Reads a comma-separated file whose first line names the columns.
    ///
    /// Fields may be quoted, lines may end in either way, and blanks around a number or a name do
    /// not count. Every number must be finite. The number of columns selected must be the number
    /// of scalars in the sample.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let data: Dataset<[f32; 20], [f32; 1]> =
    ///     Dataset::from_csv("data/breast_cancer.csv", Columns::First, "benign")?;
    /// assert_eq!(data.len(), 569);
    ///
    /// // A class index instead, and a range of columns.
    /// let data: Dataset<[f64; 3], u8> =
    ///     Dataset::from_csv("data/breast_cancer.csv", "mean_radius"..="mean_perimeter", "benign")?;
    /// assert_eq!(data.iter().next(), Some((&[17.99, 10.38, 122.8], &0)));
    /// # Ok::<(), DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`DataError`] that names the file, the line and the column.
    pub fn from_csv(
        path: impl AsRef<Path>,
        inputs: impl Into<Columns>,
        targets: impl Into<Columns>,
    ) -> Result<Self, DataError> {
        let file = path.as_ref().display().to_string();
        match fs::read(path) {
            Ok(bytes) => parse(&bytes, file, &inputs.into(), &targets.into()),
            Err(source) => Err(DataError::read(&file, source)),
        }
    }

    /// As [`from_csv`](Self::from_csv), from anything that can be read. The name stands for the
    /// file in messages.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let text = "height,width,class\n1.5,2,0\n2.5,1,1\n";
    /// let data: Dataset<[f32; 2], u8> =
    ///     Dataset::from_csv_reader(text.as_bytes(), "shapes", ["width", "height"], "class")?;
    /// assert_eq!(data.inputs(), [[2.0, 1.5], [1.0, 2.5]]);
    /// assert_eq!(data.targets(), [0, 1]);
    /// # Ok::<(), DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same.
    pub fn from_csv_reader(
        mut reader: impl Read,
        name: &str,
        inputs: impl Into<Columns>,
        targets: impl Into<Columns>,
    ) -> Result<Self, DataError> {
        let file = name.to_string();
        let mut bytes = Vec::new();
        match reader.read_to_end(&mut bytes) {
            Ok(_) => parse(&bytes, file, &inputs.into(), &targets.into()),
            Err(source) => Err(DataError::Read { file, source }),
        }
    }
}

fn parse<X: FromFields, Y: FromFields>(
    bytes: &[u8],
    file: String,
    inputs: &Columns,
    targets: &Columns,
) -> Result<Dataset<X, Y>, DataError> {
    let mut table = Table::new(bytes, file)?;
    table.check_header(&[inputs, targets])?;
    let inputs = table.select::<X>(inputs, Side::Inputs)?;
    let targets = table.select::<Y>(targets, Side::Targets)?;
    table.check_overlap(&inputs, &targets)?;
    let mut data = Dataset::default();
    while table.next_row()? {
        data.push(table.sample(&inputs)?, table.sample(&targets)?);
    }
    if data.is_empty() { Err(DataError::NoRows { file: table.file }) } else { Ok(data) }
}
