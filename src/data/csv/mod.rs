//! Data sets from comma-separated files.

mod classes;
mod columns;
mod fields;
mod format;
mod table;
#[cfg(test)]
mod tests;

pub use classes::FromClass;
pub use columns::Columns;
pub use fields::FromFields;
pub use format::Missing;

use std::boxed::Box;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use crate::data::Dataset;
use crate::data::error::DataError;
use crate::data::place::Side;
use crate::network::Sample;
use format::Format;
use table::Table;

impl<X: FromFields, Y: FromFields> Dataset<X, Y> {
    /// Reads a comma-separated file whose first line names the columns.
    ///
    /// Fields may be quoted, lines may end in either way, and blanks around a number or a name do
    /// not count. Every number must be finite. The number of columns selected must be the number
    /// of scalars in the sample. [`Csv`] does the same with other delimiters, and with names of classes.
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
        Csv::open(path)?.read(inputs, targets)
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
        reader: impl Read,
        name: &str,
        inputs: impl Into<Columns>,
        targets: impl Into<Columns>,
    ) -> Result<Self, DataError> {
        Csv::from_reader(reader, name)?.read(inputs, targets)
    }
}

/// A table as text, whose first line names the columns: [`Dataset::from_csv`] with more to choose.
///
/// ```
/// use typenet::prelude::*;
///
/// let text = "length;width;species\n5.1;3.5;setosa\n6.3;3.3;virginica\n";
/// let species = ["setosa", "versicolor", "virginica"];
/// let table = Csv::from_reader(text.as_bytes(), "iris.csv")?.delimiter(b';');
///
/// let data: Dataset<[f32; 2], u8> = table.read_classes(Columns::First, "species", species)?;
/// assert_eq!(data.targets(), [0, 2]);
/// let data: Dataset<[f32; 2], [f32; 3]> = table.read_classes(Columns::First, "species", species)?;
/// assert_eq!(data.targets(), [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
/// # Ok::<(), DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Csv {
    file: String,
    bytes: Vec<u8>,
    format: Format,
}

impl Csv {
    /// Takes the text of a file.
    ///
    /// # Errors
    ///
    /// [`DataError::File`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        let file = path.as_ref().display().to_string();
        match fs::read(path) {
            Ok(bytes) => Ok(Self { file, bytes, format: Format::default() }),
            Err(source) => Err(DataError::read(&file, source)),
        }
    }

    /// Takes the text of anything that can be read. The name stands for the file in messages.
    ///
    /// # Errors
    ///
    /// [`DataError::File`].
    pub fn from_reader(mut reader: impl Read, name: &str) -> Result<Self, DataError> {
        let (file, mut bytes) = (name.to_string(), Vec::new());
        match reader.read_to_end(&mut bytes) {
            Ok(_) => Ok(Self { file, bytes, format: Format::default() }),
            Err(source) => Err(DataError::read(&file, source)),
        }
    }

    /// What is between two fields: `b';'`, or `b'\t'` for a tabulator. Default a comma. A quotation mark, the end of a
    /// line and what is no ASCII cannot be one, which reading then says.
    #[must_use]
    pub fn delimiter(self, delimiter: u8) -> Self {
        Self { format: Format { delimiter, ..self.format }, ..self }
    }

    /// Any number of blanks and tabulators is between two fields.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let text = "# measured in May\n x   y\n 1   2\n10  20\n";
    /// let table = Csv::from_reader(text.as_bytes(), "may.txt")?.blanks().comments(b'#');
    /// assert_eq!(table.read::<[f32; 1], f32>("x", "y")?.targets(), [2.0, 20.0]);
    /// # Ok::<(), DataError>(())
    /// ```
    #[must_use]
    pub fn blanks(self) -> Self {
        Self { format: Format { delimiter: b' ', blanks: true, ..self.format }, ..self }
    }

    /// Lines that start with this letter, such as `b'#'`, are passed over.
    #[must_use]
    pub fn comments(self, start: u8) -> Self {
        Self { format: Format { comment: Some(start), ..self.format }, ..self }
    }

    /// The first line is data too. Columns are named by their place, from 1: `"1"`, `"2"` and so on.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let text = "5.1,3.5,setosa\n6.3,3.3,virginica\n";
    /// let table = Csv::from_reader(text.as_bytes(), "iris.data")?.without_header();
    /// let data: Dataset<[f32; 2], u8> = table.read_classes("1"..="2", "3", ["setosa", "virginica"])?;
    /// assert_eq!(data.len(), 2);
    /// # Ok::<(), DataError>(())
    /// ```
    #[must_use]
    pub fn without_header(self) -> Self {
        Self { format: Format { header: false, ..self.format }, ..self }
    }

    /// Numbers are written with a comma, `1,5`, as in many countries. A point is then none of a number, since there it
    /// may stand between thousands.
    #[must_use]
    pub fn decimal_comma(self) -> Self {
        Self { format: Format { decimal_comma: true, ..self.format }, ..self }
    }

    /// What becomes of values that are missing. Default an error. Missing is a field that is empty or, in any case,
    /// `NA`, `N/A`, `NaN`, `null`, `None` or `?`.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let text = "a,b,c\n1,,0\n3,4,1\n";
    /// let table = Csv::from_reader(text.as_bytes(), "gaps.csv")?;
    /// let read = |table: Csv| table.read::<[f32; 2], u8>(Columns::First, "c");
    /// assert!(read(table.clone()).is_err());
    /// assert_eq!(read(table.clone().missing(Missing::DropRow))?.inputs(), [[3.0, 4.0]]);
    /// assert_eq!(read(table.missing(Missing::Fill(-1.0)))?.inputs(), [[1.0, -1.0], [3.0, 4.0]]);
    /// # Ok::<(), DataError>(())
    /// ```
    #[must_use]
    pub fn missing(self, missing: Missing) -> Self {
        Self { format: Format { missing, ..self.format }, ..self }
    }

    /// Reads the columns as [`Dataset::from_csv`] does.
    ///
    /// # Errors
    ///
    /// A [`DataError`] that names the file, the line and the column.
    pub fn read<X: FromFields, Y: FromFields>(
        &self,
        inputs: impl Into<Columns>,
        targets: impl Into<Columns>,
    ) -> Result<Dataset<X, Y>, DataError> {
        let select = |table: &Table<'_>, targets: &Columns| table.select::<Y>(targets, Side::Targets);
        self.rows(&inputs.into(), &targets.into(), &[], select, |table, columns, target| {
            table.read(columns, None, target).map_err(DataError::perhaps_class)
        })
    }

    /// The same where the target is a column of names. Their order gives each class its number; the same array names
    /// the classes of [`ConfusionMatrix::named`](crate::metrics::ConfusionMatrix::named),
    /// [`ConfusionMatrix::plot`](crate::metrics::ConfusionMatrix::plot) and
    /// [`ClassReport::named`](crate::metrics::ClassReport::named).
    ///
    /// # Errors
    ///
    /// A [`DataError`] that names the file, the line and the column; [`DataError::Class`] also the classes there are.
    /// [`DataError::ClassName`] for a name that is given twice or has blanks around it.
    pub fn read_classes<X: FromFields, Y: FromClass<CLASSES>, const CLASSES: usize>(
        &self,
        inputs: impl Into<Columns>,
        target: &str,
        classes: [&str; CLASSES],
    ) -> Result<Dataset<X, Y>, DataError> {
        let mut names = classes.iter().enumerate();
        let is_wrong =
            |(at, name): &(usize, &&str)| name.trim() != **name || classes.iter().take(*at).any(|n| n == *name);
        if let Some((_, name)) = names.find(is_wrong) {
            return Err(DataError::ClassName { name: (*name).to_string() });
        }
        let select = |table: &Table<'_>, _: &Columns| Ok([table.find(target)?].into());
        self.rows(&inputs.into(), &target.into(), &classes, select, |table, columns, target| {
            *target = Y::from_class(table.class(columns, &classes)?);
            Ok(())
        })
    }

    fn rows<X: FromFields, Y: Sample>(
        &self,
        inputs: &Columns,
        targets: &Columns,
        classes: &[&str],
        select: impl Fn(&Table<'_>, &Columns) -> Result<Vec<usize>, DataError>,
        read_target: impl Fn(&Table<'_>, &[usize], &mut Y) -> Result<(), DataError>,
    ) -> Result<Dataset<X, Y>, DataError> {
        self.format.check()?;
        let text = self.format.plain(&self.bytes);
        let mut table = Table::new(&text, self.file.clone(), self.format)?;
        table.check_header(&[inputs, targets])?;
        let inputs = table.select::<X>(inputs, Side::Inputs)?;
        let targets = select(&table, targets)?;
        table.check_overlap(&inputs, &targets)?;
        let mut data: Dataset<X, Y> = Dataset::default();
        let fill = self.format.fill();
        // A sample may be larger than the stack.
        let (mut input, mut target): (Box<X>, Box<Y>) = (bytemuck::zeroed_box(), bytemuck::zeroed_box());
        while table.next_row()? {
            let lacks = || table.lacks(&inputs, &[]) || table.lacks(&targets, classes);
            if self.format.missing == Missing::DropRow && lacks() {
                continue;
            }
            table.read(&inputs, fill.as_deref(), &mut *input)?;
            read_target(&table, &targets, &mut target)?;
            let needed = ((data.len() + 1) as u64).saturating_mul((size_of::<X>() + size_of::<Y>()) as u64);
            let memory = |_| DataError::Memory { file: self.file.clone(), needed };
            data.try_push(&input, &target).map_err(memory)?;
        }
        if data.is_empty() { Err(DataError::NoRows { file: table.file }) } else { Ok(data) }
    }
}
