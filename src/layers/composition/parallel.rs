//! Two branches on one input.

use core::slice::{from_mut, from_ref};

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::error::Error;
use crate::kernel::rows::{in_blocks, in_blocks_mut};
use crate::network::batch::copy;
use crate::network::batch::{first, first_mut};
use crate::network::scratch::{group, lend};
use crate::network::stream::AtEachStep;
use crate::network::{
    Batch, Fingerprint, Initializer, Layer, Parameters, Path, Row, Sample, Stream, Tape, Visitor, Walker, Zero,
};

/// Two branches on one input: `y = (A(x), B(x))`, a pair, which [`Add`](crate::layers::Add),
/// [`Multiply`](crate::layers::Multiply) or [`Concat`](crate::layers::Concat) makes one tensor again.
///
/// Backward: `dx` is the sum of the two branches' derivatives by the input.
///
/// ```
/// use typenet::prelude::*;
///
/// // A gate: one branch says how much of the other passes.
/// type Gated = Sequential![Parallel<Dense<3, 8>, Sequential![Dense<3, 8>, Sigmoid]>, Multiply, Dense<8, 1>];
/// let mut output = [[0.0; 1]; 1];
/// initialized::<Gated>(1).forward(&[[0.5; 3]], &mut output);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Parallel<A: AnyBitPattern, B: AnyBitPattern>(
    /// The branch that gives the first of the pair.
    pub A,
    /// The branch that gives the second.
    pub B,
);

/// Implements [`Zero`] and [`Parameters`] for a layer of two parts, numbered 0 and 1.
macro_rules! two_parts {
    ($layer:ident) => {
        impl<A: Zero + AnyBitPattern, B: Zero + AnyBitPattern> Zero for $layer<A, B> {
            const ZERO: Self = Self(A::ZERO, B::ZERO);
        }

        impl<A: Parameters, B: Parameters> Parameters for $layer<A, B> {
            type Gradient = $layer<A::Gradient, B::Gradient>;
            const COUNT: usize = A::COUNT + B::COUNT;
            const STATISTICS: usize = A::STATISTICS + B::STATISTICS;
            const FINGERPRINT: Fingerprint =
                Fingerprint::layer::<Self>(stringify!($layer)).part(A::FINGERPRINT).part(B::FINGERPRINT);

            fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
                self.0.init(weights, rng);
                self.1.init(weights, rng);
            }

            fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
                self.0.visit(&path.element(0), visitor);
                self.1.visit(&path.element(1), visitor);
            }

            fn walk<const K: usize>(
                &mut self,
                mut trees: [&mut Self::Gradient; K],
                path: &Path<'_>,
                walker: &mut impl Walker<K>,
            ) {
                self.0.walk(
                    $crate::network::internals::each_part(&mut trees, |tree| &mut tree.0),
                    &path.element(0),
                    walker,
                );
                self.1.walk(
                    $crate::network::internals::each_part(&mut trees, |tree| &mut tree.1),
                    &path.element(1),
                    walker,
                );
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
    };
}

pub(super) use two_parts;

two_parts!(Parallel);

/// The larger of two numbers.
pub(crate) const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

/// Lends memory for each of a pair.
#[inline(always)]
pub(crate) fn lend_pair<A: Sample, B: Sample, const SAMPLES: usize>(run: impl FnOnce(&mut [A], &mut [B])) {
    lend::<A, SAMPLES>(|firsts| lend::<B, SAMPLES>(|seconds| run(firsts, seconds)));
}

/// Takes pairs apart.
pub(super) fn split<A: Copy, B: Copy>(pairs: &[(A, B)], firsts: &mut [A], seconds: &mut [B]) {
    for ((pair, first), second) in pairs.iter().zip(firsts).zip(seconds) {
        copy(from_mut(first), from_ref(&pair.0));
        copy(from_mut(second), from_ref(&pair.1));
    }
}

/// Puts pairs together.
pub(super) fn join<A: Copy, B: Copy>(firsts: &[A], seconds: &[B], pairs: &mut [(A, B)]) {
    for ((pair, first), second) in pairs.iter_mut().zip(firsts).zip(seconds) {
        copy(from_mut(&mut pair.0), from_ref(first));
        copy(from_mut(&mut pair.1), from_ref(second));
    }
}

/// What a [`Parallel`] or a [`Both`](crate::layers::Both) remembers: the tapes of its parts, and what goes in
/// and out of each of them.
#[derive(Clone, Copy, Debug)]
pub struct PairTape<P, Y, I, G> {
    pub(super) parts: P,
    pub(super) output: Y,
    pub(super) output_gradient: Y,
    pub(super) input: I,
    pub(super) input_gradient: G,
}

impl<P: Tape, Y: Tape, I: Tape, G: Tape> Tape for PairTape<P, Y, I, G> {
    const EMPTY: Self = Self {
        parts: P::EMPTY,
        output: Y::EMPTY,
        output_gradient: Y::EMPTY,
        input: I::EMPTY,
        input_gradient: G::EMPTY,
    };

    fn grow(&mut self, samples: usize) {
        self.parts.grow(samples);
        self.output.grow(samples);
        self.output_gradient.grow(samples);
        self.input.grow(samples);
        self.input_gradient.grow(samples);
    }
}

impl<A: AnyBitPattern, B: AnyBitPattern> Parallel<A, B> {
    /// Inference in groups of `SAMPLES`.
    fn forward_by<const SAMPLES: usize, X: Sample>(&self, input: &[X], output: &mut [(A::Output, B::Output)])
    where
        A: Layer<X>,
        B: Layer<X>,
    {
        lend_pair::<A::Output, B::Output, SAMPLES>(|firsts, seconds| {
            for (input, output) in in_blocks(input, SAMPLES).zip(in_blocks_mut(output, SAMPLES)) {
                let (firsts, seconds) = (first_mut(firsts, input.len()), first_mut(seconds, input.len()));
                self.0.forward(input, firsts);
                self.1.forward(input, seconds);
                join(firsts, seconds, output);
            }
        });
    }
}

impl<X: Sample, A: Layer<X>, B: Layer<X>> Layer<X> for Parallel<A, B> {
    type Output = (A::Output, B::Output);
    type Tape<S: Batch> = PairTape<(A::Tape<S>, B::Tape<S>), (S::Of<A::Output>, S::Of<B::Output>), (), S::Of<X>>;
    const MULTIPLY_ADDS: usize = A::MULTIPLY_ADDS + B::MULTIPLY_ADDS;
    const SCRATCH: usize = size_of::<A::Output>() + size_of::<B::Output>() + larger(A::SCRATCH, B::SCRATCH);
    const GROUPED: usize = Self::SCRATCH;
    const CALLS: usize = 1 + larger(A::CALLS, B::CALLS);

    fn forward(&self, input: &[X], output: &mut [Self::Output]) {
        // As in a chain.
        match group(size_of::<Self::Output>()) {
            16 if input.len() > 1 => self.forward_by::<16, X>(input, output),
            4 if input.len() > 1 => self.forward_by::<4, X>(input, output),
            _ => self.forward_by::<1, X>(input, output),
        }
    }

    fn forward_train<S: Batch>(
        &self,
        input: &[X],
        output: &mut [Self::Output],
        tape: &mut Self::Tape<S>,
        rng: &mut impl Rng,
    ) {
        let PairTape { parts, output: (firsts, seconds), .. } = tape;
        let firsts = first_mut(firsts.as_mut(), input.len());
        let seconds = first_mut(seconds.as_mut(), input.len());
        self.0.forward_train(input, firsts, &mut parts.0, rng);
        self.1.forward_train(input, seconds, &mut parts.1, rng);
        join(firsts, seconds, output);
    }

    fn backward<S: Batch>(
        &self,
        input: &[X],
        _: &[Self::Output],
        tape: &mut Self::Tape<S>,
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [X]>,
        gradient: &mut Self::Gradient,
    ) {
        let samples = input.len();
        let PairTape { parts, output: y, output_gradient: g, input_gradient: summand, .. } = tape;
        let (y, g) = ((first(y.0.as_ref(), samples), first(y.1.as_ref(), samples)), (g.0.as_mut(), g.1.as_mut()));
        let g = (first_mut(g.0, samples), first_mut(g.1, samples));
        split(output_gradient, g.0, g.1);
        let Some(input_gradient) = input_gradient else {
            if A::COUNT > 0 {
                self.0.backward(input, y.0, &mut parts.0, g.0, None, &mut gradient.0);
            }
            if B::COUNT > 0 {
                self.1.backward(input, y.1, &mut parts.1, g.1, None, &mut gradient.1);
            }
            return;
        };
        let summand = first_mut(summand.as_mut(), samples);
        self.0.backward(input, y.0, &mut parts.0, g.0, Some(&mut *input_gradient), &mut gradient.0);
        self.1.backward(input, y.1, &mut parts.1, g.1, Some(&mut *summand), &mut gradient.1);
        X::accumulate(input_gradient, summand);
    }

    fn backward_input<S: Batch>(
        &self,
        input: &[X],
        _: &[Self::Output],
        tape: &mut Self::Tape<S>,
        output_gradient: &mut [Self::Output],
        input_gradient: &mut [X],
    ) {
        let samples = input.len();
        let PairTape { parts, output: y, output_gradient: g, input_gradient: summand, .. } = tape;
        let (y, g) = ((first(y.0.as_ref(), samples), first(y.1.as_ref(), samples)), (g.0.as_mut(), g.1.as_mut()));
        let g = (first_mut(g.0, samples), first_mut(g.1, samples));
        split(output_gradient, g.0, g.1);
        let summand = first_mut(summand.as_mut(), samples);
        self.0.backward_input(input, y.0, &mut parts.0, g.0, input_gradient);
        self.1.backward_input(input, y.1, &mut parts.1, g.1, summand);
        X::accumulate(input_gradient, summand);
    }

    fn check_input(&self, input: &[X]) -> Result<(), Error> {
        self.0.check_input(input)?;
        self.1.check_input(input)
    }

    fn update_statistics<S: Batch>(&mut self, tape: &Self::Tape<S>) {
        self.0.update_statistics(&tape.parts.0);
        self.1.update_statistics(&tape.parts.1);
    }

    fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
        row(Row { layer: "Parallel", parameters: 0, statistics: 0, ..Row::new::<Self, X>(path) });
        A::describe(&path.element(0), row);
        B::describe(&path.element(1), row);
    }
}

impl<X, A, B> Stream<X> for Parallel<A, B>
where
    X: Sample,
    A: Stream<X, Output: AtEachStep<A>>,
    B: Stream<X, Output: AtEachStep<B>>,
{
    type Output = (A::Output, B::Output);
    type State = (A::State, B::State);
    const STEP_BYTES: usize = larger(A::STEP_BYTES, B::STEP_BYTES);

    #[inline]
    fn step(&self, (first, second): &mut Self::State, input: &X) -> Self::Output {
        (self.0.step(first, input), self.1.step(second, input))
    }
}
