//! Padded sequences as the steps there are, one after the other: as PyTorch's `pack_padded_sequence`.

use rand::Rng;

use crate::layers::recurrent::{Steps, TimeDistributedTape};
use crate::network::batch::{copy, first, first_mut};
use crate::network::{Batch, Layer, Padded, Sample, Tape};

/// The rows of each sequence.
#[inline]
pub(crate) fn pieces<'a, A: Sample, Y, const STEPS: usize>(
    sequences: &'a [Padded<A, STEPS>],
    mut rows: &'a [Y],
) -> impl Iterator<Item = &'a [Y]> {
    sequences.iter().map(move |sequence| {
        let (piece, rest) = rows.split_at_checked(sequence.steps().len()).unwrap_or_default();
        rows = rest;
        piece
    })
}

/// The same, to write to.
#[inline]
pub(crate) fn pieces_mut<'a, A: Sample, Y, const STEPS: usize>(
    sequences: &'a [Padded<A, STEPS>],
    mut rows: &'a mut [Y],
) -> impl Iterator<Item = &'a mut [Y]> {
    sequences.iter().map(move |sequence| {
        let taken = core::mem::take(&mut rows).split_at_mut_checked(sequence.steps().len());
        let (piece, rest) = taken.unwrap_or_default();
        rows = rest;
        piece
    })
}

/// How many steps there are.
#[inline]
pub(crate) fn total<X: Sample, const STEPS: usize>(sequences: &[Padded<X, STEPS>]) -> usize {
    sequences.iter().fold(0, |sum, sequence| sum.saturating_add(sequence.steps().len()))
}

/// Copies as many steps as each sequence has of `from`, which may be their derivatives.
pub(crate) fn pack<'a, A: Sample, X: Sample, const STEPS: usize>(
    sequences: &[Padded<A, STEPS>],
    from: &[Padded<X, STEPS>],
    to: &'a mut [[X; STEPS]],
) -> &'a mut [X] {
    let rows = first_mut(to.as_flattened_mut(), total(sequences));
    pieces_mut(sequences, rows).zip(from).for_each(|(piece, from)| copy(piece, from.array()));
    rows
}

/// Copies the rows of each sequence to where they stand in it.
pub(crate) fn unpack<A: Sample, Y: Sample, const STEPS: usize>(
    sequences: &[Padded<A, STEPS>],
    rows: &[Y],
    to: &mut [Padded<Y, STEPS>],
) {
    pieces(sequences, rows).zip(to).for_each(|(piece, to)| copy(to.resize(piece.len()), piece));
}

/// What a layer that takes each step for itself remembers of padded sequences: its tape, with room for every step, and
/// what goes in and out of it.
#[derive(Clone, Copy, Debug)]
pub struct PackedTape<L, X, Y> {
    pub(crate) layer: L,
    input: X,
    output: Y,
    output_gradient: Y,
    input_gradient: X,
}

impl<L: Tape, X: Tape, Y: Tape> Tape for PackedTape<L, X, Y> {
    const EMPTY: Self = Self {
        layer: L::EMPTY,
        input: X::EMPTY,
        output: Y::EMPTY,
        output_gradient: Y::EMPTY,
        input_gradient: X::EMPTY,
    };

    fn grow(&mut self, samples: usize) {
        self.layer.grow(samples);
        self.input.grow(samples);
        self.output.grow(samples);
        self.output_gradient.grow(samples);
        self.input_gradient.grow(samples);
    }
}

/// The tape of a layer `L` on steps `X`.
pub(crate) type StepsTape<L, X, B, const STEPS: usize> = PackedTape<
    TimeDistributedTape<<L as Layer<X>>::Tape<Steps<B, STEPS>>, STEPS>,
    <B as Batch>::Of<[X; STEPS]>,
    <B as Batch>::Of<[<L as Layer<X>>::Output; STEPS]>,
>;

/// Inference of each sequence's steps.
#[inline]
pub(crate) fn forward<X: Sample, L: Layer<X>, const STEPS: usize>(
    layer: &L,
    input: &[Padded<X, STEPS>],
    output: &mut [Padded<L::Output, STEPS>],
) {
    for (input, output) in input.iter().zip(output) {
        layer.forward(input.steps(), output.resize(input.steps().len()));
    }
}

/// The forward pass of training: the steps of all sequences are one batch.
pub(crate) fn forward_train<X: Sample, L: Layer<X>, B: Batch, const STEPS: usize>(
    layer: &L,
    input: &[Padded<X, STEPS>],
    output: &mut [Padded<L::Output, STEPS>],
    tape: &mut StepsTape<L, X, B, STEPS>,
    rng: &mut impl Rng,
) {
    let rows = pack(input, input, tape.input.as_mut());
    let outputs = first_mut(tape.output.as_mut().as_flattened_mut(), rows.len());
    layer.forward_train::<Steps<B, STEPS>>(rows, outputs, &mut tape.layer.0, rng);
    unpack(input, outputs, output);
}

/// The backward pass; without the gradient of the parameters, where there is none.
pub(crate) fn backward<X: Sample, L: Layer<X>, B: Batch, const STEPS: usize>(
    layer: &L,
    sequences: &[Padded<X, STEPS>],
    tape: &mut StepsTape<L, X, B, STEPS>,
    output_gradient: &[Padded<L::Output, STEPS>],
    input_gradient: Option<&mut [Padded<X, STEPS>]>,
    gradient: Option<&mut L::Gradient>,
) {
    let g = pack(sequences, output_gradient, tape.output_gradient.as_mut());
    let input = first(tape.input.as_ref().as_flattened(), g.len());
    let output = first(tape.output.as_ref().as_flattened(), g.len());
    let dx = first_mut(tape.input_gradient.as_mut().as_flattened_mut(), g.len());
    let tape = &mut tape.layer.0;
    match gradient {
        Some(gradient) => {
            let wanted = input_gradient.is_some().then_some(&mut *dx);
            layer.backward::<Steps<B, STEPS>>(input, output, tape, g, wanted, gradient);
        }
        None => layer.backward_input::<Steps<B, STEPS>>(input, output, tape, g, dx),
    }
    if let Some(input_gradient) = input_gradient {
        unpack(sequences, dx, input_gradient);
    }
}

/// Makes a layer that takes each step for itself one of padded sequences too: `Layer: inner layer at field, step`.
macro_rules! by_step {
    ($layer:ty: $inner:ty $(= self.$field:tt)?, $step:ty, [$($generics:tt)*]) => {
        #[diagnostic::do_not_recommend]
        impl<const STEPS: usize, $($generics)*> $crate::network::Layer<$crate::network::Padded<$step, STEPS>> for $layer {
            type Output = $crate::network::Padded<<$inner as $crate::network::Layer<$step>>::Output, STEPS>;
            type Tape<B: $crate::network::Batch> = $crate::layers::packed::StepsTape<$inner, $step, B, STEPS>;
            const MULTIPLY_ADDS: usize = <Self as $crate::network::Layer<[$step; STEPS]>>::MULTIPLY_ADDS;
            const SCRATCH: usize = <Self as $crate::network::Layer<[$step; STEPS]>>::SCRATCH;
            const CALLS: usize = <Self as $crate::network::Layer<[$step; STEPS]>>::CALLS;

            fn forward(&self, input: &[$crate::network::Padded<$step, STEPS>], output: &mut [Self::Output]) {
                $crate::layers::packed::forward::<$step, $inner, STEPS>(&self$(.$field)?, input, output);
            }

            fn forward_train<B: $crate::network::Batch>(
                &self,
                input: &[$crate::network::Padded<$step, STEPS>],
                output: &mut [Self::Output],
                tape: &mut Self::Tape<B>,
                rng: &mut impl $crate::rand::Rng,
            ) {
                $crate::layers::packed::forward_train::<$step, $inner, B, STEPS>(
                    &self$(.$field)?, input, output, tape, rng,
                );
            }

            fn backward<B: $crate::network::Batch>(
                &self,
                input: &[$crate::network::Padded<$step, STEPS>],
                _: &[Self::Output],
                tape: &mut Self::Tape<B>,
                output_gradient: &mut [Self::Output],
                input_gradient: Option<&mut [$crate::network::Padded<$step, STEPS>]>,
                gradient: &mut Self::Gradient,
            ) {
                $crate::layers::packed::backward::<$step, $inner, B, STEPS>(
                    &self$(.$field)?, input, tape, output_gradient, input_gradient, Some(gradient),
                );
            }

            fn backward_input<B: $crate::network::Batch>(
                &self,
                input: &[$crate::network::Padded<$step, STEPS>],
                _: &[Self::Output],
                tape: &mut Self::Tape<B>,
                output_gradient: &mut [Self::Output],
                input_gradient: &mut [$crate::network::Padded<$step, STEPS>],
            ) {
                $crate::layers::packed::backward::<$step, $inner, B, STEPS>(
                    &self$(.$field)?, input, tape, output_gradient, Some(input_gradient), None,
                );
            }

            fn check_input(&self, input: &[$crate::network::Padded<$step, STEPS>]) -> Result<(), $crate::Error> {
                input.iter().try_for_each(|sequence| self$(.$field)?.check_input(sequence.steps()))
            }

            $(fn update_statistics<B: $crate::network::Batch>(&mut self, tape: &Self::Tape<B>) {
                self.$field.update_statistics::<$crate::layers::bounds::Steps<B, STEPS>>(&tape.layer.0);
            })?
        }
    };
}

pub(crate) use by_step;
