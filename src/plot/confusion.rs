//! A picture of a confusion matrix.

use std::path::Path;
use std::string::{String, ToString};

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::PlotError;
use super::picture::{Canvas, Drawn, font, svg, text, write};
use crate::metrics::ConfusionMatrix;

/// The side of a cell, the height of the title and what is right and below.
const CELL: u32 = 64;
const TOP: u32 = 96;
const MARGIN: u32 = 28;
/// The width of a letter of a label, roughly.
const LETTER: u32 = 10;

impl<const CLASSES: usize> ConfusionMatrix<CLASSES> {
    /// Writes a picture (`.svg`, `.png`): a row for each true class, a column for each predicted one; the darker a
    /// cell, the larger its share of its row.
    ///
    /// ```no_run
    /// use typenet::prelude::*;
    ///
    /// ConfusionMatrix { counts: [[40, 2], [3, 69]] }.plot("confusion.svg", ["malignant", "benign"])?;
    /// # Ok::<(), PlotError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PlotError::Empty`] without samples; [`PlotError::Format`] for another extension;
    /// [`PlotError::File`] where the file cannot be written.
    pub fn plot(&self, path: impl AsRef<Path>, labels: [&str; CLASSES]) -> Result<(), PlotError> {
        write(path.as_ref(), &self.svg(labels)?)
    }

    /// The picture of [`plot`](Self::plot) as the text of an SVG file.
    ///
    /// # Errors
    ///
    /// [`PlotError::Empty`] without samples.
    pub fn svg(&self, labels: [&str; CLASSES]) -> Result<String, PlotError> {
        if self.counts.as_flattened().iter().all(|count| *count == 0) {
            return Err(PlotError::Empty);
        }
        let letters = labels.iter().map(|label| label.chars().count() as u32).max().unwrap_or(0);
        let left = (letters * LETTER + 60).max(96);
        // Labels of columns stand side by side if they are short, else every column is wider.
        let cell = CELL.max(letters * LETTER + 12);
        let width = (left + cell * CLASSES as u32 + MARGIN).max(300);
        let size = (width, TOP + CELL * CLASSES as u32 + MARGIN);
        svg(size, |area| self.draw(area, labels, left, cell))
    }

    fn draw(&self, area: &Canvas<'_>, labels: [&str; CLASSES], left: u32, cell: u32) -> Drawn {
        let (left, cell, side, top) = (left as i32, cell as i32, CELL as i32, TOP as i32);
        let middle = left + cell * CLASSES as i32 / 2;
        text(area, "Confusion matrix", (20, 20), 24, HPos::Left)?;
        text(area, "predicted", (middle, top - 42), 18, HPos::Center)?;
        let height = top + side * CLASSES as i32 / 2;
        let turned = font(18).transform(FontTransform::Rotate270);
        let centered = turned.pos(Pos::new(HPos::Center, VPos::Center));
        area.draw(&Text::new("truth".to_string(), (22, height), centered))?;
        for (row, (counts, label)) in self.counts.iter().zip(labels).enumerate() {
            let y = top + side * row as i32;
            text(area, label, (left - 10, y + side / 2), 17, HPos::Right)?;
            text(area, label, (left + cell * row as i32 + cell / 2, top - 16), 17, HPos::Center)?;
            let total: u64 = counts.iter().sum();
            for (column, count) in counts.iter().enumerate() {
                let x = left + cell * column as i32;
                let share = *count as f64 / total.max(1) as f64;
                let square = [(x, y), (x + cell, y + side)];
                area.draw(&Rectangle::new(square, shade(share).filled()))?;
                area.draw(&Rectangle::new(square, WHITE.stroke_width(2)))?;
                let color = if share > 0.5 { WHITE } else { BLACK };
                let style = font(19).color(&color).pos(Pos::new(HPos::Center, VPos::Center));
                area.draw(&Text::new(count.to_string(), (x + cell / 2, y + side / 2), style))?;
            }
        }
        Ok(())
    }
}

/// From a light grey to blue: lighter and darker for everybody.
fn shade(share: f64) -> RGBColor {
    let between = |from: f64, to: f64| (from + (to - from) * share).round() as u8;
    RGBColor(between(240.0, 0.0), between(243.0, 84.0), between(247.0, 147.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_and_label_is_shown() {
        let matrix = ConfusionMatrix { counts: [[41, 2, 0], [3, 1234, 5], [7, 8, 96]] };
        let picture = matrix.svg(["cat", "dog", "a <very> long name"]).unwrap();
        for shown in ["Confusion matrix", "truth", "predicted", "41", "1234", "96"] {
            assert!(picture.lines().any(|line| line == shown), "{shown}");
        }
        // Each label names a row and a column; what SVG would read as markup is escaped.
        assert_eq!(picture.lines().filter(|line| *line == "cat").count(), 2);
        assert_eq!(picture.matches("a &lt;very&gt; long name").count(), 2);
        assert!(matches!(ConfusionMatrix::<2>::EMPTY.svg(["a", "b"]), Err(PlotError::Empty)));
    }
}
