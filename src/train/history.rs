//! What training measured, epoch by epoch.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The loss and the metrics of every epoch, on the training and the validation samples.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut history = History::new(["loss", "accuracy"]);
/// history.push(vec![0.5, 0.75], Some(vec![0.625, 0.7]));
/// history.push(vec![0.25, 0.875], Some(vec![0.5, 0.8]));
/// assert_eq!(history.training("loss"), Some(vec![0.5, 0.25]));
/// assert_eq!(history.validation("accuracy"), Some(vec![0.7, 0.8]));
/// assert_eq!(
///     history.last_line(20).map(|line| line.to_string()).as_deref(),
///     Some("epoch  2/20  loss 0.2500  accuracy 0.8750  val_loss 0.5000  val_accuracy 0.8000")
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    names: Vec<String>,
    epochs: Vec<Epoch>,
}

/// What one epoch measured: one value for each name of the [`History`].
///
/// ```
/// use typenet::prelude::*;
///
/// let mut history = History::new(["loss"]);
/// history.push(vec![0.5], None);
/// assert_eq!(history.last(), Some(&Epoch { epoch: 1, training: vec![0.5], validation: None }));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Epoch {
    /// Which one, from 1.
    pub epoch: usize,
    /// On the training samples, while they were trained on.
    pub training: Vec<f64>,
    /// On the validation samples, at the end of the epoch.
    pub validation: Option<Vec<f64>>,
}

impl History {
    /// A history of values with these names, the loss usually first, before the first epoch.
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect(), epochs: Vec::new() }
    }

    /// Adds an epoch. A value too few is not-a-number; one too many is left out.
    pub fn push(&mut self, mut training: Vec<f64>, mut validation: Option<Vec<f64>>) {
        training.resize(self.names.len(), f64::NAN);
        if let Some(values) = &mut validation {
            values.resize(self.names.len(), f64::NAN);
        }
        self.epochs.push(Epoch { epoch: self.epochs.len() + 1, training, validation });
    }

    /// What is measured.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The epochs so far.
    pub fn epochs(&self) -> &[Epoch] {
        &self.epochs
    }

    /// How many epochs there are.
    pub fn len(&self) -> usize {
        self.epochs.len()
    }

    /// Whether there is no epoch yet.
    pub fn is_empty(&self) -> bool {
        self.epochs.is_empty()
    }

    /// The last epoch.
    pub fn last(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    /// The training values of a name, epoch by epoch. `None` for a name that there is not.
    pub fn training(&self, name: &str) -> Option<Vec<f64>> {
        let place = self.place(name)?;
        Some(self.epochs.iter().map(|epoch| value(&epoch.training, place)).collect())
    }

    /// The validation values of a name, epoch by epoch; not-a-number for an epoch without
    /// validation. `None` for a name that there is not, and where no epoch has validation.
    pub fn validation(&self, name: &str) -> Option<Vec<f64>> {
        let place = self.place(name)?;
        let values = |epoch: &Epoch| epoch.validation.as_ref().map_or(f64::NAN, |values| value(values, place));
        self.has_validation().then(|| self.epochs.iter().map(values).collect())
    }

    /// The names of the columns: those of the training values, and with validation the same again
    /// after `val_`.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// assert_eq!(History::new(["loss"]).columns(true), ["loss", "val_loss"]);
    /// ```
    #[must_use]
    pub fn columns(&self, validation: bool) -> Vec<String> {
        let prefixes: &[&str] = if validation { &["", "val_"] } else { &[""] };
        prefixes.iter().flat_map(|prefix| self.names.iter().map(move |name| [*prefix, name].concat())).collect()
    }

    /// The value of a column, such as `loss` or `val_loss`, in the last epoch.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut history = History::new(["loss"]);
    /// history.push(vec![0.5], Some(vec![0.625]));
    /// assert_eq!((history.value("loss"), history.value("val_loss")), (Some(0.5), Some(0.625)));
    /// assert_eq!(history.value("accuracy"), None);
    /// ```
    #[must_use]
    pub fn value(&self, column: &str) -> Option<f64> {
        let last = self.last()?;
        match self.place(column) {
            Some(place) => last.training.get(place).copied(),
            None => last.validation.as_ref()?.get(self.place(column.strip_prefix("val_")?)?).copied(),
        }
    }

    /// The last epoch as a line, out of this many.
    pub fn last_line(&self, epochs: usize) -> Option<EpochLine<'_>> {
        self.last().map(|epoch| EpochLine { names: &self.names, epoch, epochs })
    }

    pub(crate) fn has_validation(&self) -> bool {
        self.epochs.iter().any(|epoch| epoch.validation.is_some())
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|found| found == name)
    }
}

fn value(values: &[f64], place: usize) -> f64 {
    values.get(place).copied().unwrap_or(f64::NAN)
}

/// One line for each epoch.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, epoch) in self.epochs.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{}", EpochLine { names: &self.names, epoch, epochs: self.epochs.len() })?;
        }
        Ok(())
    }
}

/// Displays an epoch: `epoch  3/20  loss 0.1234  val_loss 0.1301`.
#[derive(Clone, Copy, Debug)]
pub struct EpochLine<'a> {
    names: &'a [String],
    epoch: &'a Epoch,
    epochs: usize,
}

impl fmt::Display for EpochLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.epochs.checked_ilog10().unwrap_or(0) as usize + 1;
        write!(f, "epoch {:>width$}/{}", self.epoch.epoch, self.epochs)?;
        for (name, value) in self.names.iter().zip(&self.epoch.training) {
            write!(f, "  {name} {}", Short(*value))?;
        }
        for (name, value) in self.names.iter().zip(self.epoch.validation.iter().flatten()) {
            write!(f, "  val_{name} {}", Short(*value))?;
        }
        Ok(())
    }
}

/// A number with four decimals, or with an exponent where those would say little.
pub(crate) struct Short(pub f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size.is_finite() && size != 0.0 && !(0.001..1e6).contains(&size) {
            write!(f, "{:.4e}", self.0)
        } else {
            write!(f, "{:.4}", self.0)
        }
    }
}

#[cfg(feature = "csv")]
mod table {
    use std::fs::File;
    use std::io::{self, Write};
    use std::path::Path;
    use std::string::{String, ToString};
    use std::vec;
    use std::vec::Vec;

    use super::History;
    use crate::data::{DataError, FileError};

    impl History {
        /// Writes a comma-separated file as Keras' `CSVLogger` does: the columns `epoch`, the
        /// names, and with validation the names again after `val_`. Values have all their digits;
        /// those that there are not are empty. Epochs count from 1.
        ///
        /// # Errors
        ///
        /// [`DataError::File`] where the file cannot be written.
        pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<(), DataError> {
            let failed = |source| FileError::writing(path.as_ref().display().to_string(), source);
            let file = File::create(path.as_ref()).map_err(failed)?;
            Ok(self.write_csv_to(file).map_err(failed)?)
        }

        /// As [`write_csv`](Self::write_csv), to anything that can be written to.
        ///
        /// ```
        /// use typenet::prelude::*;
        ///
        /// let mut history = History::new(["loss"]);
        /// history.push(vec![0.5], Some(vec![0.625]));
        /// let mut text = Vec::new();
        /// history.write_csv_to(&mut text)?;
        /// assert_eq!(text, b"epoch,loss,val_loss\n1,0.5,0.625\n");
        /// # Ok::<(), std::io::Error>(())
        /// ```
        ///
        /// # Errors
        ///
        /// Those of the writer.
        pub fn write_csv_to(&self, writer: impl Write) -> io::Result<()> {
            let validation = self.has_validation();
            let names = self.columns(validation);
            let mut writer = ::csv::Writer::from_writer(writer);
            writer.write_record(core::iter::once(String::from("epoch")).chain(names))?;
            // The shortest text that reads back as the same number.
            let fields = |values: &[f64]| values.iter().map(|value| std::format!("{value:?}")).collect::<Vec<_>>();
            for epoch in &self.epochs {
                let mut record = vec![epoch.epoch.to_string()];
                record.extend(fields(&epoch.training));
                match &epoch.validation {
                    Some(values) => record.extend(fields(values)),
                    None if validation => record.extend(self.names.iter().map(|_| String::new())),
                    None => {}
                }
                writer.write_record(record)?;
            }
            writer.flush()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_show_what_there_is() {
        let mut history = History::new(["loss", "accuracy"]);
        assert!(history.is_empty() && history.last_line(3).is_none());
        history.push(vec![0.12344, 1.0], None);
        assert_eq!(history.last_line(9).unwrap().to_string(), "epoch 1/9  loss 0.1234  accuracy 1.0000");
        assert_eq!(history.last_line(10).unwrap().to_string(), "epoch  1/10  loss 0.1234  accuracy 1.0000");
        assert_eq!(history.last_line(0).unwrap().to_string(), "epoch 1/0  loss 0.1234  accuracy 1.0000");
        history.push(vec![1.23456e-6, f64::NAN], Some(vec![f64::INFINITY, 0.0]));
        assert_eq!(
            history.to_string(),
            "epoch 1/2  loss 0.1234  accuracy 1.0000\n\
             epoch 2/2  loss 1.2346e-6  accuracy NaN  val_loss inf  val_accuracy 0.0000"
        );
        assert_eq!((history.len(), history.is_empty()), (2, false));
    }

    #[test]
    fn numbers_are_short_on_both_sides_of_the_limits() {
        let short = |value| Short(value).to_string();
        assert_eq!([0.001, -0.001, 999_999.0].map(short), ["0.0010", "-0.0010", "999999.0000"]);
        assert_eq!([0.000_999, -0.000_999, 1e6].map(short), ["9.9900e-4", "-9.9900e-4", "1.0000e6"]);
    }

    #[test]
    fn columns_are_found_by_name() {
        let mut history = History::new(["loss", "accuracy"]);
        history.push(vec![3.0, 0.25], None);
        assert_eq!(history.validation("loss"), None);
        history.push(vec![2.0, 0.5], Some(vec![2.5, 0.375]));
        assert_eq!(history.training("accuracy"), Some(vec![0.25, 0.5]));
        let validation = history.validation("accuracy").unwrap();
        assert!(validation[0].is_nan() && validation[1] == 0.375);
        assert_eq!((history.training("val_loss"), history.validation("f1")), (None, None));
        let last = Epoch { epoch: 2, training: vec![2.0, 0.5], validation: Some(vec![2.5, 0.375]) };
        assert_eq!(history.last(), Some(&last));
        assert_eq!((history.epochs().len(), history.names()), (2, &["loss", "accuracy"].map(String::from)[..]));
    }

    #[test]
    fn epochs_have_as_many_values_as_names() {
        let mut history = History::new(["loss", "accuracy"]);
        history.push(vec![1.0], Some(vec![2.0, 3.0, 4.0]));
        assert!(history.training("accuracy").unwrap()[0].is_nan());
        assert_eq!(history.last().unwrap().validation, Some(vec![2.0, 3.0]));
    }

    #[cfg(feature = "csv")]
    #[test]
    fn files_hold_every_digit() {
        let text = |history: &History| {
            let mut bytes = Vec::new();
            history.write_csv_to(&mut bytes).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let mut history = History::new(["loss", "top 1, strict"]);
        assert_eq!(text(&history), "epoch,loss,\"top 1, strict\"\n");
        history.push(vec![0.1 + 0.2, 1.0], None);
        assert_eq!(text(&history), "epoch,loss,\"top 1, strict\"\n1,0.30000000000000004,1.0\n");
        history.push(vec![1e-300, f64::NAN], Some(vec![f64::INFINITY, 0.5]));
        assert_eq!(
            text(&history),
            "epoch,loss,\"top 1, strict\",val_loss,\"val_top 1, strict\"\n\
             1,0.30000000000000004,1.0,,\n2,1e-300,NaN,inf,0.5\n"
        );
    }

    #[cfg(feature = "csv")]
    #[test]
    fn files_that_cannot_be_written() {
        let error = History::new(["loss"]).write_csv("no/such/folder.csv").unwrap_err().to_string();
        assert!(error.starts_with("no/such/folder.csv: cannot be written: "), "{error}");
    }
}
