//! What a confusion matrix says of each class.

use core::fmt;

use crate::metrics::ConfusionMatrix;
use crate::metrics::binary_counts::share;

/// Precision, recall and F1 of one class, and how many samples it has.
///
/// ```
/// use typenet::prelude::*;
///
/// let [_, second] = ConfusionMatrix { counts: [[2, 1], [0, 2]] }.classes();
/// assert_eq!(second, ClassScores { precision: 2.0 / 3.0, recall: 1.0, f1: 0.8, support: 2 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassScores {
    /// Of the samples predicted as this class, the share that are.
    pub precision: f64,
    /// Of the samples of this class, the share predicted as such.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// Samples of this class.
    pub support: u64,
}

impl<const CLASSES: usize> ConfusionMatrix<CLASSES> {
    /// The scores of each class; a score is 0 where there is nothing to divide by, as in scikit-learn.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let scores = ConfusionMatrix { counts: [[2, 1], [0, 2]] }.classes();
    /// assert_eq!((scores[1].precision, scores[1].recall, scores[1].f1), (2.0 / 3.0, 1.0, 0.8));
    /// ```
    #[must_use]
    pub fn classes(&self) -> [ClassScores; CLASSES] {
        core::array::from_fn(|class| {
            let (hits, support, predicted) = self.sums(class);
            ClassScores {
                precision: share(hits as f64, predicted as f64),
                recall: share(hits as f64, support as f64),
                f1: share(2.0 * hits as f64, (support + predicted) as f64),
                support,
            }
        })
    }

    /// The mean recall of the classes that have samples: the accuracy if each class counted the same.
    /// Not-a-number where there is no sample.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// assert_eq!(ConfusionMatrix { counts: [[9, 0], [1, 1]] }.balanced_accuracy(), 0.75);
    /// ```
    #[must_use]
    pub fn balanced_accuracy(&self) -> f64 {
        let scores = self.classes();
        let present = scores.iter().filter(|scores| scores.support > 0);
        present.clone().map(|scores| scores.recall).sum::<f64>() / present.count() as f64
    }

    /// The correlation of truth and prediction (Matthews 1975; for several classes Gorodkin 2004): 1 is
    /// perfect, 0 is chance. 0 where there is nothing to divide by, as in scikit-learn.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// assert_eq!(ConfusionMatrix { counts: [[5, 0], [0, 5]] }.matthews(), 1.0);
    /// assert_eq!(ConfusionMatrix { counts: [[0, 5], [5, 0]] }.matthews(), -1.0);
    /// ```
    #[must_use]
    pub fn matthews(&self) -> f64 {
        let (mut hits, mut total, mut both, mut truths, mut predictions) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for class in 0..CLASSES {
            let (found, support, predicted) = self.sums(class);
            let (support, predicted) = (support as f64, predicted as f64);
            hits += found as f64;
            total += support;
            both += support * predicted;
            truths += support * support;
            predictions += predicted * predicted;
        }
        let square = total * total;
        share(hits * total - both, libm::sqrt((square - truths) * (square - predictions)))
    }

    /// The table that scikit-learn calls a classification report.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// println!("{}", ConfusionMatrix { counts: [[2, 1], [0, 2]] }.report());
    /// ```
    ///
    /// ```text
    ///         class  precision     recall         f1    samples
    ///             0     1.0000     0.6667     0.8000          3
    ///             1     0.6667     1.0000     0.8000          2
    ///          mean     0.8333     0.8333     0.8000          5
    /// weighted mean     0.8667     0.8000     0.8000          5
    ///      accuracy                           0.8000          5
    /// ```
    #[must_use]
    pub const fn report(&self) -> ClassReport<'static, CLASSES> {
        ClassReport { matrix: *self, names: None }
    }

    /// Of a class: the hits, the samples, and how often it was predicted.
    fn sums(&self, class: usize) -> (u64, u64, u64) {
        let row = self.counts.get(class).map_or(&[][..], |row| row);
        let hits = row.get(class).copied().unwrap_or(0);
        let predicted = self.counts.iter().filter_map(|row| row.get(class)).sum();
        (hits, row.iter().sum(), predicted)
    }
}

/// Displays the scores of each class as a table (see [`ConfusionMatrix::report`]).
///
/// ```
/// use typenet::prelude::*;
///
/// let report = ConfusionMatrix { counts: [[2, 1], [0, 2]] }.report().named(["malignant", "benign"]);
/// assert!(report.to_string().contains("    malignant     1.0000     0.6667"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassReport<'a, const CLASSES: usize> {
    matrix: ConfusionMatrix<CLASSES>,
    names: Option<[&'a str; CLASSES]>,
}

impl<const CLASSES: usize> ClassReport<'_, CLASSES> {
    /// The same with names in place of numbers.
    #[must_use]
    pub const fn named<'a>(self, names: [&'a str; CLASSES]) -> ClassReport<'a, CLASSES> {
        ClassReport { matrix: self.matrix, names: Some(names) }
    }
}

impl<const CLASSES: usize> fmt::Display for ClassReport<'_, CLASSES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scores = self.matrix.classes();
        let longest = self.names.iter().flatten().map(|name| name.chars().count()).max().unwrap_or(0);
        let width = longest.max("weighted mean".len());
        let samples: u64 = scores.iter().map(|scores| scores.support).sum();
        write!(f, "{:>width$} {:>10} {:>10} {:>10} {:>10}", "class", "precision", "recall", "f1", "samples")?;
        let row = |f: &mut fmt::Formatter<'_>, name: &dyn fmt::Display, s: &ClassScores| {
            write!(f, "\n{name:>width$} {:>10.4} {:>10.4} {:>10.4} {:>10}", s.precision, s.recall, s.f1, s.support)
        };
        for (class, scores) in scores.iter().enumerate() {
            match self.names.as_ref().and_then(|names| names.get(class)) {
                Some(name) => row(f, name, scores)?,
                None => row(f, &class, scores)?,
            }
        }
        let mean = |weight: &dyn Fn(&ClassScores) -> f64| {
            let total: f64 = scores.iter().map(weight).sum();
            let of = |score: &dyn Fn(&ClassScores) -> f64| {
                share(scores.iter().map(|scores| weight(scores) * score(scores)).sum(), total)
            };
            ClassScores {
                precision: of(&|s| s.precision),
                recall: of(&|s| s.recall),
                f1: of(&|s| s.f1),
                support: samples,
            }
        };
        row(f, &"mean", &mean(&|_| 1.0))?;
        row(f, &"weighted mean", &mean(&|scores| scores.support as f64))?;
        write!(f, "\n{:>width$} {:>10} {:>10} {:>10.4} {samples:>10}", "accuracy", "", "", self.matrix.accuracy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Class 2 was never predicted, class 3 has no sample.
    const MATRIX: ConfusionMatrix<4> = ConfusionMatrix { counts: [[3, 1, 0, 0], [1, 4, 0, 1], [2, 0, 0, 0], [0; 4]] };

    #[test]
    fn by_hand() {
        let [a, b, c, d] = MATRIX.classes();
        assert_eq!(a, ClassScores { precision: 0.5, recall: 0.75, f1: 0.6, support: 4 });
        assert_eq!(b, ClassScores { precision: 0.8, recall: 4.0 / 6.0, f1: 8.0 / 11.0, support: 6 });
        assert_eq!(c, ClassScores { precision: 0.0, recall: 0.0, f1: 0.0, support: 2 });
        assert_eq!(d, ClassScores { precision: 0.0, recall: 0.0, f1: 0.0, support: 0 });
        assert!((MATRIX.balanced_accuracy() - (0.75 + 4.0 / 6.0) / 3.0).abs() < 1e-15);
        // 7 hits of 12; truths 4, 6, 2, 0; predictions 6, 5, 0, 1: (7 x 12 - 54) / sqrt((144 - 56) (144 - 62)).
        assert!((MATRIX.matthews() - 30.0 / (88.0_f64 * 82.0).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn nothing_to_divide_by() {
        assert!(ConfusionMatrix::<2>::EMPTY.balanced_accuracy().is_nan());
        assert_eq!(ConfusionMatrix::<2>::EMPTY.matthews(), 0.0);
        assert_eq!(ConfusionMatrix { counts: [[3, 0], [2, 0]] }.matthews(), 0.0);
    }

    #[test]
    fn the_table() {
        let expected = "        class  precision     recall         f1    samples\n\
            \x20           0     1.0000     0.6667     0.8000          3\n\
            \x20           1     0.6667     1.0000     0.8000          2\n\
            \x20        mean     0.8333     0.8333     0.8000          5\n\
            weighted mean     0.8667     0.8000     0.8000          5\n\
            \x20    accuracy                           0.8000          5";
        assert_eq!(ConfusionMatrix { counts: [[2, 1], [0, 2]] }.report().to_string(), expected);
    }

    #[test]
    fn long_names_widen_the_table() {
        let report = ConfusionMatrix { counts: [[2, 1], [0, 2]] }.report().named(["a", "ärger than the others"]);
        let (text, mut widths) = (report.to_string(), std::collections::BTreeSet::new());
        widths.extend(text.lines().map(|line| line.chars().count()));
        assert_eq!(widths.len(), 1, "{text}");
        assert!(text.lines().nth(1).unwrap().trim_start().starts_with("a     1.0000"), "{text}");
    }
}
