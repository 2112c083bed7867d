//! Recurrent layers over padded sequences: they stop where each one ends.

use super::{Recurrent, RecurrentTape, run, with_aligned};
use crate::layers::packed::{pack, pieces, pieces_mut, total, unpack};
use crate::network::batch::{first, first_mut};
use crate::network::{Batch, Padded, Zero};

/// What a layer remembers of each step there is, one after the other; and the inputs, with their derivatives.
pub(in crate::layers) type Tape<L, B, const STEPS: usize> = (
    RecurrentTape<
        <B as Batch>::Of<[<L as Recurrent>::Gates; STEPS]>,
        <B as Batch>::Of<[<L as Recurrent>::Memory; STEPS]>,
        <B as Batch>::Of<[<L as Recurrent>::Output; STEPS]>,
    >,
    (<B as Batch>::Of<[<L as Recurrent>::Input; STEPS]>, <B as Batch>::Of<[<L as Recurrent>::Input; STEPS]>),
);

/// Inference. Each output has a row for each step of its sequence, or a single one for the last.
#[inline]
pub(in crate::layers) fn forward<'a, L: Recurrent, const STEPS: usize>(
    layer: &L,
    input: &[Padded<L::Input, STEPS>],
    output: impl Iterator<Item = &'a mut [L::Output]>,
) {
    with_aligned(layer, total(input), |layer| {
        for (input, output) in input.iter().zip(output) {
            // Of no steps, the output is zero.
            output.fill(L::Output::ZERO);
            run(layer, &mut { L::State::ZERO }, input.steps(), output);
        }
    });
}

/// The forward pass of training: the outputs of all steps.
#[inline]
pub(in crate::layers) fn forward_train<'a, L: Recurrent, B: Batch, const STEPS: usize>(
    layer: &L,
    input: &[Padded<L::Input, STEPS>],
    (tape, (packed, _)): &'a mut Tape<L, B, STEPS>,
) -> &'a [L::Output] {
    let steps = pack(input, input, packed.as_mut()).len();
    let gates = pieces_mut(input, tape.gates.as_mut().as_flattened_mut());
    let memory = pieces_mut(input, tape.memory.as_mut().as_flattened_mut());
    let output = first_mut(tape.output.as_mut().as_flattened_mut(), steps);
    let places = gates.zip(memory).zip(pieces_mut(input, output));
    with_aligned(layer, steps, |layer| {
        for (input, ((gates, memory), output)) in input.iter().zip(places) {
            layer.recur(&mut { L::State::ZERO }, input.steps(), gates, memory, output);
        }
    });
    output
}

/// The backward pass. `output_gradient` gives each sequence the gradients of its last steps.
#[inline]
pub(in crate::layers) fn backward<'a, L: Recurrent, B: Batch, const STEPS: usize>(
    layer: &L,
    input: &[Padded<L::Input, STEPS>],
    (tape, (packed, packed_gradient)): &mut Tape<L, B, STEPS>,
    output_gradient: impl Iterator<Item = &'a [L::Output]>,
    input_gradient: Option<&mut [Padded<L::Input, STEPS>]>,
    gradient: &mut L::Gradient,
) {
    let steps = total(input);
    let gates = first_mut(tape.gates.as_mut().as_flattened_mut(), steps);
    let memory = pieces_mut(input, tape.memory.as_mut().as_flattened_mut());
    let output = pieces(input, tape.output.as_ref().as_flattened());
    let sequences = pieces_mut(input, gates).zip(memory).zip(output).zip(output_gradient);
    with_aligned(layer, steps, |layer| {
        for (((gates, memory), output), output_gradient) in sequences {
            layer.recur_backward(gates, memory, output, output_gradient, gradient);
        }
    });
    let rows = first(packed.as_ref().as_flattened(), steps);
    let dx = first_mut(packed_gradient.as_mut().as_flattened_mut(), steps);
    let wanted = input_gradient.is_some().then_some(&mut *dx);
    layer.input_backward(rows, gates, wanted, gradient);
    if let Some(input_gradient) = input_gradient {
        unpack(input, dx, input_gradient);
    }
}

/// Makes a [`Recurrent`] struct `Name<IN, HIDDEN, T>` a layer of padded sequences that gives the output of the last step.
macro_rules! stops {
    ($layer:ident) => {
        #[diagnostic::do_not_recommend]
        impl<const STEPS: usize, const IN: usize, const HIDDEN: usize, T: $crate::network::Scalar, const BIAS: usize>
            $crate::network::Layer<$crate::network::Padded<[T; IN], STEPS>> for $layer<IN, HIDDEN, T, BIAS>
        {
            type Output = [T; HIDDEN];
            type Tape<B: $crate::network::Batch> = $crate::layers::recurrent::padded::Tape<Self, B, STEPS>;
            const MULTIPLY_ADDS: usize = STEPS * <Self as $crate::layers::bounds::Recurrent>::STEP_MULTIPLY_ADDS;
            const SCRATCH: usize = $crate::layers::recurrent::scratch::<Self>();
            const CALLS: usize = $crate::layers::recurrent::CALLS;

            fn forward(&self, input: &[$crate::network::Padded<[T; IN], STEPS>], output: &mut [[T; HIDDEN]]) {
                let last = $crate::kernel::rows::in_blocks_mut(output, 1);
                $crate::layers::recurrent::padded::forward(self, input, last);
            }

            fn forward_train<B: $crate::network::Batch>(
                &self,
                input: &[$crate::network::Padded<[T; IN], STEPS>],
                output: &mut [[T; HIDDEN]],
                tape: &mut Self::Tape<B>,
                _: &mut impl rand::Rng,
            ) {
                let steps = $crate::layers::recurrent::padded::forward_train::<Self, B, STEPS>(self, input, tape);
                for (output, steps) in output.iter_mut().zip($crate::layers::packed::pieces(input, steps)) {
                    *output = steps.last().copied().unwrap_or([T::ZERO; HIDDEN]);
                }
            }

            fn backward<B: $crate::network::Batch>(
                &self,
                input: &[$crate::network::Padded<[T; IN], STEPS>],
                _: &[[T; HIDDEN]],
                tape: &mut Self::Tape<B>,
                output_gradient: &mut [[T; HIDDEN]],
                input_gradient: Option<&mut [$crate::network::Padded<[T; IN], STEPS>]>,
                gradient: &mut Self::Gradient,
            ) {
                let last = $crate::kernel::rows::in_blocks(output_gradient, 1);
                $crate::layers::recurrent::padded::backward::<Self, B, STEPS>(
                    self,
                    input,
                    tape,
                    last,
                    input_gradient,
                    gradient,
                );
            }
        }
    };
}

pub(super) use stops;
