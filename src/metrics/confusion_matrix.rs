//! The confusion matrix.

use core::fmt;

use crate::data::ClassIndex;
use crate::data::place_of_largest;
use crate::error::Error;
use crate::losses::check_class;
use crate::network::Scalar;

/// How often each class was taken for each: `counts[truth][prediction]`.
///
/// It displays as a table with a row for each true class and a column for each predicted one:
///
/// ```
/// use typenet::prelude::*;
///
/// let outputs = [[0.9_f32], [0.2], [0.8], [0.1], [0.7]];
/// let targets = [[1.0], [0.0], [0.0], [0.0], [1.0]];
/// let matrix = ConfusionMatrix::binary(&outputs, &targets, 0.5)?;
/// assert_eq!(matrix.counts, [[2, 1], [0, 2]]);
/// assert_eq!(matrix.accuracy(), 0.8);
/// println!("{matrix}");
/// # Ok::<(), typenet::Error>(())
/// ```
///
/// ```text
///         predicted
///  truth       0       1
///      0       2       1
///      1       0       2
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix<const CLASSES: usize> {
    /// How many samples of each true class (outer index) were predicted as each class (inner index).
    pub counts: [[u64; CLASSES]; CLASSES],
}

impl<const CLASSES: usize> Default for ConfusionMatrix<CLASSES> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<const CLASSES: usize> ConfusionMatrix<CLASSES> {
    /// A matrix of no samples.
    pub const EMPTY: Self = Self { counts: [[0; CLASSES]; CLASSES] };

    /// Counts one sample.
    ///
    /// # Errors
    ///
    /// [`Error::Class`] for a class that does not exist.
    pub fn add(&mut self, truth: usize, prediction: usize) -> Result<(), Error> {
        check_class(truth, CLASSES)?;
        check_class(prediction, CLASSES)?;
        if let Some(count) = self.counts.get_mut(truth).and_then(|row| row.get_mut(prediction)) {
            *count += 1;
        }
        Ok(())
    }

    /// From outputs, the largest of which is the prediction, and one-hot targets.
    ///
    /// # Errors
    ///
    /// [`Error::Lengths`] where the slices differ in length, [`Error::Setting`] for a sample that
    /// holds a not-a-number.
    pub fn one_hot<T: Scalar>(outputs: &[[T; CLASSES]], targets: &[[T; CLASSES]]) -> Result<Self, Error> {
        Self::gather(outputs, targets, |output, target| {
            Ok((largest("a target", target)?, largest("an output", output)?))
        })
    }

    /// From outputs, the largest of which is the prediction, and class numbers.
    ///
    /// # Errors
    ///
    /// [`Error::Lengths`] where the slices differ in length, [`Error::Setting`] for an output that
    /// holds a not-a-number, [`Error::Class`] for a class that does not exist.
    pub fn indices<T: Scalar>(outputs: &[[T; CLASSES]], targets: &[impl ClassIndex]) -> Result<Self, Error> {
        Self::gather(outputs, targets, |output, target| Ok((target.index(), largest("an output", output)?)))
    }

    /// The share of samples on the diagonal. Not-a-number where there is no sample.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let hits: u64 = self.counts.iter().enumerate().filter_map(|(class, row)| row.get(class)).sum();
        let total: u64 = self.counts.as_flattened().iter().sum();
        hits as f64 / total as f64
    }

    /// The table with names in place of numbers, in the order of the classes.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// println!("{}", ConfusionMatrix { counts: [[40, 2], [3, 69]] }.named(["malignant", "benign"]));
    /// ```
    ///
    /// ```text
    ///            predicted
    ///     truth  malignant     benign
    /// malignant         40          2
    ///    benign          3         69
    /// ```
    #[must_use]
    pub const fn named(self, names: [&str; CLASSES]) -> NamedMatrix<'_, CLASSES> {
        NamedMatrix { matrix: self, names }
    }

    /// Writes the table. The longest label has so many letters.
    fn table<D: fmt::Display>(
        &self,
        f: &mut fmt::Formatter<'_>,
        letters: usize,
        label: impl Fn(usize) -> D,
    ) -> fmt::Result {
        let largest = self.counts.as_flattened().iter().copied().max().unwrap_or(0);
        let digits = largest.checked_ilog10().map_or(1, |power| power as usize + 1);
        let side = letters.max(6);
        // Two spaces between columns.
        let (indent, width) = (side + 2, side.max(digits) + 2);
        writeln!(f, "{:indent$}predicted", "")?;
        write!(f, "{:>side$}", "truth")?;
        for class in 0..CLASSES {
            write!(f, "{:>width$}", label(class))?;
        }
        for (class, row) in self.counts.iter().enumerate() {
            write!(f, "\n{:>side$}", label(class))?;
            for count in row {
                write!(f, "{count:>width$}")?;
            }
        }
        Ok(())
    }

    fn gather<Y, Target>(
        outputs: &[Y],
        targets: &[Target],
        read: impl Fn(&Y, &Target) -> Result<(usize, usize), Error>,
    ) -> Result<Self, Error> {
        if outputs.len() != targets.len() {
            return Err(Error::Lengths { inputs: outputs.len(), targets: targets.len() });
        }
        let mut matrix = Self::EMPTY;
        for (output, target) in outputs.iter().zip(targets) {
            let (truth, prediction) = read(output, target)?;
            matrix.add(truth, prediction)?;
        }
        Ok(matrix)
    }
}

impl ConfusionMatrix<2> {
    /// From outputs of which those above a threshold are predicted as class 1, and targets of 0 or 1.
    ///
    /// The threshold is 0.5 for probabilities and 0 for logits.
    ///
    /// # Errors
    ///
    /// [`Error::Lengths`] where the slices differ in length, [`Error::Setting`] for an output that
    /// is not-a-number or a target that is neither 0 nor 1.
    pub fn binary<T: Scalar>(outputs: &[[T; 1]], targets: &[[T; 1]], threshold: f64) -> Result<Self, Error> {
        Self::gather(outputs, targets, |[output], [target]| {
            let binary = *target == T::ZERO || *target == T::ONE;
            Error::check("a target", target.to_f64(), "0 or 1", binary)?;
            largest("an output", &[*output])?;
            Ok((usize::from(*target == T::ONE), usize::from(*output > T::from_f64(threshold))))
        })
    }
}

/// Where the largest is.
fn largest<T: Scalar>(name: &'static str, row: &[T]) -> Result<usize, Error> {
    place_of_largest(row).ok_or(Error::Setting { name, value: f64::NAN, expected: "a number" })
}

impl<const CLASSES: usize> fmt::Display for ConfusionMatrix<CLASSES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table(f, 0, |class| class)
    }
}

/// Displays a [`ConfusionMatrix`] with the names of its classes (see [`ConfusionMatrix::named`]).
///
/// ```
/// use typenet::prelude::*;
///
/// let matrix = ConfusionMatrix { counts: [[2, 1], [0, 2]] }.named(["malignant", "benign"]);
/// assert!(matrix.to_string().contains("malignant          2          1"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedMatrix<'a, const CLASSES: usize> {
    matrix: ConfusionMatrix<CLASSES>,
    names: [&'a str; CLASSES],
}

impl<const CLASSES: usize> fmt::Display for NamedMatrix<'_, CLASSES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = self.names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        self.matrix.table(f, longest, |class| self.names.get(class).copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_by_hand() {
        // Truth 0: 0.2 and 0.5 right, 0.6 wrong. Truth 1: 0.9 right, 0.5 wrong.
        let outputs = [[0.2], [0.5], [0.6], [0.9], [0.5]];
        let targets = [[0.0], [0.0], [0.0], [1.0], [1.0]];
        let matrix = ConfusionMatrix::binary(&outputs, &targets, 0.5).unwrap();
        assert_eq!(matrix.counts, [[2, 1], [1, 1]]);
        assert_eq!(matrix.accuracy(), 0.6);
        let matrix = ConfusionMatrix::binary(&outputs, &targets, 0.0).unwrap();
        assert_eq!(matrix.counts, [[0, 3], [0, 2]]);
    }

    #[test]
    fn several_classes_by_hand() {
        let outputs = [[5.0_f32, 1.0, 0.0], [5.0, 1.0, 0.0], [0.0, 1.0, 9.0], [0.0, 1.0, 0.0]];
        let expected = [[1, 0, 0], [1, 0, 1], [0, 1, 0]];
        let matrix = ConfusionMatrix::indices(&outputs, &[0_u8, 1, 1, 2]).unwrap();
        assert_eq!(matrix.counts, expected);
        assert_eq!(matrix.accuracy(), 0.25);
        let targets = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        assert_eq!(ConfusionMatrix::one_hot(&outputs, &targets).unwrap().counts, expected);
    }

    #[test]
    fn one_by_one() {
        let mut matrix = ConfusionMatrix::<3>::default();
        assert!(matrix.accuracy().is_nan());
        matrix.add(2, 1).unwrap();
        matrix.add(2, 1).unwrap();
        matrix.add(0, 0).unwrap();
        assert_eq!(matrix.add(3, 0), Err(Error::Class { class: 3, classes: 3 }));
        assert_eq!(matrix.add(0, 4), Err(Error::Class { class: 4, classes: 3 }));
        assert_eq!(matrix.counts, [[1, 0, 0], [0, 0, 0], [0, 2, 0]]);
    }

    #[test]
    fn bad_samples() {
        let lengths = Err(Error::Lengths { inputs: 1, targets: 2 });
        assert_eq!(ConfusionMatrix::binary(&[[0.5]], &[[0.0], [1.0]], 0.5), lengths);
        assert_eq!(ConfusionMatrix::indices(&[[0.5_f32; 2]], &[1_u8, 1]), lengths);
        assert_eq!(ConfusionMatrix::indices(&[[0.5_f32; 2]], &[2_u8]), Err(Error::Class { class: 2, classes: 2 }));
        let half = Error::Setting { name: "a target", value: 0.5, expected: "0 or 1" };
        assert_eq!(ConfusionMatrix::binary(&[[0.5]], &[[0.5]], 0.5), Err(half));
        let found = ConfusionMatrix::binary(&[[f32::NAN]], &[[1.0]], 0.5).unwrap_err().to_string();
        assert_eq!(found, "an output is NaN, but must be a number");
        let found = ConfusionMatrix::one_hot(&[[0.0, 1.0]], &[[f32::NAN, 1.0]]).unwrap_err().to_string();
        assert_eq!(found, "a target is NaN, but must be a number");
    }

    #[test]
    fn the_table() {
        let matrix = ConfusionMatrix { counts: [[123_456, 7], [0, 89]] };
        let expected = "        predicted\n truth       0       1\n     0  123456       7\n     1       0      89";
        assert_eq!(matrix.to_string(), expected);
        // Larger counts widen the columns: 9_999_999 has seven digits.
        let matrix = ConfusionMatrix { counts: [[9_999_999, 7], [0, 89]] };
        let expected =
            "        predicted\n truth        0        1\n     0  9999999        7\n     1        0       89";
        assert_eq!(matrix.to_string(), expected);
        assert_eq!(ConfusionMatrix::<0>::EMPTY.to_string(), "        predicted\n truth");
    }

    #[test]
    fn the_table_with_names() {
        let matrix = ConfusionMatrix { counts: [[40, 2, 0], [3, 69, 1], [0, 1, 7]] };
        // The columns are as wide as the longest name, counted in letters and not in bytes.
        assert_eq!(
            matrix.named(["kühler", "warm", "10"]).to_string(),
            "        predicted\n truth  kühler    warm      10\n\
             kühler      40       2       0\n  warm       3      69       1\n    10       0       1       7"
        );
        let long = matrix.named(["a", "a name that is long", "b"]).to_string();
        let widths: Vec<usize> = long.lines().skip(1).map(|line| line.chars().count()).collect();
        assert_eq!(widths, [19 + 3 * 21; 4], "{long}");
    }
}
