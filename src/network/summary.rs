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
        writeln!(f, "{:<6} {:<28} {:<16} {:>12}", "#", "Layer", "Output shape", "Parameters")?;
        writeln!(f, "{:-<65}", "")?;
        let mut result = Ok(());
        N::describe(&Path::ROOT, &mut |row| {
            if result.is_ok() {
                result = writeln!(
                    f,
                    "{:<6} {:<28} {:<16} {:>12}",
                    Padded(row.path),
                    Padded(&TypeName(row.layer)),
                    Padded(row.output),
                    row.parameters + row.statistics
                );
            }
        });
        result?;
        writeln!(f, "{:-<65}", "")?;
        writeln!(f, "Trained parameters: {} ({} bytes with statistics)", N::COUNT, size_of::<N>())?;
        write!(f, "Statistics, not trained: {}{}", N::STATISTICS, self.remark)
    }
}

/// Pads anything that can be displayed: a type's own `Display` may ignore the width.
struct Padded<'a, D: ?Sized>(&'a D);

impl<D: fmt::Display + ?Sized> fmt::Display for Padded<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counter = Counter(0);
        fmt::write(&mut counter, format_args!("{}", self.0))?;
        write!(f, "{}", self.0)?;
        let missing = f.width().unwrap_or(0).saturating_sub(counter.0);
        write!(f, "{:missing$}", "")
    }
}

struct Counter(usize);

impl fmt::Write for Counter {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.0 += s.chars().count();
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
