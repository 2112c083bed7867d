//! Pictures as PNG.

use core::ops::RangeInclusive;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::PlotError;

/// A font of which it is known that the labels fit, whatever fonts the system has.
const FONT: &[u8] = include_bytes!("fonts/DejaVuSans.ttf");

/// What the font has beside ASCII, as its licence file says; and signs that compose a letter with the one before them.
const LETTERS: [RangeInclusive<char>; 10] = [
    '\u{A0}'..='\u{24F}',
    '\u{300}'..='\u{36F}',
    '\u{370}'..='\u{3FF}',
    '\u{400}'..='\u{45F}',
    '\u{2010}'..='\u{2027}',
    '\u{2030}'..='\u{203A}',
    '\u{2070}'..='\u{209C}',
    '\u{20AC}'..='\u{20AC}',
    '\u{2190}'..='\u{21FF}',
    '\u{2200}'..='\u{22FF}',
];

/// A letter, or what shows that the font has none: nothing would be drawn.
fn drawable(letter: char) -> char {
    if letter.is_ascii() || LETTERS.iter().any(|range| range.contains(&letter)) { letter } else { '?' }
}

/// Pixels to a unit of the SVG file: sharp on a screen that is fine, or when it is printed.
const SCALE: f32 = 2.0;

/// The most pixels of a picture, 256 MB in memory.
const LARGEST: f32 = (1 << 26) as f32;

/// The bytes of a PNG file of an SVG picture.
pub(super) fn png(picture: &str) -> Result<Vec<u8>, PlotError> {
    let failed = |problem: &dyn core::fmt::Display| PlotError::Draw(problem.to_string());
    let mut options = Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_font_data(FONT.to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    // Beyond ASCII there are labels only.
    let picture: String = picture.chars().map(drawable).collect();
    let tree = Tree::from_str(&picture, &options).map_err(|error| failed(&error))?;
    let size = tree.size();
    if SCALE * SCALE * size.width() * size.height() > LARGEST {
        return Err(failed(&format!("{} x {} is too large for a PNG: SVG has no limit", size.width(), size.height())));
    }
    let [width, height] = [size.width(), size.height()].map(|length| (SCALE * length) as u32);
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| failed(&"it is empty"))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::History;

    /// The darkest grey of a part of a picture, from 0 to 255.
    fn darkest(pixels: &Pixmap, columns: core::ops::Range<u32>, rows: core::ops::Range<u32>) -> u8 {
        let at = rows.flat_map(|y| columns.clone().map(move |x| (x, y)));
        at.filter_map(|(x, y)| pixels.pixel(x, y)).map(|pixel| pixel.red()).min().unwrap()
    }

    #[test]
    fn a_picture_that_fits_no_memory_is_an_error() {
        let picture = r#"<svg xmlns="http://www.w3.org/2000/svg" width="90000" height="90000"></svg>"#;
        let error = png(picture).unwrap_err();
        assert!(error.to_string().contains("90000 x 90000 is too large for a PNG"), "{error}");
    }

    #[test]
    fn every_letter_is_drawn_or_shown_to_be_missing() {
        let drawn = |letters: &str| {
            let picture = format!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30"><text x="5" y="20" font-size="16"
                font-family="sans-serif">{letters}</text></svg>"#
            );
            png(&picture).unwrap()
        };
        let (nothing, missing) = (drawn(""), drawn("?"));
        for letter in ["ü", "ſ", "α", "Ж", "џ", "…", "₂", "€", "→", "∞"] {
            assert!(drawn(letter) != nothing && drawn(letter) != missing, "{letter}");
        }
        // Of two signs, as some systems write it.
        assert_eq!(drawn("u\u{308}"), drawn("ü"));
        for letter in ["Ґ", "ẞ", "日", "ש", "😀", "\u{FFFD}"] {
            assert_eq!(drawn(letter), missing, "{letter}");
        }
    }

    #[test]
    fn lines_and_letters_are_drawn() {
        let mut history = History::new(["loss"]);
        history.push(vec![0.5], Some(vec![0.6]));
        history.push(vec![0.25], Some(vec![0.5]));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.png");
        history.plot(&path).unwrap();
        let pixels = Pixmap::decode_png(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (960, 848));
        // White at the corner; the title, which only a font can have drawn; the line in the key.
        assert_eq!(darkest(&pixels, 0..20, 0..20), 255);
        assert!(darkest(&pixels, 40..400, 20..60) < 80);
        assert_eq!(pixels.pixel(100, 96).map(|pixel| (pixel.red(), pixel.green(), pixel.blue())), Some((0, 114, 178)));
    }
}
