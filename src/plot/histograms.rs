//! Histograms of a network's arrays.

use std::format;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::axis::{Axis, drawable};
use super::picture::{BLUE, Canvas, Drawn, GRID, INK, font, svg, text, write};
use super::{PlotError, Ticked};
use crate::network::Scalar;
use crate::network::parameters::{Entry, Parameters, Path as Place, Visitor};

const PANEL: (u32, u32) = (360, 240);
const HEADER: u32 = 52;
const BINS: usize = 40;

/// The distribution of the values of each array of a network, or of a gradient of the same form.
///
/// ```no_run
/// use typenet::prelude::*;
///
/// let network = initialized::<Sequential![Dense<20, 128>, Relu, Dense<128, 1>]>(1);
/// Histograms::of("Weights at the start", &*network).plot("weights.svg")?;
/// # Ok::<(), PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Histograms {
    title: String,
    arrays: Vec<(String, Vec<f64>)>,
}

impl Visitor for Histograms {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
        self.arrays.push((entry.to_string(), values.iter().map(|value| value.to_f64()).collect()));
    }
}

impl Histograms {
    /// The arrays of a network, under a title.
    pub fn of(title: impl Into<String>, network: &impl Parameters) -> Self {
        let mut histograms = Self { title: title.into(), arrays: Vec::new() };
        network.visit(&Place::ROOT, &mut histograms);
        histograms
    }

    /// Writes a picture (`.svg`, `.png`): a panel for each array, with its name, mean and standard deviation. Values
    /// that are not finite, or beyond 1e100, are left out, and its title says how many.
    ///
    /// # Errors
    ///
    /// [`PlotError::Empty`] for a network without arrays; [`PlotError::Format`] for another extension;
    /// [`PlotError::File`] where the file cannot be written.
    pub fn plot(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        write(path.as_ref(), &self.svg()?)
    }

    /// The picture of [`plot`](Self::plot) as the text of an SVG file.
    ///
    /// # Errors
    ///
    /// [`PlotError::Empty`] for a network without arrays.
    pub fn svg(&self) -> Result<String, PlotError> {
        if self.arrays.is_empty() {
            return Err(PlotError::Empty);
        }
        let columns = self.arrays.len().min(3);
        let rows = self.arrays.len().div_ceil(columns);
        let size = (PANEL.0 * columns as u32, PANEL.1 * rows as u32 + HEADER);
        svg(size, |root| {
            let (header, body) = root.split_vertically(HEADER);
            text(&header, &self.title, (20, 26), 24, HPos::Left)?;
            for (area, (name, values)) in body.split_evenly((rows, columns)).iter().zip(&self.arrays) {
                draw_panel(area, name, values)?;
            }
            Ok(())
        })
    }
}

fn draw_panel(area: &Canvas<'_>, name: &str, values: &[f64]) -> Drawn {
    let drawn: Vec<f64> = values.iter().copied().filter(|value| drawable(*value)).collect();
    let count = drawn.len().max(1) as f64;
    let mean = drawn.iter().sum::<f64>() / count;
    let deviation = (drawn.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count).sqrt();
    let (low, width, bins) = bins(&drawn);
    // At least 4, so that the ticks of a few counts are whole numbers.
    let top = bins.iter().copied().max().unwrap_or(0).max(4) as f64;
    let axis = Axis::in_parts([low, low + width * bins.len() as f64].iter(), 5.0);
    let (shown_mean, shown_deviation) = (axis.precise(mean, 2), axis.precise(deviation, 2));

    let (title, chart) = area.split_vertically(44);
    let missing = values.len() - drawn.len();
    let lost = if missing > 0 { format!(", {missing} left out") } else { String::new() };
    text(&title, name, (16, 12), 18, HPos::Left)?;
    text(&title, &format!("mean {shown_mean}, deviation {shown_deviation}{lost}"), (16, 33), 15, HPos::Left)?;
    let mut chart = ChartBuilder::on(&chart)
        .margin(4)
        .margin_right(24)
        .x_label_area_size(32)
        .y_label_area_size(56)
        .build_cartesian_2d(Ticked::new(axis.low..axis.high, axis.ticks()), 0.0..top * 1.05)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(INK)
        .label_style(font(15))
        .y_labels(4)
        .x_label_formatter(&|tick| axis.label(*tick))
        .y_label_formatter(&|tick| format!("{tick:.0}"))
        .draw()?;
    chart.draw_series(bins.iter().enumerate().filter(|(_, count)| **count > 0).map(|(at, count)| {
        let start = low + width * at as f64;
        Rectangle::new([(start, 0.0), (start + width * 0.92, *count as f64)], BLUE.filled())
    }))?;
    Ok(())
}

/// Where the first bin starts, how wide each is, and how many values are in each.
fn bins(values: &[f64]) -> (f64, f64, Vec<usize>) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let largest = least.abs().max(most.abs());
    let (low, high) = match values {
        [] => (-0.5, 0.5),
        _ if most - least > 1e-3 * largest => (least, most),
        // One value, or several that no label tells apart: a bar in the middle.
        _ => {
            let (middle, half) = (0.5 * (least + most), if largest < 1e-100 { 0.5 } else { 0.5 * largest });
            (middle - half, middle + half)
        }
    };
    let width = (high - low) / BINS as f64;
    let mut bins = std::vec![0; BINS];
    for value in values {
        let at = ((value - low) / width) as usize;
        if let Some(count) = bins.get_mut(at.min(BINS - 1)) {
            *count += 1;
        }
    }
    (low, width, bins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sequential;
    use crate::layers::{BatchNorm, Dense};
    use crate::train::initialized;

    #[test]
    fn every_array_has_a_panel() {
        let network = initialized::<Sequential![Dense<3, 4>, BatchNorm<4>]>(1);
        let picture = Histograms::of("Weights <start>", &*network).svg().unwrap();
        for shown in ["0.weight", "0.bias", "1.scale", "1.variance", "mean 1.000, deviation 0.000"] {
            assert!(picture.lines().any(|line| line == shown), "{shown}");
        }
        assert!(picture.contains("Weights &lt;start&gt;"));
        assert!(matches!(Histograms::of("", &crate::activations::Relu).svg(), Err(PlotError::Empty)));
    }

    #[test]
    fn every_value_is_in_a_bin() {
        let (low, width, counts) = bins(&[-1.0, 1.0, 1.0, 0.0]);
        assert_eq!((low, width * BINS as f64), (-1.0, 2.0));
        assert_eq!((counts[0], counts[BINS / 2], counts[BINS - 1]), (1, 1, 2));
        assert_eq!(bins(&[7.0, 7.0]).2[BINS / 2], 2);
        assert_eq!(bins(&[]).2, [0; BINS]);
        for value in [0.0, 1e-120, 1e100, -1e100] {
            let (low, width, counts) = bins(&[value, value]);
            assert!(low < value && value < low + width * BINS as f64, "{value}");
            // In one of the two in the middle.
            assert_eq!(counts[BINS / 2 - 1] + counts[BINS / 2], 2, "{value}");
        }
    }

    #[test]
    fn values_that_cannot_be_drawn_are_told() {
        assert!(picture(&[f64::NAN, 1.0]).contains(", 1 left out"));
        // Their difference is infinite.
        assert!(picture(&[f64::MAX, f64::MIN]).contains(", 2 left out"));
    }

    #[test]
    fn small_and_large_values_have_labels_of_their_size() {
        for (values, shown) in [
            (&[1e-6, 2e-6], &["1.0e-6", "2.0e-6", "mean 1.500e-6, deviation 0.500e-6"]),
            (&[0.0, 4e7], &["2e7", "4e7", "mean 2.00e7, deviation 2.00e7"]),
            (&[-0.5, 0.5], &["-0.5", "0.5", "mean 0.000, deviation 0.500"]),
        ] {
            let picture = picture(values);
            for shown in shown {
                assert!(picture.lines().any(|line| line == *shown), "{shown}: {picture}");
            }
        }
    }

    fn picture(values: &[f64]) -> String {
        Histograms { title: String::new(), arrays: std::vec![("a".into(), values.to_vec())] }.svg().unwrap()
    }
}
