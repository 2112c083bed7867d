//! A chain of two layers, of which a network is made.

mod buffers;
mod forward;

use bytemuck::AnyBitPattern;
use rand::Rng;

pub use buffers::{Buffers, Kind};
pub use forward::{Pair, Wanted};

use crate::batch::{Batch, Tape, first, first_mut};
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::init::Initializer;
use crate::layer::{Layer, Watch};
use crate::parameters::{Parameters, Path, Visitor, Walker};
use crate::scratch::lend;
use crate::summary::Row;
use crate::tensor::{Sample, Zero};

use forward::rectifies;

/// Two layers in a row. [`Sequential!`](crate::Sequential) nests it.
///
/// ```
/// use typenet::prelude::*;
///
/// let network: Chain<Dense<2, 3>, Relu> = <Sequential![Dense<2, 3>, Relu]>::ZERO;
/// assert_eq!(network.0.bias.len(), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Chain<A: AnyBitPattern, B: AnyBitPattern>(
    /// The first layer.
    pub A,
    /// The second layer, or the rest of the network.
    pub B,
);

/// The type of a network, from the types of its layers in order.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];
/// assert_eq!(Network::COUNT, 20 * 128 + 128 + 128 + 1);
/// ```
#[macro_export]
macro_rules! Sequential {
    ($layer:ty $(,)?) => { $layer };
    ($layer:ty, $($rest:ty),+ $(,)?) => { $crate::Chain<$layer, $crate::Sequential![$($rest),+]> };
}

/// What a [`Chain`] remembers: its parts' tapes and what flows between them.
#[derive(Clone, Copy, Debug)]
pub struct ChainTape<A, B, M> {
    first: A,
    second: B,
    middle: M,
    middle_gradient: M,
}

// What follows is not inlined: else a deep chain becomes one long function, and optimising that takes time that grows
// faster than its length. A call for each layer takes nanoseconds.

impl<A: Tape, B: Tape, M: Tape> Tape for ChainTape<A, B, M> {
    const EMPTY: Self = Self { first: A::EMPTY, second: B::EMPTY, middle: M::EMPTY, middle_gradient: M::EMPTY };

    #[inline(never)]
    fn grow(&mut self, samples: usize) {
        self.first.grow(samples);
        self.second.grow(samples);
        self.middle.grow(samples);
        self.middle_gradient.grow(samples);
    }
}

impl<A: Zero + AnyBitPattern, B: Zero + AnyBitPattern> Zero for Chain<A, B> {
    const ZERO: Self = Self(A::ZERO, B::ZERO);
}

impl<A: Parameters, B: Parameters> Parameters for Chain<A, B> {
    type Gradient = Chain<A::Gradient, B::Gradient>;
    const COUNT: usize = A::COUNT + B::COUNT;
    const STATISTICS: usize = A::STATISTICS + B::STATISTICS;
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("Chain").part(A::FINGERPRINT).part(B::FINGERPRINT);

    #[inline(never)]
    fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
        self.0.init(weights, rng);
        self.1.init(weights, rng);
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        let (head, tail) = path.split();
        self.0.visit(&head, visitor);
        self.1.visit(&tail, visitor);
    }

    #[inline(never)]
    fn walk<const K: usize>(
        &mut self,
        mut trees: [&mut Self::Gradient; K],
        path: &Path<'_>,
        walker: &mut impl Walker<K>,
    ) {
        let (head, tail) = path.split();
        self.0.walk(trees.each_mut().map(|tree| &mut tree.0), &head, walker);
        self.1.walk(trees.map(|tree| &mut tree.1), &tail, walker);
    }

    fn penalty(&self) -> f64 {
        self.0.penalty() + self.1.penalty()
    }

    fn penalize(&mut self, gradient: &mut Self::Gradient) {
        self.0.penalize(&mut gradient.0);
        self.1.penalize(&mut gradient.1);
    }

    fn constrain(&mut self) {
        self.0.constrain();
        self.1.constrain();
    }
}

impl<X: Sample, A: Layer<X>, B: Layer<A::Output>> Layer<X> for Chain<A, B> {
    type Output = B::Output;
    type Tape<S: Batch> = ChainTape<A::Tape<S>, B::Tape<S>, S::Of<A::Output>>;
    const MULTIPLY_ADDS: usize = A::MULTIPLY_ADDS + B::MULTIPLY_ADDS;

    const SCRATCH: usize = Self::BUFFERS.scratch();
    const BUFFERS: Buffers = Buffers::before::<A::Output>(A::KIND, A::SCRATCH, B::BUFFERS);
    const KIND: Kind = if matches!(A::KIND, Kind::Relu) { Kind::ReluFirst } else { Kind::Plain };

    const CALLS: usize = if A::CALLS > B::CALLS { A::CALLS } else { B::CALLS };
    const DEPTH: usize = A::DEPTH + B::DEPTH;

    #[inline]
    fn forward(&self, input: &[X], output: &mut [Self::Output]) {
        self.forward_watched(input, output, &mut ());
    }

    #[inline]
    fn forward_watched(&self, input: &[X], output: &mut [Self::Output], watch: &mut impl Watch) {
        // Where a setting is out of its range, this does not compile.
        let _ = const { Self::MULTIPLY_ADDS };
        forward::forward(self, (&self.0, &self.1), input, output, watch);
    }

    #[inline]
    fn forward_between(
        &self,
        input: Option<&[X]>,
        pair: Pair<'_>,
        output: &mut [Self::Output],
        done: bool,
        watch: &mut impl Watch,
    ) {
        let rectify = rectifies(A::KIND, B::KIND, watch);
        let pair = if done { pair } else { pair.through(&self.0, input, rectify, watch) };
        self.1.forward_between(None, pair, output, rectify, watch);
    }

    #[inline]
    fn lend<const SAMPLES: usize, W: Wanted>(run: impl FnOnce(&mut [u8])) {
        if const { size_of::<A::Output>() == W::BYTES } {
            lend::<A::Output, SAMPLES>(|samples| run(A::Output::bytes_mut(samples)));
        } else {
            B::lend::<SAMPLES, W>(run);
        }
    }

    #[inline(never)]
    fn forward_train<S: Batch>(
        &self,
        input: &[X],
        output: &mut [Self::Output],
        tape: &mut Self::Tape<S>,
        rng: &mut impl Rng,
    ) {
        let _ = const { Self::MULTIPLY_ADDS };
        let middle = first_mut(tape.middle.as_mut(), input.len());
        self.0.forward_train(input, middle, &mut tape.first, rng);
        self.1.forward_train(middle, output, &mut tape.second, rng);
    }

    #[inline(never)]
    fn backward<S: Batch>(
        &self,
        input: &[X],
        output: &[Self::Output],
        tape: &mut Self::Tape<S>,
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [X]>,
        gradient: &mut Self::Gradient,
    ) {
        let middle = first(tape.middle.as_ref(), input.len());
        let Chain(first_gradient, second_gradient) = gradient;
        if input_gradient.is_none() && A::COUNT == 0 {
            // Nothing before the second layer is trained, so nobody reads its input gradient.
            self.1.backward(middle, output, &mut tape.second, output_gradient, None, second_gradient);
            return;
        }
        let middle_gradient = first_mut(tape.middle_gradient.as_mut(), input.len());
        self.1.backward(middle, output, &mut tape.second, output_gradient, Some(middle_gradient), second_gradient);
        self.0.backward(input, middle, &mut tape.first, middle_gradient, input_gradient, first_gradient);
    }

    fn backward_input<S: Batch>(
        &self,
        input: &[X],
        output: &[Self::Output],
        tape: &mut Self::Tape<S>,
        output_gradient: &mut [Self::Output],
        input_gradient: &mut [X],
    ) {
        let middle = first(tape.middle.as_ref(), input.len());
        let middle_gradient = first_mut(tape.middle_gradient.as_mut(), input.len());
        self.1.backward_input(middle, output, &mut tape.second, output_gradient, middle_gradient);
        self.0.backward_input(input, middle, &mut tape.first, middle_gradient, input_gradient);
    }

    fn check_input(&self, input: &[X]) -> Result<(), Error> {
        self.0.check_input(input)
    }

    #[inline(never)]
    fn update_statistics<S: Batch>(&mut self, tape: &Self::Tape<S>) {
        self.0.update_statistics(&tape.first);
        self.1.update_statistics(&tape.second);
    }

    fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
        let (head, tail) = path.split();
        A::describe(&head, row);
        B::describe(&tail, row);
    }
}

#[cfg(test)]
mod tests;
