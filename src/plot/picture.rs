//! What all pictures share.

use std::fs;
use std::io;
use std::path::Path;
use std::string::{String, ToString};

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::PlotError;
use crate::data::FileError;

pub(super) type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

/// Of the palette of Okabe and Ito, whose colours the colour-blind can tell apart.
pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(super) const VERMILION: RGBColor = RGBColor(213, 94, 0);
pub(super) const INK: RGBColor = RGBColor(51, 51, 51);
pub(super) const GRID: RGBColor = RGBColor(225, 225, 225);

pub(super) fn font(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK)
}

/// Text whose place is given by its middle left, its middle or its middle right.
pub(super) fn text(area: &Canvas<'_>, text: &str, at: (i32, i32), size: u32, side: HPos) -> Drawn {
    area.draw(&Text::new(text.to_string(), at, font(size).pos(Pos::new(side, VPos::Center))))
}

/// The text of an SVG file of this size, on white.
pub(super) fn svg(size: (u32, u32), draw: impl FnOnce(&Canvas<'_>) -> Drawn) -> Result<String, PlotError> {
    let mut picture = String::new();
    let drawn = (|| {
        let root = SVGBackend::with_string(&mut picture, size).into_drawing_area();
        root.fill(&WHITE)?;
        draw(&root)?;
        root.present()
    })();
    drawn.map_err(|error| PlotError::Draw(error.to_string()))?;
    Ok(picture)
}

/// Writes the text of an SVG file in the format that the extension says.
pub(super) fn write(path: &Path, picture: &str) -> Result<(), PlotError> {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let file = || path.display().to_string();
    let written = match extension.as_str() {
        "svg" => fs::write(path, picture),
        #[cfg(feature = "png")]
        "png" => fs::write(path, super::png::png(picture)?),
        _ => return Err(PlotError::Format { file: file() }),
    };
    Ok(written.map_err(|source| FileError::writing(file(), source))?)
}
