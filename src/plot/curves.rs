//! Pictures of the curves of a threshold.

use std::format;
use std::path::Path;
use std::string::String;

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::PlotError;
use super::picture::{BLUE, Canvas, Drawn, GRID, INK, VERMILION, font, svg, text, write};
use crate::metrics::{Metric, PrAuc, RocAuc, precision_recall_curve, roc_curve};
use crate::network::Tensor;

const SIZE: (u32, u32) = (480, 480);
const HEADER: u32 = 72;

/// Writes a picture (`.svg`, `.png`) of the curve of the receiver operating characteristic, with the area under it
/// and the diagonal of pure chance.
///
/// ```no_run
/// use typenet::prelude::*;
///
/// plot_roc("roc.svg", &[[0.9_f32], [0.6], [0.4]], &[[1.0], [0.0], [1.0]])?;
/// # Ok::<(), PlotError>(())
/// ```
///
/// # Errors
///
/// [`PlotError::Empty`] without positives or without negatives, and for an output that is not-a-number;
/// [`PlotError::Format`] for another extension; [`PlotError::File`] where the file cannot be written.
pub fn plot_roc<Y: Tensor>(path: impl AsRef<Path>, outputs: &[Y], targets: &[Y]) -> Result<(), PlotError> {
    write(path.as_ref(), &roc_svg(outputs, targets)?)
}

/// The picture of [`plot_roc`] as the text of an SVG file.
///
/// # Errors
///
/// [`PlotError::Empty`] as there.
pub fn roc_svg<Y: Tensor>(outputs: &[Y], targets: &[Y]) -> Result<String, PlotError> {
    let mut area = RocAuc::default();
    area.update(outputs, targets);
    let area = Metric::<Y>::value(&area);
    let title = ("Receiver operating characteristic", format!("area under the curve {area:.4}"));
    let axes = ("false positives, share of negatives", "true positives, share of positives");
    picture(title, axes, &roc_curve(outputs, targets), [(0.0, 0.0), (1.0, 1.0)])
}

/// Writes a picture (`.svg`, `.png`) of precision over recall, with the average precision and the share of positives,
/// which is the precision of pure chance.
///
/// # Errors
///
/// Those of [`plot_roc`].
pub fn plot_precision_recall<Y: Tensor>(path: impl AsRef<Path>, outputs: &[Y], targets: &[Y]) -> Result<(), PlotError> {
    write(path.as_ref(), &precision_recall_svg(outputs, targets)?)
}

/// The picture of [`plot_precision_recall`] as the text of an SVG file.
///
/// # Errors
///
/// [`PlotError::Empty`] as there.
pub fn precision_recall_svg<Y: Tensor>(outputs: &[Y], targets: &[Y]) -> Result<String, PlotError> {
    let mut area = PrAuc::default();
    area.update(outputs, targets);
    let area = Metric::<Y>::value(&area);
    let title = ("Precision and recall", format!("average precision {area:.4}"));
    let curve = precision_recall_curve(outputs, targets);
    // Where everything is read as 1, precision is the share of positives.
    let share = curve.last().map_or(0.0, |[_, precision]| *precision);
    picture(title, ("recall", "precision"), &curve, [(0.0, share), (1.0, share)])
}

fn picture(
    (title, subtitle): (&str, String),
    (x, y): (&str, &str),
    curve: &[[f64; 2]],
    chance: [(f64, f64); 2],
) -> Result<String, PlotError> {
    if curve.is_empty() {
        return Err(PlotError::Empty);
    }
    svg((SIZE.0, SIZE.1 + HEADER), |root| {
        let (header, body) = root.split_vertically(HEADER);
        draw_header(&header, title, &subtitle)?;
        let mut chart = ChartBuilder::on(&body)
            .margin(12)
            .margin_right(24)
            .x_label_area_size(48)
            .y_label_area_size(64)
            .build_cartesian_2d(-0.01..1.01, -0.01..1.01)?;
        chart
            .configure_mesh()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(INK)
            .label_style(font(17))
            .axis_desc_style(font(18))
            .x_desc(x)
            .y_desc(y)
            .x_labels(6)
            .y_labels(6)
            .x_label_formatter(&|tick| format!("{tick:.1}"))
            .y_label_formatter(&|tick| format!("{tick:.1}"))
            .draw()?;
        chart.draw_series(DashedLineSeries::new(chance, 8, 6, VERMILION.stroke_width(2)))?;
        chart.draw_series(LineSeries::new(curve.iter().map(|[x, y]| (*x, *y)), BLUE.stroke_width(3)))?;
        Ok(())
    })
}

fn draw_header(area: &Canvas<'_>, title: &str, subtitle: &str) -> Drawn {
    text(area, title, (20, 22), 24, HPos::Left)?;
    area.draw(&PathElement::new([(20, 54), (52, 54)], BLUE.stroke_width(3)))?;
    text(area, subtitle, (60, 54), 18, HPos::Left)?;
    for start in [320, 334, 348] {
        area.draw(&PathElement::new([(start, 54), (start + 8, 54)], VERMILION.stroke_width(2)))?;
    }
    text(area, "chance", (364, 54), 18, HPos::Left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_say_what_they_show() {
        let (scores, targets) = ([0.9, 0.6, 0.4, 0.3], [1.0, 0.0, 1.0, 0.0]);
        let roc = roc_svg(&scores, &targets).unwrap();
        for shown in ["Receiver operating characteristic", "area under the curve 0.7500", "chance", "1.0"] {
            assert!(roc.lines().any(|line| line == shown), "{shown}");
        }
        let pr = precision_recall_svg(&scores, &targets).unwrap();
        for shown in ["Precision and recall", "recall", "precision", "average precision 0.8333"] {
            assert!(pr.lines().any(|line| line == shown), "{shown}");
        }
        assert!(matches!(roc_svg(&[0.5], &[1.0]), Err(PlotError::Empty)));
        assert!(matches!(precision_recall_svg::<f32>(&[], &[]), Err(PlotError::Empty)));
    }
}
