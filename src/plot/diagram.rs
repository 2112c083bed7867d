//! A diagram of a network.

use std::format;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::PlotError;
use super::picture::{BLUE, Canvas, Drawn, INK, svg, text, write};
use crate::network::parameters::Path as Place;
use crate::network::summary::TypeName;
use crate::network::{Layer, Sample, Shape, Summary};

const BOX: (i32, i32) = (380, 52);
const GAP: i32 = 44;
const TOP: i32 = 96;
const LEFT: i32 = 30;

/// One layer, in words, and what is said of it and of those below.
struct Drawing {
    remark: String,
    layer: String,
    parameters: usize,
    output: String,
}

impl<N: Layer<X>, X: Sample> Summary<N, X> {
    /// Writes a picture (`.svg`, `.png`) of the layers from top to bottom, with what flows between them.
    ///
    /// ```no_run
    /// use typenet::prelude::*;
    ///
    /// type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];
    /// Summary::<Network, [f32; 20]>::NEW.plot("network.svg")?;
    /// # Ok::<(), PlotError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PlotError::Format`] for another extension; [`PlotError::File`] where the file cannot be written.
    pub fn plot(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        write(path.as_ref(), &self.svg()?)
    }

    /// The picture of [`plot`](Self::plot) as the text of an SVG file.
    ///
    /// # Errors
    ///
    /// Those of the drawing library.
    pub fn svg(&self) -> Result<String, PlotError> {
        let (mut layers, mut remarks) = (Vec::new(), Vec::new());
        N::describe(&Place::ROOT, &mut |row| {
            if row.remark {
                remarks.push(TypeName(row.layer).to_string());
                return;
            }
            layers.push(Drawing {
                remark: core::mem::take(&mut remarks).join(", "),
                layer: TypeName(row.layer).to_string(),
                parameters: row.parameters + row.statistics,
                output: row.output.to_string(),
            });
        });
        let height = TOP + GAP + (BOX.1 + GAP) * layers.len() as i32 + 24;
        let width = BOX.0 + 2 * LEFT;
        svg((width as u32, height as u32), |area| draw(area, &Shape::<X>::NEW.to_string(), &layers))
    }
}

fn draw(area: &Canvas<'_>, input: &str, layers: &[Drawing]) -> Drawn {
    let total: usize = layers.iter().map(|layer| layer.parameters).sum();
    let middle = LEFT + BOX.0 / 2;
    text(area, "Network", (LEFT, 24), 24, HPos::Left)?;
    text(area, &format!("{} parameters", grouped(total)), (LEFT, 54), 17, HPos::Left)?;
    let mut y = TOP;
    arrow(area, (middle, y), input)?;
    y += GAP;
    for layer in layers {
        // Left of the arrow, so that nothing seems to flow through it.
        if !layer.remark.is_empty() {
            text(area, &layer.remark, (LEFT, y - 12), 16, HPos::Left)?;
        }
        let corners = [(LEFT, y), (LEFT + BOX.0, y + BOX.1)];
        let trained = layer.parameters > 0;
        let color = if trained { RGBColor(221, 234, 244) } else { RGBColor(242, 242, 242) };
        area.draw(&Rectangle::new(corners, color.filled()))?;
        area.draw(&Rectangle::new(corners, if trained { BLUE } else { INK }.stroke_width(1)))?;
        let center = y + BOX.1 / 2;
        text(area, &shortened(&layer.layer), (LEFT + 14, center), 18, HPos::Left)?;
        if trained {
            text(area, &grouped(layer.parameters), (LEFT + BOX.0 - 14, center), 17, HPos::Right)?;
        }
        y += BOX.1;
        arrow(area, (middle, y), &layer.output)?;
        y += GAP;
    }
    Ok(())
}

/// An arrow down, with what flows along it.
fn arrow(area: &Canvas<'_>, (x, y): (i32, i32), label: &str) -> Drawn {
    area.draw(&PathElement::new([(x, y), (x, y + GAP - 8)], INK.stroke_width(2)))?;
    let tip = y + GAP - 1;
    area.draw(&Polygon::new([(x, tip), (x - 6, tip - 11), (x + 6, tip - 11)], INK.filled()))?;
    text(area, label, (x + 14, y + GAP / 2), 16, HPos::Left)
}

/// A long type name would not fit in its box.
fn shortened(name: &str) -> String {
    const FITS: usize = 30;
    if name.chars().count() <= FITS {
        return name.to_string();
    }
    name.chars().take(FITS - 1).chain(['…']).collect()
}

/// A number in groups of three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sequential;
    use crate::activations::Relu;
    use crate::layers::{Dense, L2, Regularized};

    #[test]
    fn layers_and_shapes_are_shown() {
        type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];
        let picture = Summary::<Network, [f32; 20]>::NEW.svg().unwrap();
        for shown in ["(_, 20)", "Dense&lt;20, 128&gt;", "2 688", "Relu", "(_, 128)", "(_, 1)", "2 817 parameters"] {
            assert!(picture.lines().any(|line| line == shown), "{shown}");
        }
    }

    #[test]
    fn nothing_flows_through_a_penalty() {
        let picture = Summary::<Regularized<Dense<20, 128>, L2<1, -4>>, [f32; 20]>::NEW.svg().unwrap();
        let count = |shown: &str| picture.lines().filter(|line| *line == shown).count();
        assert_eq!([count("L2&lt;1, -4&gt;"), count("Dense&lt;20, 128&gt;"), count("(_, 128)")], [1; 3]);
    }

    #[test]
    fn numbers_and_names() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1 000", "1 234 567"]);
        assert_eq!(shortened(&"a".repeat(31)).chars().count(), 30);
        assert_eq!(shortened("Dense<1, 2>"), "Dense<1, 2>");
    }
}
