//! Two inputs.

use bytemuck::AnyBitPattern;
use rand::Rng;

use super::parallel::{PairTape, join, larger, lend_pair, split, two_parts};
use crate::error::Error;
use crate::kernel::rows::{in_blocks, in_blocks_mut};
use crate::network::batch::{first, first_mut};
use crate::network::scratch::group;
use crate::network::stream::AtEachStep;
use crate::network::{
    Batch, Fingerprint, Initializer, Layer, Parameters, Path, Row, Sample, Stream, Visitor, Walker, Zero,
};

/// A layer for each of a pair: `(x1, x2)` becomes `(A(x1), B(x2))`. A network of two inputs begins with
/// it; its data set holds pairs.
///
/// Backward: that of each of the two.
///
/// ```
/// use typenet::prelude::*;
///
/// // Words and numbers, which become one vector.
/// type Network = Sequential![Both<Embedding<1000, 16>, Dense<4, 16>>, Add, Relu, Dense<16, 1>];
/// let mut output = [[0.0; 1]; 1];
/// initialized::<Network>(1).forward(&[(42_u16, [0.5; 4])], &mut output);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Both<A: AnyBitPattern, B: AnyBitPattern>(
    /// The layer for the first of the pair.
    pub A,
    /// The layer for the second.
    pub B,
);

two_parts!(Both);

impl<A: AnyBitPattern, B: AnyBitPattern> Both<A, B> {
    /// Inference in groups of `SAMPLES`.
    fn forward_by<const SAMPLES: usize, X1: Sample, X2: Sample>(
        &self,
        input: &[(X1, X2)],
        output: &mut [(A::Output, B::Output)],
    ) where
        A: Layer<X1>,
        B: Layer<X2>,
    {
        lend_pair::<X1, X2, SAMPLES>(|inputs, others| {
            lend_pair::<A::Output, B::Output, SAMPLES>(|firsts, seconds| {
                for (input, output) in in_blocks(input, SAMPLES).zip(in_blocks_mut(output, SAMPLES)) {
                    let samples = input.len();
                    let (inputs, others) = (first_mut(inputs, samples), first_mut(others, samples));
                    let (firsts, seconds) = (first_mut(firsts, samples), first_mut(seconds, samples));
                    split(input, inputs, others);
                    self.0.forward(inputs, firsts);
                    self.1.forward(others, seconds);
                    join(firsts, seconds, output);
                }
            });
        });
    }
}

impl<X1: Sample, X2: Sample, A: Layer<X1>, B: Layer<X2>> Layer<(X1, X2)> for Both<A, B> {
    type Output = (A::Output, B::Output);
    type Tape<S: Batch> = PairTape<
        (A::Tape<S>, B::Tape<S>),
        (S::Of<A::Output>, S::Of<B::Output>),
        (S::Of<X1>, S::Of<X2>),
        (S::Of<X1>, S::Of<X2>),
    >;
    const MULTIPLY_ADDS: usize = A::MULTIPLY_ADDS + B::MULTIPLY_ADDS;
    const SCRATCH: usize = size_of::<X1>()
        + size_of::<X2>()
        + size_of::<A::Output>()
        + size_of::<B::Output>()
        + larger(A::SCRATCH, B::SCRATCH);
    const GROUPED: usize = Self::SCRATCH;
    const CALLS: usize = 1 + larger(A::CALLS, B::CALLS);

    fn forward(&self, input: &[(X1, X2)], output: &mut [Self::Output]) {
        // As in a chain.
        match group(size_of::<(X1, X2)>() + size_of::<Self::Output>()) {
            16 if input.len() > 1 => self.forward_by::<16, X1, X2>(input, output),
            4 if input.len() > 1 => self.forward_by::<4, X1, X2>(input, output),
            _ => self.forward_by::<1, X1, X2>(input, output),
        }
    }

    fn forward_train<S: Batch>(
        &self,
        input: &[(X1, X2)],
        output: &mut [Self::Output],
        tape: &mut Self::Tape<S>,
        rng: &mut impl Rng,
    ) {
        let samples = input.len();
        let PairTape { parts, output: y, input: x, .. } = tape;
        let x = (first_mut(x.0.as_mut(), samples), first_mut(x.1.as_mut(), samples));
        let y = (first_mut(y.0.as_mut(), samples), first_mut(y.1.as_mut(), samples));
        split(input, x.0, x.1);
        self.0.forward_train(x.0, y.0, &mut parts.0, rng);
        self.1.forward_train(x.1, y.1, &mut parts.1, rng);
        join(y.0, y.1, output);
    }

    fn backward<S: Batch>(
        &self,
        input: &[(X1, X2)],
        _: &[Self::Output],
        tape: &mut Self::Tape<S>,
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [(X1, X2)]>,
        gradient: &mut Self::Gradient,
    ) {
        let samples = input.len();
        let PairTape { parts, output: y, output_gradient: g, input: x, input_gradient: dx } = tape;
        let x = (first(x.0.as_ref(), samples), first(x.1.as_ref(), samples));
        let y = (first(y.0.as_ref(), samples), first(y.1.as_ref(), samples));
        let g = (first_mut(g.0.as_mut(), samples), first_mut(g.1.as_mut(), samples));
        split(output_gradient, g.0, g.1);
        let Some(input_gradient) = input_gradient else {
            if A::COUNT > 0 {
                self.0.backward(x.0, y.0, &mut parts.0, g.0, None, &mut gradient.0);
            }
            if B::COUNT > 0 {
                self.1.backward(x.1, y.1, &mut parts.1, g.1, None, &mut gradient.1);
            }
            return;
        };
        let dx = (first_mut(dx.0.as_mut(), samples), first_mut(dx.1.as_mut(), samples));
        self.0.backward(x.0, y.0, &mut parts.0, g.0, Some(&mut *dx.0), &mut gradient.0);
        self.1.backward(x.1, y.1, &mut parts.1, g.1, Some(&mut *dx.1), &mut gradient.1);
        join(dx.0, dx.1, input_gradient);
    }

    fn backward_input<S: Batch>(
        &self,
        input: &[(X1, X2)],
        _: &[Self::Output],
        tape: &mut Self::Tape<S>,
        output_gradient: &mut [Self::Output],
        input_gradient: &mut [(X1, X2)],
    ) {
        let samples = input.len();
        let PairTape { parts, output: y, output_gradient: g, input: x, input_gradient: dx } = tape;
        let x = (first(x.0.as_ref(), samples), first(x.1.as_ref(), samples));
        let y = (first(y.0.as_ref(), samples), first(y.1.as_ref(), samples));
        let g = (first_mut(g.0.as_mut(), samples), first_mut(g.1.as_mut(), samples));
        let dx = (first_mut(dx.0.as_mut(), samples), first_mut(dx.1.as_mut(), samples));
        split(output_gradient, g.0, g.1);
        self.0.backward_input(x.0, y.0, &mut parts.0, g.0, dx.0);
        self.1.backward_input(x.1, y.1, &mut parts.1, g.1, dx.1);
        join(dx.0, dx.1, input_gradient);
    }

    fn check_input(&self, input: &[(X1, X2)]) -> Result<(), Error> {
        // Sample by sample: the two are apart in no memory of their own.
        input.iter().try_for_each(|(x1, x2)| {
            self.0.check_input(core::slice::from_ref(x1))?;
            self.1.check_input(core::slice::from_ref(x2))
        })
    }

    fn update_statistics<S: Batch>(&mut self, tape: &Self::Tape<S>) {
        self.0.update_statistics(&tape.parts.0);
        self.1.update_statistics(&tape.parts.1);
    }

    fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
        row(Row { layer: "Both", parameters: 0, statistics: 0, ..Row::new::<Self, (X1, X2)>(path) });
        A::describe(&path.element(0), row);
        B::describe(&path.element(1), row);
    }
}

impl<X1, X2, A, B> Stream<(X1, X2)> for Both<A, B>
where
    X1: Sample,
    X2: Sample,
    A: Stream<X1, Output: AtEachStep<A>>,
    B: Stream<X2, Output: AtEachStep<B>>,
{
    type Output = (A::Output, B::Output);
    type State = (A::State, B::State);
    const STEP_BYTES: usize = larger(A::STEP_BYTES, B::STEP_BYTES);

    #[inline]
    fn step(&self, (first, second): &mut Self::State, input: &(X1, X2)) -> Self::Output {
        (self.0.step(first, &input.0), self.1.step(second, &input.1))
    }
}
