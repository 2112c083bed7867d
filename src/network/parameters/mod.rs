//! What a layer owns and how it is walked.

mod path;
mod told;

use bytemuck::AnyBitPattern;
use rand::Rng;

pub use path::{Entry, Path, Role};
pub use told::{assert_laid_out, assert_told, field};

use crate::network::batch::One;
use crate::network::fingerprint::{Fingerprint, Parts};
use crate::network::init::Initializer;
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
