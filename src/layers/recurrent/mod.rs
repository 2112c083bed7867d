//! What all recurrent layers share: the pass over the steps, and how their weights start.

mod bidirectional;
mod gru;
mod lstm;
mod padded;
mod return_sequences;
mod rnn;
mod time_distributed;

pub use bidirectional::{Bidirectional, BidirectionalTape, Directed};
pub use gru::Gru;
pub use lstm::Lstm;
pub use return_sequences::ReturnSequences;
pub use rnn::Rnn;
pub use time_distributed::{Flattened, Steps, TimeDistributed, TimeDistributedTape};

use rand::Rng;

use crate::kernel::rows::in_rows;
use crate::network::batch::{first, first_mut};
use crate::network::{Initializer, Parameters, Sample, Scalar, Tape, Tensor, Zero};

/// A recurrent layer: it takes a step of a sequence and its own state, and gives its next state.
///
/// The products of the inputs could be computed for all steps at once, because they do not wait for
/// each other. [`recur`](Recurrent::recur) computes them step by step all the same: a processor does
/// them while it waits for the step before, and a sequence, a batch and a stream all do the same
/// operations in the same order. [`ReturnSequences`](crate::layers::ReturnSequences),
/// [`Bidirectional`](crate::layers::Bidirectional) and [`Stream`](crate::network::Stream) take any implementor.
///
/// ```
/// use typenet::layers::bounds::Recurrent;
/// use typenet::prelude::*;
///
/// /// The output after a sequence.
/// fn last<L: Recurrent>(layer: &L, input: &[L::Input]) -> L::Output {
///     let (mut state, mut output) = (L::State::ZERO, [L::Output::ZERO]);
///     layer.recur(&mut state, input, &mut [L::Gates::ZERO], &mut [L::Memory::ZERO], &mut output);
///     output[0]
/// }
///
/// let layer = initialized::<Rnn<1, 2>>(1);
/// let mut output = [[0.0; 2]];
/// layer.forward(&[[[0.5], [1.0]]], &mut output);
/// assert_eq!(last(&*layer, &[[0.5], [1.0]]), output[0]);
/// ```
pub trait Recurrent: Parameters {
    /// The number type.
    type Scalar: Scalar;
    /// One step of the input.
    type Input: Tensor<Scalar = Self::Scalar>;
    /// What comes out at each step.
    type Output: Tensor<Scalar = Self::Scalar>;
    /// What goes from step to step. It starts from zero.
    type State: Sample;
    /// The gates of one step, side by side, so that one product computes all of them.
    type Gates: Tensor<Scalar = Self::Scalar>;
    /// What `recur_backward` needs of a step besides gates and outputs.
    type Memory: Tensor<Scalar = Self::Scalar>;
    /// Multiply-adds of one step.
    const STEP_MULTIPLY_ADDS: usize;

    /// Runs the steps in order. `gates`, `memory` and `output` have a row for each step, or a single
    /// one that every step overwrites.
    fn recur(
        &self,
        state: &mut Self::State,
        input: &[Self::Input],
        gates: &mut [Self::Gates],
        memory: &mut [Self::Memory],
        output: &mut [Self::Output],
    );

    /// Goes back through the steps of one sequence that started from the zero state, and **adds**
    /// the derivative by the recurrent weights to `gradient`. `output_gradient` belongs to the last
    /// steps: as many as it has rows. Each row of `gates` is left with the derivative by its
    /// inputs' part.
    fn recur_backward(
        &self,
        gates: &mut [Self::Gates],
        memory: &mut [Self::Memory],
        output: &[Self::Output],
        output_gradient: &[Self::Output],
        gradient: &mut Self::Gradient,
    );

    /// Goes back from the gates to the inputs, for any number of steps: **overwrites** `input_gradient`
    /// and **adds** the derivative by the input's weights to `gradient`.
    fn input_backward(
        &self,
        input: &[Self::Input],
        gates_gradient: &[Self::Gates],
        input_gradient: Option<&mut [Self::Input]>,
        gradient: &mut Self::Gradient,
    );
}

/// What a recurrent layer remembers of each step: gates, memory, outputs.
///
/// ```
/// use typenet::prelude::*;
///
/// // A layer that training takes through sequences of 5 steps, 8 at a time.
/// type Memory = <Gru<3, 4> as Layer<[[f32; 3]; 5]>>::Tape<Inline<8>>;
/// let memory = Memory::EMPTY;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RecurrentTape<G, M, Y> {
    pub(super) gates: G,
    pub(super) memory: M,
    pub(super) output: Y,
}

impl<G: Tape, M: Tape, Y: Tape> Tape for RecurrentTape<G, M, Y> {
    const EMPTY: Self = Self { gates: G::EMPTY, memory: M::EMPTY, output: Y::EMPTY };

    fn grow(&mut self, samples: usize) {
        self.gates.grow(samples);
        self.memory.grow(samples);
        self.output.grow(samples);
    }
}

/// The row of a step, or the last one there is.
#[inline(always)]
pub(super) fn row<X>(rows: &mut [X], step: usize) -> Option<&mut X> {
    let last = rows.len().checked_sub(1)?;
    rows.get_mut(step.min(last))
}

/// Starts the sums of a gate from its bias, or from zero in a layer without: in place, since arrays by value would take
/// their room on the stack.
#[inline(always)]
pub(super) fn start<T: Scalar, const HIDDEN: usize>(sums: &mut [T; HIDDEN], bias: &[T]) {
    match bias.first_chunk() {
        Some(bias) => *sums = *bias,
        None => *sums = [T::ZERO; HIDDEN],
    }
}

/// The row before a step.
#[inline(always)]
pub(super) fn before<X: Copy>(rows: &[X], step: usize) -> Option<X> {
    rows.get(step.checked_sub(1)?).copied()
}

/// Starts on a cache line, so that no vector lies on two.
#[repr(align(64))]
struct Aligned<V>(V);

/// The weights are read at every step. Where they are small and the steps are many, a copy that
/// starts on a cache line pays: each vector is then in one line, and not on two.
#[inline]
pub(super) fn with_aligned<L: Copy>(layer: &L, steps: usize, run: impl FnOnce(&L)) {
    if cfg!(feature = "simd") && steps >= 16 && size_of::<L>() <= 32 * 1024 {
        run_aligned(layer, run);
    } else {
        run(layer);
    }
}

/// Not inlined: the copy is on the stack of this function alone, which is not called for a large
/// layer.
#[inline(never)]
fn run_aligned<L: Copy>(layer: &L, run: impl FnOnce(&L)) {
    let layer = Aligned(*layer);
    run(&layer.0);
}

/// From a step to the function of its gates, to the exponential; the gates take as much stack as two calls more.
pub(super) const CALLS: usize = 5;

/// Bytes that [`run`] keeps: what it gives to a step, from one cache line on.
pub(super) const fn scratch<L: Recurrent>() -> usize {
    size_of::<(Aligned<L::State>, Aligned<L::Gates>, Aligned<L::Memory>)>() + align_of::<Aligned<()>>()
}

/// Inference over the steps from a state. `output` has a row for each step, or a single one for
/// the last.
#[inline]
pub(super) fn run<L: Recurrent>(layer: &L, state: &mut L::State, input: &[L::Input], output: &mut [L::Output]) {
    let (mut own, mut gates, mut memory) = (Aligned(*state), Aligned([L::Gates::ZERO]), Aligned([L::Memory::ZERO]));
    layer.recur(&mut own.0, input, &mut gates.0, &mut memory.0, output);
    *state = own.0;
}

/// Inference over whole sequences: the last output of each.
#[inline]
pub(super) fn forward_last<L: Recurrent, const STEPS: usize>(
    layer: &L,
    input: &[[L::Input; STEPS]],
    output: &mut [L::Output],
) {
    with_aligned(layer, input.len() * STEPS, |layer| {
        for (input, output) in input.iter().zip(output) {
            // Of no steps, the output is zero.
            *output = L::Output::ZERO;
            let mut state = L::State::ZERO;
            run(layer, &mut state, input, core::slice::from_mut(output));
        }
    });
}

/// The forward pass of training, over whole sequences.
#[inline]
pub(super) fn forward_train<L: Recurrent, const STEPS: usize>(
    layer: &L,
    input: &[[L::Input; STEPS]],
    gates: &mut [[L::Gates; STEPS]],
    memory: &mut [[L::Memory; STEPS]],
    output: &mut [[L::Output; STEPS]],
) {
    with_aligned(layer, input.len() * STEPS, |layer| {
        for (((input, gates), memory), output) in input.iter().zip(gates).zip(memory).zip(output) {
            let mut state = L::State::ZERO;
            layer.recur(&mut state, input, gates, memory, output);
        }
    });
}

/// The backward pass of training. `output_gradient` gives each sequence the gradients of its last
/// steps.
#[inline]
#[expect(clippy::too_many_arguments, reason = "what a backward pass is given, and the layer")]
pub(super) fn backward<'a, L: Recurrent, const STEPS: usize>(
    layer: &L,
    input: &[[L::Input; STEPS]],
    output: &[[L::Output; STEPS]],
    gates: &mut [[L::Gates; STEPS]],
    memory: &mut [[L::Memory; STEPS]],
    output_gradient: impl Iterator<Item = &'a [L::Output]>,
    input_gradient: Option<&mut [[L::Input; STEPS]]>,
    gradient: &mut L::Gradient,
) {
    let gates = first_mut(gates, input.len());
    let sequences = gates.iter_mut().zip(memory).zip(first(output, input.len())).zip(output_gradient);
    with_aligned(layer, input.len() * STEPS, |layer| {
        for (((gates, memory), output), output_gradient) in sequences {
            layer.recur_backward(gates, memory, output, output_gradient, gradient);
        }
    });
    let input_gradient = input_gradient.map(<[_]>::as_flattened_mut);
    layer.input_backward(input.as_flattened(), gates.as_flattened(), input_gradient, gradient);
}

/// Adds what the recurrent product of one sequence gives to its weight and bias: each output, with
/// the derivative by the next step's product. The first step's state is zero. A bias that is added with the input's
/// product has its gradient there, and is empty here.
pub(super) fn add_weight_gradient<T: Scalar, Y: Tensor<Scalar = T>, G: Tensor<Scalar = T>>(
    output: &[Y],
    product_gradient: &[G],
    weight_gradient: &mut [T],
    bias_gradient: &mut [T],
) {
    let Some((first_step, later)) = product_gradient.split_first() else { return };
    for (sum, g) in bias_gradient.iter_mut().zip(G::flat(core::slice::from_ref(first_step))) {
        *sum += *g;
    }
    T::weight_gradient(Y::flat(first(output, later.len())), G::flat(later), G::LEN, weight_gradient, bias_gradient);
}

/// Starts a recurrent weight with orthonormal rows, so that a state neither grows nor shrinks at
/// once (Keras' default). An initialiser without chance is taken as it is.
pub(super) fn orthonormal<T: Scalar>(values: &mut [T], shape: &[usize], weights: Initializer, rng: &mut impl Rng) {
    let columns = shape.last().copied().unwrap_or(1).max(1);
    if let Initializer::Zeros | Initializer::Constant(_) = weights {
        values.fill(match weights {
            Initializer::Constant(value) => T::from_f64(value),
            _ => T::ZERO,
        });
        return;
    }
    crate::network::parameters::Role::Weight.init(values, shape, Initializer::LecunNormal, rng);
    // Gram and Schmidt, each row twice: once leaves a part of about the rounding error times the
    // condition number.
    for start in (0..values.len()).step_by(columns) {
        let (done, rest) = values.split_at_mut_checked(start).unwrap_or_default();
        let Some(row) = rest.get_mut(..columns) else { return };
        for _ in 0..2 {
            for other in in_rows(done, columns) {
                let along = dot(row, other);
                row.iter_mut().zip(other).for_each(|(x, y)| *x -= along * *y);
            }
        }
        let length = dot(row, row).sqrt();
        if length > T::ZERO {
            row.iter_mut().for_each(|x| *x /= length);
        }
    }
}

fn dot<T: Scalar>(left: &[T], right: &[T]) -> T {
    left.iter().zip(right).fold(T::ZERO, |sum, (x, y)| sum + *x * *y)
}

/// Makes a [`Recurrent`] struct `Name<IN, HIDDEN, T, BIAS>` a layer that gives its last output.
macro_rules! recurrent {
    ($layer:ident) => {
        impl<const STEPS: usize, const IN: usize, const HIDDEN: usize, T: $crate::network::Scalar, const BIAS: usize>
            $crate::network::Layer<[[T; IN]; STEPS]> for $layer<IN, HIDDEN, T, BIAS>
        {
            type Output = [T; HIDDEN];
            type Tape<B: $crate::network::Batch> = $crate::layers::bounds::RecurrentTape<
                B::Of<[<Self as $crate::layers::bounds::Recurrent>::Gates; STEPS]>,
                B::Of<[<Self as $crate::layers::bounds::Recurrent>::Memory; STEPS]>,
                B::Of<[[T; HIDDEN]; STEPS]>,
            >;
            const MULTIPLY_ADDS: usize = STEPS * <Self as $crate::layers::bounds::Recurrent>::STEP_MULTIPLY_ADDS;
            const SCRATCH: usize = $crate::layers::recurrent::scratch::<Self>();
            const CALLS: usize = $crate::layers::recurrent::CALLS;

            fn forward(&self, input: &[[[T; IN]; STEPS]], output: &mut [[T; HIDDEN]]) {
                $crate::layers::recurrent::forward_last(self, input, output);
            }

            fn forward_train<B: $crate::network::Batch>(
                &self,
                input: &[[[T; IN]; STEPS]],
                output: &mut [[T; HIDDEN]],
                tape: &mut Self::Tape<B>,
                _: &mut impl rand::Rng,
            ) {
                let (gates, memory, steps) = (tape.gates.as_mut(), tape.memory.as_mut(), tape.output.as_mut());
                $crate::layers::recurrent::forward_train(self, input, gates, memory, steps);
                for (output, steps) in output.iter_mut().zip(steps).take(input.len()) {
                    *output = steps.last().copied().unwrap_or([T::ZERO; HIDDEN]);
                }
            }

            fn backward<B: $crate::network::Batch>(
                &self,
                input: &[[[T; IN]; STEPS]],
                _: &[[T; HIDDEN]],
                tape: &mut Self::Tape<B>,
                output_gradient: &mut [[T; HIDDEN]],
                input_gradient: Option<&mut [[[T; IN]; STEPS]]>,
                gradient: &mut Self::Gradient,
            ) {
                let (gates, memory) = (tape.gates.as_mut(), tape.memory.as_mut());
                $crate::layers::recurrent::backward(
                    self,
                    input,
                    tape.output.as_ref(),
                    gates,
                    memory,
                    $crate::kernel::rows::in_blocks(output_gradient, 1),
                    input_gradient,
                    gradient,
                );
            }
        }

        $crate::layers::recurrent::padded::stops!($layer);

        impl<const IN: usize, const HIDDEN: usize, T: $crate::network::Scalar, const BIAS: usize>
            $crate::network::Stream<[T; IN]> for $layer<IN, HIDDEN, T, BIAS>
        {
            type Output = [T; HIDDEN];
            type State = <Self as $crate::layers::bounds::Recurrent>::State;
            const STEP_BYTES: usize = $crate::layers::recurrent::step_bytes::<Self>();

            #[inline]
            fn step(&self, state: &mut Self::State, input: &[T; IN]) -> [T; HIDDEN] {
                $crate::layers::recurrent::step(self, state, input)
            }
        }
    };
}

pub(super) use recurrent;

/// What a step takes: what [`run`] keeps, and its calls.
pub(super) const fn step_bytes<L: Recurrent>() -> usize {
    scratch::<L>() + crate::network::budget::frames(CALLS)
}

/// One step of a stream.
#[inline]
pub(super) fn step<L: Recurrent>(layer: &L, state: &mut L::State, input: &L::Input) -> L::Output {
    let mut output = L::Output::ZERO;
    run(layer, state, core::slice::from_ref(input), core::slice::from_mut(&mut output));
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recurrent_weights_start_orthonormal() {
        for (rows, columns) in [(1, 1), (5, 5), (8, 24), (32, 128)] {
            let mut values = vec![9.0_f64; rows * columns];
            orthonormal(&mut values, &[rows, columns], Initializer::HeNormal, &mut crate::network::seeded(3));
            for (i, one) in values.chunks(columns).enumerate() {
                for (j, other) in values.chunks(columns).enumerate() {
                    let expected = if i == j { 1.0 } else { 0.0 };
                    assert!((dot(one, other) - expected).abs() < 1e-13, "{rows} x {columns}, rows {i} and {j}");
                }
            }
        }
    }

    #[test]
    fn initialisers_without_chance_are_kept() {
        let mut values = [9.0_f32; 6];
        orthonormal(&mut values, &[2, 3], Initializer::Constant(0.5), &mut crate::network::seeded(3));
        assert_eq!(values, [0.5; 6]);
        orthonormal(&mut values, &[2, 3], Initializer::Zeros, &mut crate::network::seeded(3));
        assert_eq!(values, [0.0; 6]);
    }
}
