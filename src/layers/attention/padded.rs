//! Attention over padded sequences: no step sees the padding.

use rand::Rng;

use super::{MultiHeadAttention, Sequence, SplitsHeads, TapeOf};
use crate::network::batch::{copy, first, first_mut};
use crate::network::{Batch, Layer, Padded, Scalar};

type Steps<const STEPS: usize, const DIM: usize, T> = Padded<[T; DIM], STEPS>;
/// The attention's own, and as arrays the inputs, what comes out with its derivatives, and those by the inputs.
type PaddedTape<const STEPS: usize, const DIM: usize, const HEADS: usize, T, B> = (
    TapeOf<STEPS, DIM, HEADS, T, B>,
    (
        <B as Batch>::Of<Sequence<STEPS, DIM, T>>,
        (<B as Batch>::Of<Sequence<STEPS, DIM, T>>, <B as Batch>::Of<Sequence<STEPS, DIM, T>>),
    ),
);

/// The steps there are of `from`, which may be derivatives, and zeros behind them.
fn lay_out<'a, const STEPS: usize, const DIM: usize, T: Scalar>(
    sequences: &[Steps<STEPS, DIM, T>],
    from: &[Steps<STEPS, DIM, T>],
    to: &'a mut [Sequence<STEPS, DIM, T>],
) -> &'a mut [Sequence<STEPS, DIM, T>] {
    let to = first_mut(to, sequences.len());
    for ((sequence, from), to) in sequences.iter().zip(from).zip(to.iter_mut()) {
        let (steps, padding) = to.split_at_mut_checked(sequence.steps().len()).unwrap_or_default();
        copy(steps, from.array());
        padding.fill([T::ZERO; DIM]);
    }
    to
}

/// The other way round.
fn take_in<const STEPS: usize, const DIM: usize, T: Scalar>(
    sequences: &[Steps<STEPS, DIM, T>],
    from: &[Sequence<STEPS, DIM, T>],
    to: &mut [Steps<STEPS, DIM, T>],
) {
    for ((sequence, from), to) in sequences.iter().zip(from).zip(to) {
        copy(to.resize(sequence.steps().len()), from);
    }
}

#[diagnostic::do_not_recommend]
impl<const STEPS: usize, const DIM: usize, const HEADS: usize, const CAUSAL: bool, T: Scalar, const BIAS: usize>
    Layer<Steps<STEPS, DIM, T>> for MultiHeadAttention<DIM, HEADS, CAUSAL, T, BIAS>
where
    Self: SplitsHeads,
{
    type Output = Steps<STEPS, DIM, T>;
    type Tape<B: Batch> = PaddedTape<STEPS, DIM, HEADS, T, B>;
    const MULTIPLY_ADDS: usize = <Self as Layer<Sequence<STEPS, DIM, T>>>::MULTIPLY_ADDS;
    const SCRATCH: usize = <Self as Layer<Sequence<STEPS, DIM, T>>>::SCRATCH;
    const CALLS: usize = <Self as Layer<Sequence<STEPS, DIM, T>>>::CALLS;

    fn forward(&self, input: &[Steps<STEPS, DIM, T>], output: &mut [Steps<STEPS, DIM, T>]) {
        let samples = input.iter().zip(output.iter_mut());
        self.infer(samples.map(|(x, y)| (x.array(), y.array_mut(), x.steps().len())));
        for (x, y) in input.iter().zip(output) {
            y.resize(x.steps().len());
        }
    }

    fn forward_train<B: Batch>(
        &self,
        input: &[Steps<STEPS, DIM, T>],
        output: &mut [Steps<STEPS, DIM, T>],
        (tape, (inputs, (outputs, _))): &mut Self::Tape<B>,
        _: &mut impl Rng,
    ) {
        let inputs = lay_out(input, input, inputs.as_mut());
        let outputs = first_mut(outputs.as_mut(), input.len());
        self.train::<STEPS, B>(inputs, input.iter().map(|x| x.steps().len()), outputs, tape);
        take_in(input, outputs, output);
    }

    fn backward<B: Batch>(
        &self,
        input: &[Steps<STEPS, DIM, T>],
        _: &[Steps<STEPS, DIM, T>],
        (tape, (inputs, (g, dx))): &mut Self::Tape<B>,
        output_gradient: &mut [Steps<STEPS, DIM, T>],
        input_gradient: Option<&mut [Steps<STEPS, DIM, T>]>,
        gradient: &mut Self,
    ) {
        let inputs = first(inputs.as_ref(), input.len());
        let g = lay_out(input, output_gradient, g.as_mut());
        let dx = first_mut(dx.as_mut(), input.len());
        let wanted = input_gradient.is_some().then_some(&mut *dx);
        Layer::<Sequence<STEPS, DIM, T>>::backward::<B>(self, inputs, &[], tape, g, wanted, gradient);
        if let Some(input_gradient) = input_gradient {
            take_in(input, dx, input_gradient);
        }
    }

    fn backward_input<B: Batch>(
        &self,
        input: &[Steps<STEPS, DIM, T>],
        _: &[Steps<STEPS, DIM, T>],
        (tape, (inputs, (g, dx))): &mut Self::Tape<B>,
        output_gradient: &mut [Steps<STEPS, DIM, T>],
        input_gradient: &mut [Steps<STEPS, DIM, T>],
    ) {
        let inputs = first(inputs.as_ref(), input.len());
        let g = lay_out(input, output_gradient, g.as_mut());
        let dx = first_mut(dx.as_mut(), input.len());
        Layer::<Sequence<STEPS, DIM, T>>::backward_input::<B>(self, inputs, &[], tape, g, dx);
        take_in(input, dx, input_gradient);
    }
}
