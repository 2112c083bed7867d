//! Pictures of several series of numbers.

use std::format;
use std::path::Path;
use std::string::String;
use std::vec::Vec;

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::axis::{Axis, drawable, epoch_ticks};
use super::picture::{BLUE, Canvas, Drawn, GRID, INK, VERMILION, font, svg, text, write};
use super::{MARKED, PlotError, Ticked, segments};

/// Of the palette of Okabe and Ito, as [`BLUE`] and [`VERMILION`].
const COLOURS: [RGBColor; 6] =
    [BLUE, VERMILION, RGBColor(0, 158, 115), RGBColor(230, 159, 0), RGBColor(204, 121, 167), RGBColor(86, 180, 233)];
const SIZE: (u32, u32) = (640, 420);
const TITLE: i32 = 20;
const LINE: i32 = 24;

/// A picture (`.svg`, `.png`) of one or more series of numbers over 1, 2, 3, ..., such as layers, epochs or steps.
///
/// ```
/// use typenet::prelude::*;
///
/// let chart = LineChart::new("Gradients by layer")
///     .axes("layer", "norm of the gradient")
///     .logarithmic()
///     .line("sigmoid", [1e-7, 1e-5, 1e-3])
///     .line("ReLU", [0.5, 0.6, 0.4]);
/// assert!(chart.svg()?.starts_with("<svg"));
/// # Ok::<(), PlotError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineChart {
    title: String,
    axes: (String, String),
    logarithmic: bool,
    lines: Vec<(String, Vec<f64>)>,
}

impl LineChart {
    /// A chart without a line.
    #[must_use]
    pub fn new(title: &str) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// What the horizontal and the vertical axis show.
    #[must_use]
    pub fn axes(self, x: &str, y: &str) -> Self {
        Self { axes: (x.into(), y.into()), ..self }
    }

    /// Powers of ten at equal distances. Values that are not positive leave a gap.
    #[must_use]
    pub fn logarithmic(self) -> Self {
        Self { logarithmic: true, ..self }
    }

    /// Adds a line and its name. Values that cannot be drawn leave a gap.
    #[must_use]
    pub fn line(mut self, name: &str, values: impl IntoIterator<Item = f64>) -> Self {
        self.lines.push((name.into(), values.into_iter().collect()));
        self
    }

    /// Writes the picture. In a PNG a letter that is not Latin, Greek or Cyrillic is drawn as `?`.
    ///
    /// # Errors
    ///
    /// [`PlotError::Empty`] without a value that can be drawn; [`PlotError::Format`] for another
    /// extension; [`PlotError::File`] where the file cannot be written.
    pub fn plot(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        write(path.as_ref(), &self.svg()?)
    }

    /// The picture as the text of an SVG file.
    ///
    /// # Errors
    ///
    /// [`PlotError::Empty`] without a value that can be drawn.
    pub fn svg(&self) -> Result<String, PlotError> {
        let scale = |value: f64| if self.logarithmic { libm::log10(value) } else { value };
        let lines: Vec<Vec<f64>> =
            self.lines.iter().map(|(_, values)| values.iter().map(|value| scale(*value)).collect()).collect();
        if !lines.iter().flatten().any(|value| drawable(*value)) {
            return Err(PlotError::Empty);
        }
        let header = 2 * TITLE + LINE * self.lines.len() as i32;
        svg((SIZE.0, SIZE.1 + header as u32), |root| {
            let (top, body) = root.split_vertically(header);
            self.draw_header(&top)?;
            self.draw_lines(&body, &lines)
        })
    }

    fn draw_header(&self, area: &Canvas<'_>) -> Drawn {
        text(area, &self.title, (20, TITLE), 26, HPos::Left)?;
        for ((index, (name, _)), colour) in (0..).zip(&self.lines).zip(COLOURS.iter().cycle()) {
            let y = 2 * TITLE + LINE / 2 + LINE * index;
            area.draw(&PathElement::new([(20, y), (60, y)], colour.stroke_width(2)))?;
            if index % 2 == 0 {
                area.draw(&Circle::new((40, y), 4, colour.filled()))?;
            } else {
                area.draw(&TriangleMarker::new((40, y), 6, colour.filled()))?;
            }
            text(area, name, (70, y), 19, HPos::Left)?;
        }
        Ok(())
    }

    fn draw_lines(&self, area: &Canvas<'_>, lines: &[Vec<f64>]) -> Drawn {
        let last = lines.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let margin = if last == 1 { 0.5 } else { 0.02 * (last as f64 - 1.0) };
        let places = Ticked::new(1.0 - margin..last as f64 + margin, epoch_ticks(last));
        let axis = Axis::new(lines.iter().flatten());
        // Of a logarithmic axis that spans little, the powers of ten alone would be too few.
        let ticks = if self.logarithmic { powers(axis.low, axis.high) } else { axis.ticks() };
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_right(20)
            .x_label_area_size(48)
            .y_label_area_size(92)
            .build_cartesian_2d(places, Ticked::new(axis.low..axis.high, ticks))?;
        let label = |tick: &f64| match self.logarithmic {
            true => power(*tick),
            false => axis.label(*tick),
        };
        chart
            .configure_mesh()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(INK)
            .label_style(font(17))
            .axis_desc_style(font(19))
            .x_desc(self.axes.0.clone())
            .y_desc(self.axes.1.clone())
            .x_label_formatter(&|place| format!("{place:.0}"))
            .y_label_formatter(&label)
            .draw()?;
        for ((index, values), colour) in lines.iter().enumerate().zip(COLOURS.iter().cycle()) {
            for line in segments(values) {
                if (last <= MARKED || line.len() == 1) && index % 2 == 0 {
                    chart.draw_series(line.iter().map(|at| Circle::new(*at, 4, colour.filled())))?;
                } else if last <= MARKED || line.len() == 1 {
                    chart.draw_series(line.iter().map(|at| TriangleMarker::new(*at, 6, colour.filled())))?;
                }
                chart.draw_series(LineSeries::new(line, colour.stroke_width(2)))?;
            }
        }
        Ok(())
    }
}

/// The logarithms to be marked: whole ones, at most nine of them; with 2 and 5 times a power of ten
/// where there are few.
fn powers(low: f64, high: f64) -> Vec<f64> {
    let (first, last) = (libm::ceil(low) as i64, libm::floor(high) as i64);
    if last - first < 2 {
        let factors = [1.0, 2.0, 5.0].map(libm::log10);
        let all = (first - 1..=last).flat_map(|exponent| factors.map(|factor| exponent as f64 + factor));
        let inside: Vec<f64> = all.filter(|tick| (low..=high).contains(tick)).collect();
        if inside.len() >= 2 {
            return inside;
        }
    }
    let step = 1 + (last - first).max(0) / 9;
    (first..=last).filter(|exponent| exponent % step == 0).map(|exponent| exponent as f64).collect()
}

/// `1e-3` for -3.
fn power(logarithm: f64) -> String {
    let exponent = libm::floor(logarithm + 1e-9);
    let factor = libm::round(libm::pow(10.0, logarithm - exponent));
    if (-2.0..4.0).contains(&exponent) {
        format!("{}", crate::network::decimal(factor as i32, exponent as i32))
    } else {
        format!("{factor:.0}e{exponent:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_are_marked() {
        let marks = |low, high| powers(low, high).into_iter().map(power).collect::<Vec<_>>();
        assert_eq!(marks(-4.5, 2.5), ["1e-4", "1e-3", "0.01", "0.1", "1", "10", "100"]);
        assert_eq!(marks(-20.5, 0.5), ["1e-18", "1e-15", "1e-12", "1e-9", "1e-6", "1e-3", "1"]);
        assert_eq!(marks(-0.1, 1.1), ["1", "2", "5", "10"]);
        assert_eq!(marks(-3.8, -3.1), ["2e-4", "5e-4"]);
        assert_eq!(marks(3.9, 5.05), ["1e4", "2e4", "5e4", "1e5"]);
    }

    #[test]
    fn a_chart_names_its_lines_and_axes() {
        let chart = LineChart::new("Title").axes("layer", "size").line("first", [1.0, 2.0]).line("second", [3.0, 1.0]);
        let picture = chart.svg().unwrap();
        for text in ["Title", "layer", "size", "first", "second"] {
            assert_eq!(picture.matches(&format!("\n{text}\n")).count(), 1, "{text}");
        }
        assert_eq!((picture.matches("<circle").count(), picture.matches("<polygon").count()), (3, 3));
        // A zero has no logarithm.
        let chart = LineChart::new("t").logarithmic().line("a", [0.0, 1.0, 0.1]);
        assert_eq!(chart.svg().unwrap().matches("<circle").count(), 3);
        for nothing in [LineChart::new("t"), LineChart::new("t").logarithmic().line("a", [0.0, -1.0])] {
            assert!(matches!(nothing.svg(), Err(PlotError::Empty)));
        }
    }
}
