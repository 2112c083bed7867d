//! The arrays of a network by their names.

use core::fmt;

use rand::Rng;

use crate::network::init::{Fan, Initializer};
use crate::network::scalar::Scalar;

/// What an array of a layer is for. Weight decay and penalties look at it.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut scale = [0.0_f32; 3];
/// Role::Scale.init(&mut scale, &[3], Initializer::default(), &mut seeded(1));
/// assert_eq!(scale, [1.0; 3]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Multiplies inputs, and is initialised at random.
    Weight,
    /// Is added, and starts at 0.
    Bias,
    /// Scales a normalised value, and starts at 1.
    Scale,
    /// Is measured, not trained: running means and variances.
    Statistic,
}

impl Role {
    /// Fills an array as [`Parameters::init`](crate::network::Parameters::init) does: a weight by the initialiser, its last dimension
    /// being the outputs; a scale with 1, all else with 0.
    pub fn init<T: Scalar>(self, values: &mut [T], shape: &[usize], weights: Initializer, rng: &mut impl Rng) {
        match self {
            Self::Weight => {
                let output = shape.last().copied().unwrap_or(1);
                let input = values.len() / output.max(1);
                weights.fill(values, output, Fan { input, output }, rng);
            }
            Self::Scale => values.fill(T::ONE),
            Self::Bias | Self::Statistic => values.fill(T::ZERO),
        }
    }
}

/// One array of a network, as a visitor sees it. Displays its full name: `2.weight`.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Where the layer sits.
    pub path: Path<'a>,
    /// The array's name within its layer.
    pub name: &'static str,
    /// What it is for.
    pub role: Role,
    /// Its dimensions, outermost first; the values are in this order in memory.
    pub shape: &'a [usize],
}

impl Entry<'_> {
    /// The bytes of what it displays, from the last to the first: without a formatter, which calls through pointers.
    pub(crate) fn tell_backwards(&self, tell: &mut impl FnMut(u8)) {
        self.name.bytes().rev().for_each(&mut *tell);
        // The outermost path has no segment. Ends: there, since a path borrows from the one that it is in.
        let held = core::iter::successors(Some(&self.path), |path| path.parent).filter(|path| path.parent.is_some());
        for path in held {
            tell(b'.');
            match path.segment {
                Segment::Name(name) => name.bytes().rev().for_each(&mut *tell),
                Segment::Index(index) => {
                    // Ends: each digit makes the rest smaller.
                    let digits = core::iter::successors(Some(index), |left| Some(left / 10).filter(|left| *left > 0));
                    digits.for_each(|left| tell(b'0' + (left % 10) as u8));
                }
            }
        }
    }
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)?;
        if self.path.parent.is_some() {
            f.write_str(".")?;
        }
        f.write_str(self.name)
    }
}

/// Where a layer sits in a network: a list from the layer up to the root, on the stack.
///
/// ```
/// use typenet::prelude::*;
///
/// let (head, tail) = Path::ROOT.split();
/// let (second, _) = tail.split();
/// assert_eq!((head.to_string(), second.to_string()), ("0".into(), "1".into()));
/// assert_eq!(head.entry("weight", Role::Weight, &[2, 3]).to_string(), "0.weight");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment,
    /// The rest of a sequence: the next element takes the segment itself.
    open: bool,
    layer: &'static str,
    heads: usize,
}

#[derive(Clone, Copy, Debug)]
enum Segment {
    Index(usize),
    Name(&'static str),
}

impl<'a> Path<'a> {
    /// The network itself.
    pub const ROOT: Path<'static> = Path { parent: None, segment: Segment::Name(""), open: false, layer: "", heads: 0 };

    /// A named part of the layer at this path.
    #[must_use]
    pub const fn child(&'a self, name: &'static str) -> Path<'a> {
        Path { parent: Some(self), segment: Segment::Name(name), open: false, layer: "", heads: 0 }
    }

    /// The layer of a number among the parts of the layer at this path.
    #[must_use]
    pub const fn element(&'a self, index: usize) -> Path<'a> {
        Path { parent: Some(self), segment: Segment::Index(index), open: false, layer: "", heads: 0 }
    }

    /// The same place for a layer that holds another: its inner sequence counts from 0 again.
    #[must_use]
    pub const fn closed(&self) -> Path<'a> {
        Path { open: false, layer: "", heads: 0, ..*self }
    }

    /// The paths of the first element of a sequence and of what follows it.
    #[must_use]
    pub const fn split(&'a self) -> (Path<'a>, Path<'a>) {
        (self.after(0).closed(), self.after(1))
    }

    /// The path of what follows so many elements of a sequence.
    pub(crate) const fn after(&'a self, elements: usize) -> Path<'a> {
        let (parent, index) = match (self.open, self.segment) {
            (true, Segment::Index(index)) => (self.parent, index),
            _ => (Some(self), 0),
        };
        Path { parent, segment: Segment::Index(index + elements), open: true, layer: "", heads: 0 }
    }

    /// The same place, with the name of the layer's type: what tells a visitor how the arrays of the
    /// layer are to be read. [`parameters!`](crate::parameters) gives it.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let path = Path::ROOT.element(3).of("Dense");
    /// assert_eq!((path.to_string(), path.layer()), ("3".into(), "Dense"));
    /// assert_eq!(path.child("query").parent().map(Path::layer), Some("Dense"));
    /// ```
    #[must_use]
    pub const fn of(&self, layer: &'static str) -> Path<'a> {
        Path { layer, ..*self }
    }

    /// The same place, with the number of heads that a layer cuts its features into.
    #[must_use]
    pub const fn with_heads(&self, heads: usize) -> Path<'a> {
        Path { heads, ..*self }
    }

    /// The name of the layer's type at this path, without its parameters; empty where it is not said.
    #[must_use]
    pub fn layer(&self) -> &'static str {
        let name = self.layer.split('<').next().unwrap_or_default();
        name.rsplit("::").next().unwrap_or_default().trim_ascii()
    }

    /// The number of heads that the layer at this path cuts its features into; 0 where it is not said.
    #[must_use]
    pub const fn heads(&self) -> usize {
        self.heads
    }

    /// The path of what holds the layer at this path.
    #[must_use]
    pub const fn parent(&self) -> Option<&'a Path<'a>> {
        self.parent
    }

    /// The name that the layer at this path has in what holds it; empty for a number, and for the network.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.segment {
            Segment::Name(name) => name,
            Segment::Index(_) => "",
        }
    }

    /// An array of the layer at this path.
    #[must_use]
    pub const fn entry(&self, name: &'static str, role: Role, shape: &'a [usize]) -> Entry<'a> {
        Entry { path: *self, name, role, shape }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parent) = self.parent else { return Ok(()) };
        parent.fmt(f)?;
        if parent.parent.is_some() {
            f.write_str(".")?;
        }
        match self.segment {
            Segment::Index(index) => write!(f, "{index}"),
            Segment::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_starts_as_its_role_says() {
        let rng = &mut crate::network::seeded(1);
        let mut start = |role: Role| {
            let mut values = [7.0_f64; 4];
            role.init(&mut values, &[2, 2], Initializer::Constant(0.25), rng);
            values
        };
        assert_eq!(start(Role::Weight), [0.25; 4]);
        assert_eq!(start(Role::Scale), [1.0; 4]);
        assert_eq!(start(Role::Bias), [0.0; 4]);
        assert_eq!(start(Role::Statistic), [0.0; 4]);
    }

    #[test]
    fn the_outputs_of_a_weight_are_its_last_dimension() {
        // The limit of He's uniform distribution is sqrt(6 / inputs).
        for (shape, inputs) in [([1000, 10], 1000.0), ([10, 1000], 10.0)] {
            let mut values = [0.0_f64; 10_000];
            Role::Weight.init(&mut values, &shape, Initializer::HeUniform, &mut crate::network::seeded(1));
            let largest = values.iter().fold(0.0_f64, |a, w| a.max(w.abs()));
            assert!((largest / libm::sqrt(6.0 / inputs) - 1.0).abs() < 0.01, "{shape:?} {largest}");
        }
    }

    #[test]
    fn names_from_their_ends() {
        let (root, name) = (Path::ROOT, "weight");
        let (twelfth, named) = (root.element(12), root.child("encoder"));
        for path in [root, twelfth, named, twelfth.element(0), named.element(105), twelfth.child("inner")] {
            let entry = path.entry(name, Role::Weight, &[]);
            let mut bytes = Vec::new();
            entry.tell_backwards(&mut |byte| bytes.push(byte));
            bytes.reverse();
            assert_eq!(String::from_utf8(bytes).unwrap(), entry.to_string());
        }
    }
}
