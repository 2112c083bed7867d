//! What a layer owns and how it is walked.

use core::fmt;

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::network::batch::One;
use crate::network::fingerprint::{Fingerprint, Parts};
use crate::network::init::{Fan, Initializer};
use crate::network::scalar::Scalar;
use crate::network::tensor::{Tensor, Zero};

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

/// A part of each of the trees of a [`walk`](Parameters::walk). The part is told by a pointer to a function: a closure
/// within a walk would be another for each walker, and code would be made anew for it.
#[doc(hidden)]
#[inline(always)]
pub fn each_part<'a, T, P, const K: usize>(trees: &'a mut [&mut T; K], part: fn(&mut T) -> &mut P) -> [&'a mut P; K] {
    trees.each_mut().map(|tree| part(tree))
}

/// An array of each of the trees of a [`walk`](Parameters::walk), as [`each_part`], with less for the compiler to do.
#[doc(hidden)]
#[inline(always)]
pub fn each_array<'a, T, S, const K: usize>(
    trees: &'a mut [&mut T; K],
    array: fn(&mut T) -> &mut [S],
) -> [&'a mut [S]; K] {
    let mut arrays = empty();
    let mut trees = trees.iter_mut();
    for found in &mut arrays {
        if let Some(tree) = trees.next() {
            *found = array(tree);
        }
    }
    arrays
}

/// Is the same function for all trees.
#[inline]
fn empty<'a, S, const K: usize>() -> [&'a mut [S]; K] {
    core::array::from_fn(|_| &mut [][..])
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
        // The outermost path has no segment.
        let held = core::iter::successors(Some(&self.path), |path| path.parent).filter(|path| path.parent.is_some());
        for path in held {
            tell(b'.');
            match path.segment {
                Segment::Name(name) => name.bytes().rev().for_each(&mut *tell),
                Segment::Index(index) => {
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

    /// Called with what a layer computes with and no array tells, where frameworks differ: an epsilon, a slope. It
    /// comes where the layer is in the order, and [`Path::layer`] is the layer's name.
    fn constant(&mut self, layer: &Path<'_>, name: &'static str, value: f64) {
        let _ = (layer, name, value);
    }
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

/// Implements [`Zero`] and [`Parameters`] for a unit struct that trains nothing. In braces after its name: the
/// constants that a [`Visitor`] is told, `{ slope: Self::SLOPE }`.
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
    ($layer:ty $({ $($constant:ident: $value:expr),+ $(,)? })? $(, $($generics:tt)+)?) => {
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

            fn visit(&self, _path: &$crate::network::Path<'_>, _visitor: &mut impl $crate::network::Visitor) {
                $($(_visitor.constant(&_path.of(stringify!($layer)), stringify!($constant), $value);)+)?
            }

            // A name that no layer gives a size.
            fn walk<const WALKED_TREES: usize>(
                &mut self,
                _: [&mut (); WALKED_TREES],
                _: &$crate::network::Path<'_>,
                _: &mut impl $crate::network::Walker<WALKED_TREES>,
            ) {
            }
        }
    };
}

/// Refuses a shape that is not that of the array. Neighbouring dimensions may be told as one: `[IN, 4 * N]` for
/// `[[[T; N]; 4]; IN]`.
#[doc(hidden)]
pub const fn assert_told<L, X: Tensor>(_: fn(&L) -> &X, told: &[usize]) {
    /// `size` is what the dimensions that come next must multiply to, `told` the sizes after it.
    const fn agrees(dimensions: &[usize], size: usize, told: &[usize]) -> bool {
        match (dimensions, told) {
            ([] | [0, ..], _) => false,
            ([first, inner @ ..], [next, told @ ..]) if *first == size => agrees(inner, *next, told),
            // Behind the last size there may be dimensions of 1.
            ([first, inner @ ..], []) if *first == size => {
                matches!(inner, [] | [0, ..]) || matches!(inner, [1, ..]) && agrees(inner, 1, told)
            }
            ([first, inner @ ..], _) => size.is_multiple_of(*first) && agrees(inner, size / *first, told),
        }
    }
    let as_told = match told {
        [size, told @ ..] => agrees(&X::DIMENSIONS, *size, told),
        [] => X::RANK == 0,
    };
    // An empty array has no order, and a tensor of another crate may not say its dimensions.
    let silent = matches!(X::DIMENSIONS, [0, ..]) && X::RANK > 0 || X::LEN == 0;
    assert!(
        silent || as_told,
        "`parameters!` is told another shape than its array has: sizes go from the outermost dimension to the innermost"
    );
}

/// A field: where it starts, its size and its alignment.
#[doc(hidden)]
pub const fn field<L, X>(_: fn(&L) -> &X, offset: usize) -> [usize; 3] {
    [offset, size_of::<X>(), align_of::<X>()]
}

/// Refuses a struct whose fields do not lie as C lays them: weights are read from plain bytes.
#[doc(hidden)]
pub const fn assert_laid_out<L>(fields: &[[usize; 3]]) {
    const fn end(fields: &[[usize; 3]], before: usize) -> Option<usize> {
        match fields {
            [] => Some(before),
            [[offset, size, align], rest @ ..] if *offset == before.next_multiple_of(*align) => {
                end(rest, offset.saturating_add(*size))
            }
            _ => None,
        }
    }
    let whole = match end(fields, 0) {
        Some(end) => end.next_multiple_of(align_of::<L>()) == size_of::<L>(),
        None => false,
    };
    assert!(whole, "a layer of `parameters!` needs `#[repr(C)]`, and its fields in the order in which they are named");
}

/// Implements [`Zero`] and [`Parameters`] for a struct of trained tensors, each with its [`Role`] and
/// its shape, outermost dimension first. An array starts as [`Role::init`] says, or by a function
/// named after `=`, which takes the same arguments. After `with`: the constants that a [`Visitor`] is told.
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
///
/// A shape that is not that of the array does not compile, nor a struct whose fields lie elsewhere than `#[repr(C)]`
/// puts them:
///
/// ```compile_fail,E0080
/// # use typenet::bytemuck::AnyBitPattern;
/// # use typenet::prelude::*;
/// #[derive(Clone, Copy, Debug, AnyBitPattern)]
/// #[bytemuck(crate = "typenet::bytemuck")]
/// #[repr(C)]
/// struct Factor<const RANK: usize, const OUT: usize> {
///     weight: [[f32; RANK]; OUT],
/// }
///
/// typenet::parameters!(Factor<RANK, OUT> { weight: Weight [RANK, OUT] }, const RANK: usize, const OUT: usize);
/// assert_eq!(Factor::<2, 3>::COUNT, 6);
/// ```
///
/// ```compile_fail,E0080
/// # use typenet::bytemuck::AnyBitPattern;
/// # use typenet::prelude::*;
/// #[derive(Clone, Copy, Debug, AnyBitPattern)]
/// #[bytemuck(crate = "typenet::bytemuck")]
/// struct Mixed {
///     small: [f32; 1],
///     large: [f64; 1],
///     other: [f32; 1],
/// }
///
/// typenet::parameters!(Mixed { small: Scale [1], large: Scale [1], other: Scale [1] });
/// assert_eq!(Mixed::COUNT, 3);
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! parameters {
    (@init $role:ident, $($argument:expr),+) => { $crate::network::Role::$role.init($($argument),+) };
    (@init $role:ident = $start:path, $($argument:expr),+) => { $start($($argument),+) };
    ($layer:ty { $($array:ident: $role:ident [$($size:expr),+ $(,)?] $(= $start:path)?),+ $(,)? }
     $(with { $($constant:ident: $constant_value:expr),+ $(,)? })? $(, $($generics:tt)+)?) => {
        impl$(<$($generics)+>)? $crate::network::Zero for $layer {
            const ZERO: Self = Self { $($array: $crate::network::Zero::ZERO),+ };
        }

        impl$(<$($generics)+>)? $crate::network::Parameters for $layer {
            type Gradient = Self;
            const COUNT: usize = {
                // What is told of the arrays is what they are: their shapes, and that they lie as C lays them.
                $($crate::network::assert_told::<Self, _>(|layer| &layer.$array, &[$($size),+]);)+
                $crate::network::assert_laid_out::<Self>(&[
                    $($crate::network::field::<Self, _>(|layer| &layer.$array, ::core::mem::offset_of!(Self, $array))),+
                ]);
                0 $(+ 1 $(* $size)+)+
            };
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
                const { assert!(<Self as $crate::network::Parameters>::COUNT < usize::MAX) };
                $($(visitor.constant(&path.of(stringify!($layer)), stringify!($constant), $constant_value);)+)?
                $(
                    let values = $crate::network::Tensor::flat(::core::slice::from_ref(&self.$array));
                    let shape = [$($size),+];
                    let place = path.of(stringify!($layer));
                    visitor.array(&place.entry(stringify!($array), $crate::network::Role::$role, &shape), values);
                )+
            }

            // A name that no layer gives a size.
            fn walk<const WALKED_TREES: usize>(
                &mut self,
                mut trees: [&mut Self; WALKED_TREES],
                path: &$crate::network::Path<'_>,
                walker: &mut impl $crate::network::Walker<WALKED_TREES>,
            ) {
                const { assert!(<Self as $crate::network::Parameters>::COUNT < usize::MAX) };
                $(
                    let values = $crate::network::Tensor::flat_mut(::core::slice::from_mut(&mut self.$array));
                    let places = $crate::network::each_array(&mut trees, |tree| {
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

    // The names that the macros use themselves, as sizes of a layer.
    #[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
    #[repr(C)]
    struct Named<const K: usize, const B: usize, X: Scalar> {
        values: [[X; B]; K],
        trees: [X; K],
    }

    crate::parameters!(
        Named<K, B, X> { values: Weight [K, B], trees: Bias [K] }, const K: usize, const B: usize, X: Scalar
    );

    #[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
    #[repr(C)]
    struct Constant<const K: usize, const X: usize, const B: usize>;

    impl<const K: usize, const X: usize, const B: usize> crate::activations::Elementwise for Constant<K, X, B> {
        fn value<T: Scalar>(_: T) -> T {
            T::from_f64((K + X + B) as f64)
        }

        fn derivative<T: Scalar>(_: T, _: T) -> T {
            T::from_f64(0.0)
        }
    }

    crate::elementwise!(Constant<K, X, B>, const K: usize, const X: usize, const B: usize);

    #[test]
    fn names_of_a_layer_do_not_meet_those_of_the_macros() {
        assert_eq!(Named::<3, 2, f32>::COUNT, 9);
        let mut output = [0.0];
        crate::network::Layer::forward(&Constant::<1, 2, 3>, &[1.0_f32], &mut output);
        assert_eq!(output, [6.0]);
    }

    #[test]
    fn shapes_and_layouts_that_are_not_as_told() {
        fn told<X: Tensor>(shape: &[usize]) -> bool {
            let shape = shape.to_vec();
            std::panic::catch_unwind(move || assert_told::<X, X>(|layer| layer, &shape)).is_ok()
        }
        for right in [&[3, 2][..], &[6]] {
            assert!(told::<[[f32; 2]; 3]>(right), "{right:?}");
        }
        for wrong in [&[2, 3][..], &[3, 2, 1], &[3, 3], &[3], &[2], &[12], &[]] {
            assert!(!told::<[[f32; 2]; 3]>(wrong), "{wrong:?}");
        }
        for right in [&[4, 6][..], &[12, 2], &[4, 3, 2], &[24]] {
            assert!(told::<[[[f32; 2]; 3]; 4]>(right), "{right:?}");
        }
        for wrong in [&[6, 4][..], &[2, 12], &[8, 3], &[4, 2, 3]] {
            assert!(!told::<[[[f32; 2]; 3]; 4]>(wrong), "{wrong:?}");
        }
        assert!(told::<[[[f32; 1]; 4]; 1]>(&[1, 4]) && !told::<[[[f32; 2]; 4]; 1]>(&[1, 4]));
        assert!(told::<[[f32; 4]; 2]>(&[2, 4]) && !told::<[[f32; 4]; 2]>(&[4, 2]));
        assert!(told::<[[f32; 3]; 0]>(&[0, 3]));
        let laid_out = |fields: &[[usize; 3]]| {
            let fields = fields.to_vec();
            std::panic::catch_unwind(move || assert_laid_out::<[f64; 3]>(&fields)).is_ok()
        };
        assert!(laid_out(&[[0, 4, 4], [8, 8, 8], [16, 4, 4]]));
        // Another order, a gap, an overlap, a field that is not named.
        for wrong in [[[8, 4, 4], [0, 8, 8]], [[0, 4, 4], [16, 8, 8]], [[0, 16, 8], [8, 8, 8]], [[0, 8, 8], [8, 8, 8]]]
        {
            assert!(!laid_out(&wrong), "{wrong:?}");
        }
    }

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
