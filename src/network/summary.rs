//! The table of a network's layers.

use core::fmt;
use core::marker::PhantomData;

use crate::network::layer::Layer;
use crate::network::parameters::Path;
use crate::network::tensor::{Sample, Shape};

/// One line of a summary.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut parameters = Vec::new();
/// <Sequential![Dense<2, 3>, Relu, Dense<3, 1>] as Layer<[f32; 2]>>::describe(&Path::ROOT, &mut |row| {
///     parameters.push(row.parameters);
/// });
/// assert_eq!(parameters, [9, 0, 4]);
/// ```
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Where the layer sits.
    pub path: &'a Path<'a>,
    /// The layer's full type name.
    pub layer: &'static str,
    /// Its input shape.
    pub input: &'a dyn fmt::Display,
    /// Its output shape.
    pub output: &'a dyn fmt::Display,
    /// Its trained parameters.
    pub parameters: usize,
    /// Its measured statistics.
    pub statistics: usize,
    /// Whether it does nothing to samples itself, but says something of the layers in the rows below.
    pub remark: bool,
}

impl<'a> Row<'a> {
    /// The row of a layer at a path.
    #[must_use]
    pub fn new<L: Layer<X>, X: Sample>(path: &'a Path<'a>) -> Self {
        const fn shape<Y: Sample>() -> &'static Shape<Y> {
            const { &Shape::NEW }
        }
        Self {
            path,
            layer: core::any::type_name::<L>(),
            input: shape::<X>(),
            output: shape::<L::Output>(),
            parameters: L::COUNT,
            statistics: L::STATISTICS,
            remark: false,
        }
    }
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.path, self.layer, self.output, self.parameters)
    }
}

/// The table that Keras calls a summary: layer, output shape, parameters, totals.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<20, 8>, Relu, BatchNorm<8>, Dense<8, 1>];
/// println!("{}", Summary::<Network, [f32; 20]>::NEW);
/// ```
pub struct Summary<N, X> {
    network: PhantomData<(N, X)>,
    /// A last line; empty for none.
    remark: &'static str,
}

impl<N: Layer<X>, X: Sample> Summary<N, X> {
    /// The summary of network `N` on inputs `X`.
    pub const NEW: Self = Self { network: PhantomData, remark: "" };

    /// The same with what is to be said of the network and a loss on logits.
    #[cfg(feature = "alloc")]
    pub(crate) fn for_logits(self) -> Self {
        let mut last = "";
        N::describe(&Path::ROOT, &mut |row| last = row.layer);
        let remark = if last.ends_with("::Sigmoid") {
            "\nThe loss is for logits, but the network ends with Sigmoid: one of them is too many."
        } else if last.ends_with("::Softmax") {
            "\nThe loss is for logits, but the network ends with Softmax: one of them is too many."
        } else {
            ""
        };
        Self { remark, ..self }
    }
}

impl<N: Layer<X>, X: Sample> fmt::Debug for Summary<N, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<N: Layer<X>, X: Sample> fmt::Display for Summary<N, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header: [&dyn fmt::Display; 4] = [&"#", &"Layer", &"Output shape", &"Parameters"];
        // Columns are as wide as what is in them.
        let mut widths = header.map(letters);
        each_row::<N, X>(|cells| {
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = letters(cell).max(*width);
            }
        });
        let rule = widths.iter().sum::<usize>() + 2 * (widths.len() - 1);
        let mut result = write_row(f, widths, header).and_then(|()| writeln!(f, "{:-<rule$}", ""));
        each_row::<N, X>(|cells| {
            if result.is_ok() {
                result = write_row(f, widths, cells);
            }
        });
        result?;
        writeln!(f, "{:-<rule$}", "")?;
        writeln!(f, "Trained parameters: {} ({} bytes with statistics)", N::COUNT, size_of::<N>())?;
        write!(f, "Statistics, not trained: {}{}", N::STATISTICS, self.remark)
    }
}

/// Calls with the cells of each layer's row.
fn each_row<N: Layer<X>, X: Sample>(mut call: impl FnMut([&dyn fmt::Display; 4])) {
    N::describe(&Path::ROOT, &mut |row| {
        let parameters = row.parameters + row.statistics;
        call([row.path, &Cut(&TypeName(row.layer)), row.output, &parameters]);
    });
}

/// Texts stand at the left of their columns, the last one, a number, at the right. A cell may ignore the width that it
/// is given.
fn write_row(f: &mut fmt::Formatter<'_>, widths: [usize; 4], cells: [&dyn fmt::Display; 4]) -> fmt::Result {
    let [.., number] = cells;
    let [.., last] = widths;
    for (cell, width) in cells.into_iter().zip(widths).take(3) {
        let missing = width.saturating_sub(letters(cell)) + 2;
        write!(f, "{cell}{:missing$}", "")?;
    }
    writeln!(f, "{:1$}{number}", "", last.saturating_sub(letters(number)))
}

/// How many letters it takes to display.
fn letters(shown: &dyn fmt::Display) -> usize {
    let mut letters = Letters { written: 0, room: usize::MAX, to: &mut Nowhere };
    let _ = fmt::write(&mut letters, format_args!("{shown}"));
    letters.written
}

/// The type of a network in one row may have hundreds of letters: so many are shown.
const LONGEST: usize = 48;

/// Displays no more than [`LONGEST`] letters.
struct Cut<'a>(&'a dyn fmt::Display);

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if letters(self.0) <= LONGEST {
            return self.0.fmt(f);
        }
        fmt::write(&mut Letters { written: 0, room: LONGEST - 2, to: f }, format_args!("{}", self.0))?;
        f.write_str("..")
    }
}

/// Counts letters, and passes on those that there is room for.
struct Letters<'a> {
    written: usize,
    room: usize,
    to: &'a mut dyn fmt::Write,
}

impl fmt::Write for Letters<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            self.written += 1;
            if self.written <= self.room {
                self.to.write_char(letter)?;
            }
        }
        Ok(())
    }
}

struct Nowhere;

impl fmt::Write for Nowhere {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        Ok(())
    }
}

/// A type name without the modules: `typenet::layers::dense::Dense<2, 3>` becomes `Dense<2, 3>`.
pub(crate) struct TypeName(pub &'static str);

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delimiter = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
        let mut rest = self.0;
        // Ends: each round takes the delimiter that was found.
        while let Some(at) = rest.find(delimiter) {
            let (name, tail) = rest.split_at(at);
            f.write_str(name.rsplit("::").next().unwrap_or(name))?;
            let mut characters = tail.chars();
            if let Some(c) = characters.next() {
                write!(f, "{c}")?;
            }
            rest = characters.as_str();
        }
        f.write_str(rest.rsplit("::").next().unwrap_or(rest))
    }
}
