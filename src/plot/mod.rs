//! Pictures: of the training history, confusion matrices, curves, weights, the network.
//!
//! ```
//! use typenet::prelude::*;
//!
//! let chart = LineChart::new("loss of two optimizers").axes("epoch", "loss");
//! let svg = chart.line("Sgd", [0.9, 0.5, 0.4]).line("Adam", [0.8, 0.3, 0.2]).svg()?;
//! assert!(svg.starts_with("<svg"));
//! # Ok::<(), PlotError>(())
//! ```
//!
//! `history.plot(path)` draws a training, `matrix.plot(path)` a confusion matrix, [`plot_roc`] and
//! [`plot_precision_recall`] curves, [`Histograms`] the weights of a network. The ending of a path says whether it is
//! an SVG or, with the feature `png`, a PNG.

mod axis;
mod confusion;
mod curves;
mod diagram;
mod histograms;
mod line_chart;
mod picture;
#[cfg(feature = "png")]
mod png;
mod terminal;

pub use curves::{plot_precision_recall, plot_roc, precision_recall_svg, roc_svg};
pub use histograms::Histograms;
pub use line_chart::LineChart;

use std::format;
use std::ops::Range;
use std::path::Path;
use std::string::String;
use std::vec::Vec;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use thiserror::Error;

use crate::data::FileError;
use crate::train::history::History;
use axis::{Axis, drawable, epoch_ticks};
use picture::{BLUE, Canvas, Drawn, GRID, INK, VERMILION, font, text};

/// A picture that cannot be made.
///
/// ```
/// use typenet::prelude::*;
///
/// let history = History::new(["loss"]);
/// assert!(matches!(history.svg(), Err(PlotError::Empty)));
/// ```
#[derive(Error)]
#[non_exhaustive]
pub enum PlotError {
    /// There is no epoch, no sample, no array, or nothing is measured.
    #[error("there is nothing to draw")]
    Empty,
    /// The drawing library failed.
    #[error("the picture cannot be drawn: {0}")]
    Draw(String),
    /// The extension of the file is not that of a format.
    #[cfg_attr(feature = "png", error("{file}: a picture is written as .svg or .png"))]
    #[cfg_attr(not(feature = "png"), error("{file}: a picture is written as .svg, or as .png with the feature `png`"))]
    Format {
        /// The file.
        file: String,
    },
    /// The file cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
}

crate::error::debug_is_display!(PlotError);

const PANEL: (u32, u32) = (480, 360);
const HEADER: u32 = 64;
/// Epochs up to which each one is marked.
const MARKED: usize = 40;
/// Letters of a name that fit beside a panel.
const LETTERS: usize = 32;

impl History {
    /// Writes a picture (`.svg`, `.png`): a panel for each name, with its training values (solid) and its
    /// validation values (dashed) against the epochs. Values that are not finite leave a gap.
    ///
    /// A PNG has Latin, Greek and Cyrillic letters, arrows and mathematical signs. A letter of another script is drawn
    /// as `?` there; an SVG has all of them.
    ///
    /// ```no_run
    /// use typenet::prelude::*;
    ///
    /// let mut history = History::new(["loss", "accuracy"]);
    /// history.push(vec![0.5, 0.75], Some(vec![0.625, 0.7]));
    /// history.push(vec![0.25, 0.875], Some(vec![0.5, 0.8]));
    /// history.plot("history.svg")?;
    /// # Ok::<(), PlotError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PlotError::Empty`] without epochs or names; [`PlotError::Format`] for another extension;
    /// [`PlotError::File`] where the file cannot be written.
    pub fn plot(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        picture::write(path.as_ref(), &self.svg()?)
    }

    /// The picture of [`plot`](Self::plot) as the text of an SVG file.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut history = History::new(["loss"]);
    /// history.push(vec![0.5], None);
    /// assert!(history.svg()?.starts_with("<svg"));
    /// # Ok::<(), PlotError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PlotError::Empty`] without epochs or names.
    pub fn svg(&self) -> Result<String, PlotError> {
        if self.is_empty() || self.names().is_empty() {
            return Err(PlotError::Empty);
        }
        let panels = self.names().len();
        let columns = panels.min(2);
        let rows = panels.div_ceil(columns);
        let size = (PANEL.0 * columns as u32, PANEL.1 * rows as u32 + HEADER);
        picture::svg(size, |root| {
            let (header, body) = root.split_vertically(HEADER);
            draw_header(&header, self.has_validation())?;
            for (area, name) in body.split_evenly((rows, columns)).iter().zip(self.names()) {
                let training = self.training(name).unwrap_or_default();
                let validation = self.validation(name).unwrap_or_default();
                draw_panel(area, name, &training, &validation)?;
            }
            Ok(())
        })
    }
}

/// The title, and below it what the two kinds of line mean.
fn draw_header(area: &Canvas<'_>, validation: bool) -> Drawn {
    text(area, "Training history", (20, 20), 26, HPos::Left)?;
    area.draw(&PathElement::new([(20, 48), (60, 48)], BLUE.stroke_width(2)))?;
    area.draw(&Circle::new((40, 48), 4, BLUE.filled()))?;
    text(area, "training", (68, 48), 19, HPos::Left)?;
    if validation {
        for dash in [(160, 168), (172, 180), (180, 188), (192, 200)] {
            area.draw(&PathElement::new([(dash.0, 48), (dash.1, 48)], VERMILION.stroke_width(2)))?;
        }
        area.draw(&TriangleMarker::new((180, 48), 6, VERMILION.filled()))?;
        text(area, "validation", (208, 48), 19, HPos::Left)?;
    }
    Ok(())
}

fn draw_panel(area: &Canvas<'_>, name: &str, training: &[f64], validation: &[f64]) -> Drawn {
    let last = training.len().max(1);
    let margin = if last == 1 { 0.5 } else { 0.02 * (last as f64 - 1.0) };
    let epochs = Ticked::new(1.0 - margin..last as f64 + margin, epoch_ticks(last));
    let axis = Axis::new(training.iter().chain(validation));
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(20)
        .x_label_area_size(48)
        .y_label_area_size(84)
        .build_cartesian_2d(epochs, Ticked::new(axis.low..axis.high, axis.ticks()))?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(INK)
        .label_style(font(17))
        .axis_desc_style(font(19))
        .x_desc("epoch")
        .y_desc(shortened(name))
        .x_label_formatter(&|epoch| format!("{epoch:.0}"))
        .y_label_formatter(&|tick| axis.label(*tick))
        .draw()?;
    let marked = |line: &[(f64, f64)]| last <= MARKED || line.len() == 1;
    for line in segments(training) {
        if marked(&line) {
            chart.draw_series(line.iter().map(|at| Circle::new(*at, 4, BLUE.filled())))?;
        }
        chart.draw_series(LineSeries::new(line, BLUE.stroke_width(2)))?;
    }
    for line in segments(validation) {
        if marked(&line) {
            chart.draw_series(line.iter().map(|at| TriangleMarker::new(*at, 6, VERMILION.filled())))?;
        }
        chart.draw_series(DashedLineSeries::new(line, 8, 4, VERMILION.stroke_width(2)))?;
    }
    Ok(())
}

/// A name that may be too long for its panel.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(LETTERS).and_then(|_| name.char_indices().nth(LETTERS - 3)) {
        None => name.into(),
        Some((end, _)) => format!("{}...", name.get(..end).unwrap_or(name)),
    }
}

/// A coordinate whose ticks are given.
struct Ticked {
    inner: RangedCoordf64,
    ticks: Vec<f64>,
}

impl Ticked {
    fn new(range: Range<f64>, ticks: Vec<f64>) -> Self {
        Self { inner: range.into(), ticks }
    }
}

impl Ranged for Ticked {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.inner.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.inner.range()
    }
}

/// The points of a curve, in parts between the values that cannot be drawn.
fn segments(values: &[f64]) -> Vec<Vec<(f64, f64)>> {
    let points: Vec<(f64, f64)> = (1_u32..).map(f64::from).zip(values.iter().copied()).collect();
    let parts = points.split(|(_, value)| !drawable(*value));
    parts.filter(|part| !part.is_empty()).map(<[_]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(epochs: usize, validation: bool) -> History {
        let mut history = History::new(["loss", "accuracy <top 1>"]);
        for epoch in 1..=epochs {
            let loss = 1.0 / epoch as f64;
            history.push(vec![loss, 1.0 - loss], validation.then(|| vec![1.1 * loss, 0.9 - loss]));
        }
        history
    }

    fn count(picture: &str, text: &str) -> usize {
        picture.matches(text).count()
    }

    #[test]
    fn a_picture_says_what_it_shows() {
        let picture = history(3, true).svg().unwrap();
        for text in ["Training history", "training", "validation", "loss", "accuracy &lt;top 1&gt;"] {
            assert_eq!(count(&picture, &format!("\n{text}\n")), 1, "{text}");
        }
        assert_eq!(count(&picture, "\nepoch\n"), 2);
        assert!(picture.contains("width=\"960\" height=\"424\"") && picture.ends_with("</svg>\n"));
        // A mark for each of three epochs in two panels, and one in the legend.
        assert_eq!((count(&picture, "<circle"), count(&picture, "<polygon")), (7, 7));
        assert!(count(&picture, "#0072B2") > 7 && count(&picture, "#D55E00") > 7);
    }

    #[test]
    fn what_there_is_not_is_not_shown() {
        let picture = history(40, false).svg().unwrap();
        assert_eq!((count(&picture, "validation"), count(&picture, "#D55E00")), (0, 0));
        assert_eq!(count(&picture, "<circle"), 81);
        // Many epochs are not marked one by one.
        assert_eq!(count(&history(41, false).svg().unwrap(), "<circle"), 1);
        for nothing in [history(0, true), History::default()] {
            assert_eq!(nothing.svg().unwrap_err().to_string(), "there is nothing to draw");
        }
    }

    #[test]
    fn long_names_are_cut() {
        let exact = "é".repeat(LETTERS);
        assert_eq!(shortened(&exact), exact);
        let cut = shortened(&format!("{exact}é"));
        assert_eq!((cut.chars().count(), cut.ends_with("é...")), (LETTERS, true));
    }

    #[test]
    fn panels_are_side_by_side_and_then_below() {
        for (names, size) in [(1, "width=\"480\" height=\"424\""), (3, "width=\"960\" height=\"784\"")] {
            let mut history = History::new((0..names).map(|name| format!("m{name}")));
            history.push(vec![0.5; names], None);
            let picture = history.svg().unwrap();
            assert!(picture.contains(size), "{picture}");
            assert_eq!((count(&picture, "\nepoch\n"), count(&picture, "<circle")), (names, names + 1));
        }
    }

    #[test]
    fn values_that_cannot_be_drawn_leave_a_gap() {
        let (nan, infinity) = (f64::NAN, f64::INFINITY);
        assert_eq!(
            segments(&[nan, 1.0, 2.0, infinity, nan, 3.0, -infinity]),
            [vec![(2.0, 1.0), (3.0, 2.0)], vec![(6.0, 3.0)]]
        );
        assert_eq!(segments(&[nan]), Vec::<Vec<_>>::new());
        let mut history = History::new(["loss"]);
        for loss in [f64::MAX, nan, f64::MIN, 1e100, -1e100, 5e-324] {
            history.push(vec![loss], Some(vec![nan]));
        }
        let picture = history.svg().unwrap();
        assert!(!picture.contains("NaN") && !picture.contains("inf"));
        assert_eq!(count(&picture, "<circle"), 4);
    }

    #[test]
    fn the_extension_says_the_format() {
        let folder = tempfile::tempdir().unwrap();
        let (history, path) = (history(3, true), |name| folder.path().join(name));
        history.plot(path("history.SVG")).unwrap();
        assert_eq!(std::fs::read_to_string(path("history.SVG")).unwrap(), history.svg().unwrap());
        for name in ["history.pdf", "history", ".svg"] {
            let error = history.plot(path(name)).unwrap_err();
            assert!(matches!(&error, PlotError::Format { file } if file.ends_with(name)), "{error}");
            assert!(!path(name).exists() && error.to_string().contains(".svg"), "{error}");
        }
    }

    #[test]
    fn files_that_cannot_be_written() {
        let error = history(1, true).plot("no/such/folder.svg").unwrap_err().to_string();
        assert!(error.starts_with("no/such/folder.svg: cannot be written: "), "{error}");
    }
}
