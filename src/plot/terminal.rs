//! The training history as text, for those with no viewer of pictures.

use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

use super::axis::{Axis, drawable, epoch_ticks};
use super::{PlotError, segments};
use crate::train::history::History;

/// Letters that a line has, as a terminal of the usual width.
const WIDTH: usize = 80;
/// Letters from the lower to the upper end of a panel.
const ROWS: usize = 12;
/// Letters of a name that fit above a panel.
const LETTERS: usize = 36;

impl History {
    /// The picture of [`plot`](Self::plot) as text of 80 columns: a panel for each name, with a line for
    /// training and circles for validation.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut history = History::new(["loss"]);
    /// for epoch in 1..=10 {
    ///     let loss = 1.0 / f64::from(epoch);
    ///     history.push(vec![loss], Some(vec![loss + 0.1]));
    /// }
    /// println!("{}", history.text()?);
    /// # Ok::<(), PlotError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PlotError::Empty`] without epochs or names.
    pub fn text(&self) -> Result<String, PlotError> {
        if self.is_empty() || self.names().is_empty() {
            return Err(PlotError::Empty);
        }
        let panels = self.names().iter().map(|name| {
            let training = self.training(name).unwrap_or_default();
            panel(name, &training, &self.validation(name).unwrap_or_default())
        });
        Ok(panels.collect::<Vec<_>>().join("\n\n"))
    }
}

fn panel(name: &str, training: &[f64], validation: &[f64]) -> String {
    let axis = Axis::in_parts(training.iter().chain(validation), 5.0);
    // Where two ticks fall into one row, the higher one is shown.
    let mut labels = vec![String::new(); ROWS];
    for tick in axis.ticks() {
        if let Some(label) = labels.get_mut(place(tick, (axis.high, axis.low), ROWS)) {
            *label = axis.label(tick);
        }
    }
    let margin = labels.iter().map(String::len).max().unwrap_or(0);
    let columns = WIDTH - margin - 2;
    let span = (1.0, training.len().max(2) as f64);

    let mut dots = Dots::new(columns);
    for line in segments(training) {
        dots.line(&line, span, (axis.high, axis.low));
    }
    let mut rows = dots.letters();
    for (epoch, value) in (1_u32..).map(f64::from).zip(validation).filter(|(_, value)| drawable(**value)) {
        let at = (place(epoch, span, columns), place(*value, (axis.high, axis.low), ROWS));
        if let Some(letter) = rows.get_mut(at.1).and_then(|row| row.get_mut(at.0)) {
            *letter = '○';
        }
    }

    let key = if validation.is_empty() { "⠒⠒ training" } else { "⠒⠒ training  ○ validation" };
    let mut text = format!("{:margin$}  {:<LETTERS$}{key:>rest$}", "", shortened(name), rest = columns - LETTERS);
    for (label, row) in labels.iter().zip(rows) {
        let tick = if label.is_empty() { '│' } else { '┤' };
        let row: String = row.into_iter().collect();
        text += format!("\n{label:>margin$} {tick}{}", row.trim_end()).as_str();
    }
    let line = "─".repeat(columns - 6);
    format!("{text}\n{:margin$} └{line} epoch\n{:margin$}  {}", "", "", epochs(training.len(), span, columns))
}

/// The epochs, each below its place. One that would touch the one before is left out.
fn epochs(last: usize, span: (f64, f64), columns: usize) -> String {
    let mut line = String::new();
    for epoch in epoch_ticks(last) {
        let label = format!("{epoch:.0}");
        let middle = place(epoch, span, columns);
        let start = middle.saturating_sub(label.len() / 2).min(columns - label.len());
        if line.is_empty() || start > line.len() {
            line += &" ".repeat(start - line.len());
            line += &label;
        }
    }
    line
}

/// Which of `count` places from one end to the other a value is at.
fn place(value: f64, (first, last): (f64, f64), count: usize) -> usize {
    ((value - first) / (last - first) * (count - 1) as f64).round() as usize
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LETTERS {
        return name.into();
    }
    name.chars().take(LETTERS - 1).chain(['…']).collect()
}

/// Dots of Braille letters: two beside each other and four below each other in a letter.
struct Dots {
    width: usize,
    set: Vec<bool>,
}

impl Dots {
    fn new(columns: usize) -> Self {
        Self { width: 2 * columns, set: vec![false; 8 * columns * ROWS] }
    }

    /// A line from point to point: in each column of dots, those from its height to that of the next.
    fn line(&mut self, points: &[(f64, f64)], across: (f64, f64), down: (f64, f64)) {
        let place = |(x, y): (f64, f64)| (place(x, across, self.width), place(y, down, 4 * ROWS));
        let places: Vec<_> = points.iter().copied().map(place).collect();
        for pair in places.windows(2) {
            let &[(left, from), (right, to)] = pair else { continue };
            let height = |x: usize| {
                let share = (x.min(right) - left) as f64 / (right - left).max(1) as f64;
                (from as f64 + share * (to as f64 - from as f64)).round() as usize
            };
            for x in left..=right {
                // Of a line that falls or climbs by several dots, none is missing between two columns.
                let (y, next) = (height(x), if left == right { to } else { height(x + 1) });
                let (low, high) = if next > y { (y, y.max(next - 1)) } else { (y.min(next + 1), y) };
                (low..=high).for_each(|y| self.dot(x, y));
            }
        }
        places.iter().for_each(|(x, y)| self.dot(*x, *y));
    }

    fn dot(&mut self, x: usize, y: usize) {
        if let Some(dot) = self.set.get_mut(y * self.width + x) {
            *dot = true;
        }
    }

    fn letters(&self) -> Vec<Vec<char>> {
        // The bits of the dots of a letter, row by row (Unicode, block "Braille Patterns").
        const BITS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        let dot = |x: usize, y: usize| self.set.get(y * self.width + x).copied().unwrap_or(false);
        let letter = |row: usize, column: usize| {
            let bits = BITS.iter().enumerate().flat_map(|(y, bits)| {
                bits.iter().enumerate().map(move |(x, bit)| if dot(2 * column + x, 4 * row + y) { *bit } else { 0 })
            });
            match bits.sum() {
                0 => ' ',
                bits => char::from_u32(0x2800 + bits).unwrap_or(' '),
            }
        };
        (0..ROWS).map(|row| (0..self.width / 2).map(|column| letter(row, column)).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(epochs: usize, validation: bool) -> History {
        let mut history = History::new(["loss", &"long ".repeat(20)]);
        for epoch in 1..=epochs {
            let loss = 1.0 / epoch as f64;
            history.push(vec![loss, 1e6 * loss], validation.then(|| vec![1.1 * loss, 1.0]));
        }
        history
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        for epochs in [1, 2, 7, 38, 39, 40, 250, 1000, 12_345] {
            let text = history(epochs, true).text().unwrap();
            let widths: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
            assert!(widths.iter().all(|width| *width <= WIDTH), "{text}");
            assert_eq!(widths.len(), 2 * (ROWS + 3) + 1, "{text}");
            assert!(text.contains('○'));
        }
        assert!(!history(3, false).text().unwrap().contains("validation"));
        assert!(matches!(history(0, true).text(), Err(PlotError::Empty)));
    }

    #[test]
    fn values_are_where_the_labels_say() {
        let mut history = History::new(["loss"]);
        for loss in [0.0, 1.0, f64::NAN, 0.5] {
            history.push(vec![f64::NAN], Some(vec![loss]));
        }
        let text = history.text().unwrap();
        let row = |label: &str| text.lines().find(|line| line.trim_start().starts_with(label)).unwrap();
        let place = |line: &str| line.chars().position(|letter| letter == '○');
        // The first epoch at the left end, the last at the right one.
        assert_eq!(place(row("0.0 ┤")), Some(5));
        assert_eq!(place(row("1.0 ┤")), Some(5 + 25));
        assert_eq!(text.matches('○').count(), 4, "{text}");
        assert_eq!(place(row("0.5 ┤")), Some(WIDTH - 1));
    }

    #[test]
    fn lines_have_no_gap() {
        let mut dots = Dots::new(10);
        dots.line(&[(0.0, 0.0), (3.0, 1.0), (4.0, 0.2), (9.0, 0.2)], (0.0, 9.0), (1.0, 0.0));
        let set = |x: usize, y: usize| dots.set[y * dots.width + x];
        for x in 0..19 {
            let touches = |y: usize| (y.saturating_sub(1)..=y + 1).any(|next| next < 4 * ROWS && set(x + 1, next));
            assert!((0..4 * ROWS).any(|y| set(x, y)), "column {x}");
            assert!((0..4 * ROWS).filter(|y| set(x, *y)).any(touches), "columns {x} and {}", x + 1);
        }
        // The letter of all dots of its left half.
        let mut dots = Dots::new(2);
        (0..4).for_each(|y| dots.dot(0, y));
        assert_eq!(dots.letters()[0], ['⡇', ' ']);
    }
}
