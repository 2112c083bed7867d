//! Weights as source code.

use core::fmt;

use crate::deployment::weights::Weights;
use crate::deployment::weights::arrays::Arrays;
use crate::kernel::rows::in_blocks;
use crate::network::summary::TypeName;
use crate::network::{Entry, Parameters, Path, Scalar, Visitor};

impl<N: Parameters> Weights<N> {
    /// Writes the weights as a Rust expression, whose value is the network, for those who prefer a
    /// source file to a binary one:
    ///
    /// ```text
    /// static NETWORK: Network = include!("network.rs");
    /// ```
    ///
    /// It does not compile where `Network` has become another type.
    ///
    /// # Errors
    ///
    /// An error of the formatter, or where the network's numbers are not finite, are of several types or do not
    /// lie in memory in the order of its arrays.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut source = String::new();
    /// Weights::write_source(&Dense { weight: [[0.5_f32], [0.1]].into(), bias: [-1.0].into() }, &mut source)?;
    /// assert_eq!(source, "\
    /// // Written by typenet: `Dense<2, 1>`, 3 numbers.
    /// typenet::deployment::from_source::<_, f32, _>(0xb3c92cdce7ca9476, [
    ///     // weight: 2 x 1
    ///     0.5, 0.1,
    ///     // bias: 1
    ///     -1.0,
    /// ])
    /// ");
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    pub fn write_source(network: &N, f: &mut impl fmt::Write) -> fmt::Result {
        let arrays = Arrays::of(network).map_err(|_| fmt::Error)?;
        let Some(scalar) = arrays.scalar().filter(|_| arrays.finite().is_ok()) else { return Err(fmt::Error) };
        let name = TypeName(core::any::type_name::<N>());
        writeln!(f, "// Written by typenet: `{name}`, {} numbers.", N::COUNT + N::STATISTICS)?;
        let fingerprint = N::FINGERPRINT.value();
        writeln!(f, "typenet::deployment::from_source::<_, {scalar}, _>({fingerprint:#018x}, [")?;
        let mut source = Source { f, result: Ok(()) };
        network.visit(&Path::ROOT, &mut source);
        source.result?;
        writeln!(f, "])")
    }
}

/// The network from its numbers, in the order of its arrays: what
/// [`Weights::write_source`] writes.
///
/// # Panics
///
/// Where the fingerprint is not that of `N`; in a constant or a `static` the program does not
/// compile.
#[must_use]
#[expect(clippy::panic, reason = "in a constant: the program does not compile")]
pub const fn from_source<N: Parameters, T: Scalar, const LEN: usize>(fingerprint: u64, numbers: [T; LEN]) -> N {
    if N::FINGERPRINT.value() != fingerprint {
        panic!("the weights are those of another network: export them again");
    }
    bytemuck::must_cast(numbers)
}

/// Writes the arrays as source code.
struct Source<'a, F> {
    f: &'a mut F,
    result: fmt::Result,
}

impl<F: fmt::Write> Visitor for Source<'_, F> {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
        if self.result.is_ok() {
            self.result = self.write(entry, values);
        }
    }
}

impl<F: fmt::Write> Source<'_, F> {
    fn write<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) -> fmt::Result {
        write!(self.f, "    // {entry}: ")?;
        for (index, size) in entry.shape.iter().enumerate() {
            write!(self.f, "{}{size}", if index == 0 { "" } else { " x " })?;
        }
        for line in in_blocks(values, 8) {
            write!(self.f, "\n   ")?;
            for value in line {
                // The shortest digits that mean exactly this number.
                write!(self.f, " {value:?},")?;
            }
        }
        writeln!(self.f)
    }
}
