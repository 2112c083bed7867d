//! What a layer owns and how it is walked.

use core::fmt;

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::network::batch::One;
use crate::network::fingerprint::{Fingerprint, Parts};
use crate::network::init::{Fan, Initializer};
use crate::network::scalar::Scalar;
use crate::network::tensor::Zero;

/// What a layer owns: plain data, and nothing of training.
///
/// An optimizer step is one [`walk`](Parameters::walk) over the parameters and `K` trees of the
/// same form (gradient, moments); the same walk clips, averages and loads. A layer without
/// parameters implements all of this with [`no_parameters!`](crate::no_parameters).
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<2, 3>, BatchNorm<3>];
/// assert_eq!((Network::COUNT, Network::STATISTICS), (2 * 3 + 3 + 3 + 3, 3 + 3));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "a layer has parameters: see the trait `Parameters`",
    note = "a generic function says what its network takes and gives: `N: Layer<[f32; 4], Output = [f32; 1]>`",
    note = "for a struct of your own `typenet::parameters!` or `typenet::no_parameters!` writes it"
)]
pub trait Parameters: Zero + AnyBitPattern + Send + Sync {
    /// The same arrays as the trained parameters. `()` where nothing is trained.
    type Gradient: One + AnyBitPattern;
    /// Scalars that are trained.
    const COUNT: usize;
    /// Scalars that are kept but not trained, such as running statistics.
    const STATISTICS: usize = 0;
    /// What tells this type's weights from those of another.
    const FINGERPRINT: Fingerprint;
    /// The layers of a chain, of which this may be one.
    #[doc(hidden)]
    const PARTS: Parts = Parts::of::<Self>();

    /// Fills weights by the initialiser; biases become 0, scales 1, statistics neutral.
    fn init(&mut self, weights: Initializer, rng: &mut impl Rng);

    /// Shows every array: its name, role and values.
    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor);

    /// Walks every array to be changed, each trained one together with its place in `K` trees.
    fn walk<const K: usize>(&mut self, trees: [&mut Self::Gradient; K], path: &Path<'_>, walker: &mut impl Walker<K>);

    /// What the parameters themselves add to the loss (see [`Regularized`](crate::layers::Regularized)).
    fn penalty(&self) -> f64 {
        0.0
    }

    /// Adds the derivative of the [`penalty`](Parameters::penalty), once a step.
    fn penalize(&mut self, gradient: &mut Self::Gradient) {
        let _ = gradient;
    }

    /// Moves parameters back to where they may be, after each update (see
    /// [`Constrained`](crate::layers::Constrained)).
    fn constrain(&mut self) {}
}

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
    /// Fills an array as [`Parameters::init`] does: a weight by the initialiser, its last dimension
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

/// Sees every array of a network.
///
/// ```
/// use typenet::prelude::*;
///
/// /// The names of all arrays.
/// struct Names(Vec<String>);
///
/// impl Visitor for Names {
///     fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
///         assert_eq!(entry.shape.iter().product::<usize>(), values.len());
///         self.0.push(entry.to_string());
///     }
/// }
///
/// type Network = Sequential![Dense<2, 3>, Relu, Dense<3, 1>];
/// let mut names = Names(Vec::new());
/// Network::ZERO.visit(&Path::ROOT, &mut names);
/// assert_eq!(names.0, ["0.weight", "0.bias", "2.weight", "2.bias"]);
/// ```
pub trait Visitor {
    /// Called once for each array, in the order of the layers.
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]);
}

/// Changes the arrays of a network, together with `K` trees of the gradient's form.
///
/// ```
/// use typenet::prelude::*;
///
/// /// Adds a tree to the network: one step of averaging, or of an optimizer.
/// struct Add;
///
/// impl Walker<1> for Add {
///     fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], [tree]: [&mut [T]; 1]) {
///         for (value, summand) in values.iter_mut().zip(tree) {
///             *value += *summand;
///         }
///     }
/// }
///
/// let mut network = Dense::<2, 3>::ZERO;
/// let mut tree = Dense::<2, 3>::ZERO;
/// tree.bias.fill(0.5);
/// network.walk([&mut tree], &Path::ROOT, &mut Add);
/// assert_eq!(network.bias.as_slice(), [0.5; 3]);
/// ```
pub trait Walker<const K: usize> {
    /// Called once for each trained array, with the same array of each tree.
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], trees: [&mut [T]; K]);

    /// Called once for each array that is measured rather than trained.
    fn statistic<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T]) {
        let _ = (entry, values);
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

/// Implements [`Zero`] and [`Parameters`] for a unit struct that trains nothing.
///
/// ```
/// use typenet::bytemuck::AnyBitPattern;
///
/// #[derive(Clone, Copy, Debug, AnyBitPattern)]
/// #[bytemuck(crate = "typenet::bytemuck")]
/// #[repr(C)]
/// struct Square;
///
/// typenet::no_parameters!(Square);
///
/// #[derive(Clone, Copy, Debug, AnyBitPattern)]
/// #[bytemuck(crate = "typenet::bytemuck")]
/// #[repr(C)]
/// struct Power<const EXPONENT: u32>;
///
/// typenet::no_parameters!(Power<EXPONENT>, const EXPONENT: u32);
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! no_parameters {
    ($layer:ty $(, $($generics:tt)+)?) => {
        impl$(<$($generics)+>)? $crate::network::Zero for $layer {
            // An array of zero bytes of any size is what a unit struct is made of.
            const ZERO: Self = Self;
        }

        impl$(<$($generics)+>)? $crate::network::Parameters for $layer {
            type Gradient = ();
            const COUNT: usize = 0;
            const FINGERPRINT: $crate::network::Fingerprint = $crate::fingerprint_constants!(
                $crate::network::Fingerprint::layer::<Self>(stringify!($layer)); $($($generics)+)?
            );

            fn init(&mut self, _: $crate::network::Initializer, _: &mut impl $crate::rand::Rng) {}

            fn visit(&self, _: &$crate::network::Path<'_>, _: &mut impl $crate::network::Visitor) {}

            fn walk<const K: usize>(&mut self, _: [&mut (); K], _: &$crate::network::Path<'_>, _: &mut impl $crate::network::Walker<K>) {}
        }
    };
}

/// Implements [`Zero`] and [`Parameters`] for a struct of trained tensors, each with its [`Role`] and
/// its shape, outermost dimension first. An array starts as [`Role::init`] says, or by a function
/// named after `=`, which takes the same arguments.
///
/// ```
/// use typenet::bytemuck::AnyBitPattern;
/// use typenet::prelude::*;
///
/// #[derive(Clone, Copy, Debug, AnyBitPattern)]
/// #[bytemuck(crate = "typenet::bytemuck")]
/// #[repr(C)]
/// struct Affine<const IN: usize, const OUT: usize, T: Scalar = f32> {
///     weight: [[T; OUT]; IN],
///     bias: [T; OUT],
/// }
///
/// typenet::parameters!(
///     Affine<IN, OUT, T> { weight: Weight [IN, OUT], bias: Bias [OUT] },
///     const IN: usize, const OUT: usize, T: Scalar
/// );
///
/// assert_eq!(Affine::<3, 2>::COUNT, 8);
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! parameters {
    (@init $role:ident, $($argument:expr),+) => { $crate::network::Role::$role.init($($argument),+) };
    (@init $role:ident = $start:path, $($argument:expr),+) => { $start($($argument),+) };
    ($layer:ty { $($array:ident: $role:ident [$($size:expr),+ $(,)?] $(= $start:path)?),+ $(,)? } $(, $($generics:tt)+)?) => {
        impl$(<$($generics)+>)? $crate::network::Zero for $layer {
            const ZERO: Self = Self { $($array: $crate::network::Zero::ZERO),+ };
        }

        impl$(<$($generics)+>)? $crate::network::Parameters for $layer {
            type Gradient = Self;
            const COUNT: usize = 0 $(+ 1 $(* $size)+)+;
            const FINGERPRINT: $crate::network::Fingerprint = $crate::fingerprint_constants!(
                $crate::network::Fingerprint::layer::<Self>(stringify!($layer))
                    $(.array(stringify!($array), $crate::network::Role::$role, &[$($size),+]))+;
                $($($generics)+)?
            );

            fn init(&mut self, weights: $crate::network::Initializer, rng: &mut impl $crate::rand::Rng) {
                $(
                    let values = $crate::network::Tensor::flat_mut(::core::slice::from_mut(&mut self.$array));
                    $crate::parameters!(@init $role $(= $start)?, values, &[$($size),+], weights, rng);
                )+
            }

            fn visit(&self, path: &$crate::network::Path<'_>, visitor: &mut impl $crate::network::Visitor) {
                $(
                    let values = $crate::network::Tensor::flat(::core::slice::from_ref(&self.$array));
                    let shape = [$($size),+];
                    let place = path.of(stringify!($layer));
                    visitor.array(&place.entry(stringify!($array), $crate::network::Role::$role, &shape), values);
                )+
            }

            fn walk<const K: usize>(
                &mut self,
                mut trees: [&mut Self; K],
                path: &$crate::network::Path<'_>,
                walker: &mut impl $crate::network::Walker<K>,
            ) {
                $(
                    let values = $crate::network::Tensor::flat_mut(::core::slice::from_mut(&mut self.$array));
                    let places = trees.each_mut().map(|tree| {
                        $crate::network::Tensor::flat_mut(::core::slice::from_mut(&mut tree.$array))
                    });
                    let shape = [$($size),+];
                    let place = path.of(stringify!($layer));
                    walker.parameter(&place.entry(stringify!($array), $crate::network::Role::$role, &shape), values, places);
                )+
            }
        }
    };
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
