//! Chains in a row, of which a deep network is made.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::error::Error;
use crate::network::batch::{Batch, first, first_mut};
use crate::network::chain::Part;
use crate::network::chain::buffers::{Buffers, Kind};
use crate::network::chain::forward;
use crate::network::chain::forward::{Pair, Wanted};
use crate::network::chain::in_a_row::{ChainTape, in_a_row};
use crate::network::fingerprint::Fingerprint;
use crate::network::init::Initializer;
use crate::network::layer::{Layer, Watch};
use crate::network::parameters::{Parameters, Path, Visitor, Walker, each_part};
use crate::network::pass_on::pass_on;
use crate::network::stream::{streams_as_inner, streams_in_a_row};
use crate::network::summary::Row;
use crate::network::tensor::{Sample, Zero};

/// A chain and what follows it in one network. [`Sequential!`](crate::Sequential) makes it of more than 32 layers.
///
/// Layers, numbers, names, fingerprint, inference and training are those of one long [`Chain`](crate::network::Chain);
/// but the compiler, which follows types 128 deep, meets 32 of them within each other instead of all.
/// [`layer!`](crate::layer) reaches each layer.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![
///     Dense<2, 4>, Relu, Dense<4, 4>, Relu, Dense<4, 4>, Relu, Dense<4, 4>, Relu, Dense<4, 4>, Relu, Dense<4, 4>, Relu,
///     Dense<4, 4>, Relu, Dense<4, 4>, Relu, Dense<4, 4>, Relu, Dense<4, 4>, Relu, Dense<4, 4>, Relu, Dense<4, 4>, Relu,
///     Dense<4, 4>, Relu, Dense<4, 4>, Relu, Dense<4, 4>, Relu, Dense<4, 4>, Relu, Dense<4, 4>, Relu, Dense<4, 1>
/// ];
/// let network = initialized::<Network>(1);
/// let last: &Dense<4, 1> = layer!(network, 34);
/// assert_eq!(last.weight.shape(), (1, 4));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Joined<A: Part, B: Part>(
    /// The first layers.
    pub A,
    /// The rest of the network.
    pub B,
);

impl<A: Zero + Part, B: Zero + Part> Zero for Joined<A, B> {
    const ZERO: Self = Self(A::ZERO, B::ZERO);
}

/// The paths of the first layers, as a sequence, and of the rest of that sequence.
const fn split<'a, A: Parameters>(path: &'a Path<'a>) -> (Path<'a>, Path<'a>) {
    (path.after(0), path.after(A::PARTS.len()))
}

in_a_row!(parts of Joined);
streams_in_a_row!(Joined);

impl<A: Parameters, B: Parameters> Parameters for Joined<A, B> {
    const FINGERPRINT: Fingerprint = Fingerprint::chain(&A::PARTS, B::FINGERPRINT, size_of::<B>(), align_of::<B>()).0;
    in_a_row!(parameters of Joined, split::<A>);
}

impl<X: Sample, A: Layer<X>, B: Layer<A::Output>> Layer<X> for Joined<A, B> {
    // Here, as errors of settings point at it.
    const MULTIPLY_ADDS: usize = A::MULTIPLY_ADDS + B::MULTIPLY_ADDS;
    const KIND: Kind = if matches!(A::KIND, Kind::ReluFirst) { Kind::ReluFirst } else { Kind::Plain };
    const BUFFERS: Buffers = A::THROUGH.and::<A::Output>(A::SCRATCH, B::BUFFERS);
    const THROUGH: Buffers = A::THROUGH.and::<A::Output>(A::SCRATCH, B::THROUGH);
    in_a_row!(layer of Joined, split::<A>);

    #[inline]
    fn forward_between(
        &self,
        input: Option<&[X]>,
        mut pair: Pair<'_>,
        output: Option<&mut [Self::Output]>,
        done: bool,
        watch: &mut impl Watch,
    ) {
        self.0.forward_between(input, pair.reborrow(), None, done, watch);
        self.1.forward_between(None, pair.turned(A::THROUGH.moved), output, false, watch);
    }

    #[inline]
    fn lend<const SAMPLES: usize, W: Wanted>(run: impl FnOnce(&mut [u8])) {
        if const { A::THROUGH.from == W::BYTES || A::THROUGH.other == W::BYTES } {
            A::lend::<SAMPLES, W>(run);
        } else {
            B::lend::<SAMPLES, W>(run);
        }
    }
}

/// The last layer of the chain at the front of a [`Joined`]. A chain there would be read as the end of that chain; this
/// is one layer, whatever it is.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Single<L: Part>(pub L);

impl<L: Zero + Part> Zero for Single<L> {
    const ZERO: Self = Self(L::ZERO);
}

impl<L: Parameters> Parameters for Single<L> {
    type Gradient = L::Gradient;
    const COUNT: usize = L::COUNT;
    const STATISTICS: usize = L::STATISTICS;
    const FINGERPRINT: Fingerprint = L::FINGERPRINT;

    fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
        self.0.init(weights, rng);
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        self.0.visit(&path.closed(), visitor);
    }

    fn walk<const K: usize>(&mut self, trees: [&mut Self::Gradient; K], path: &Path<'_>, walker: &mut impl Walker<K>) {
        self.0.walk(trees, &path.closed(), walker);
    }

    fn penalty(&self) -> f64 {
        self.0.penalty()
    }

    fn penalize(&mut self, gradient: &mut Self::Gradient) {
        self.0.penalize(gradient);
    }

    fn constrain(&mut self) {
        self.0.constrain();
    }
}

impl<X: Sample, L: Layer<X>> Layer<X> for Single<L> {
    const MULTIPLY_ADDS: usize = L::MULTIPLY_ADDS;
    const KIND: Kind = L::KIND;
    const BUFFERS: Buffers = L::BUFFERS;
    const THROUGH: Buffers = L::THROUGH;
    pass_on!(forward of L to X);
    pass_on!(backward of L to X);

    #[inline]
    fn forward_between(
        &self,
        input: Option<&[X]>,
        pair: Pair<'_>,
        output: Option<&mut [Self::Output]>,
        done: bool,
        watch: &mut impl Watch,
    ) {
        self.0.forward_between(input, pair, output, done, watch);
    }

    #[inline]
    fn lend<const SAMPLES: usize, W: Wanted>(run: impl FnOnce(&mut [u8])) {
        L::lend::<SAMPLES, W>(run);
    }

    fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
        L::describe(&path.closed(), row);
    }
}

streams_as_inner!(Single<L>, []);

#[cfg(test)]
mod tests;
