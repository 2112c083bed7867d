//! One layer for every step.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::error::Error;
use crate::layers::composition::parallel::larger;
use crate::layers::packed::by_step;
use crate::network::scratch::group;
use crate::network::stream::{bytes_alone, step_alone};
use crate::network::{
    Batch, Fingerprint, Initializer, Layer, One, Parameters, Path, Row, Sample, Stream, Tape, Visitor, Walker, Zero,
};

/// Applies a layer (or network) to each step of a sequence, with the same parameters: from
/// `[X; STEPS]` to `[L::Output; STEPS]`, for any number of steps. Keras' `TimeDistributed`; PyTorch's
/// `Linear` does it unasked.
///
/// The steps of a batch are to the inner layer one larger batch. So a batch normalisation in it
/// measures over samples and steps, and a dropout draws its mask anew at each step.
///
/// Backward: that of the layer; the gradients of its parameters sum up over the steps.
///
/// ```
/// use typenet::prelude::*;
///
/// // A class for each step.
/// type Network = Sequential![ReturnSequences<Gru<3, 16>>, TimeDistributed<Dense<16, 4>>];
/// let mut output = [[[0.0; 4]; 10]];
/// initialized::<Network>(1).forward(&[[[0.5; 3]; 10]], &mut output);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct TimeDistributed<L: AnyBitPattern>(
    /// The layer.
    pub L,
);

impl<L: Zero + AnyBitPattern> Zero for TimeDistributed<L> {
    const ZERO: Self = Self(L::ZERO);
}

impl<L: Parameters> Parameters for TimeDistributed<L> {
    type Gradient = L::Gradient;
    const COUNT: usize = L::COUNT;
    const STATISTICS: usize = L::STATISTICS;
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("TimeDistributed").part(L::FINGERPRINT);

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

/// A batch of the steps of another batch's sequences.
#[derive(Clone, Copy, Debug)]
pub struct Steps<B, const STEPS: usize>(core::marker::PhantomData<B>);

impl<B: Batch, const STEPS: usize> Batch for Steps<B, STEPS> {
    const CAPACITY: usize = B::CAPACITY.saturating_mul(STEPS);
    type Of<X: Sample> = Flattened<B::Of<[X; STEPS]>, STEPS>;
    type One<V: One> = B::One<V>;
}

/// Sequences, seen as all their steps in a row.
#[derive(Clone, Copy, Debug)]
pub struct Flattened<S, const STEPS: usize>(S);

impl<S: Tape, const STEPS: usize> Tape for Flattened<S, STEPS> {
    const EMPTY: Self = Self(S::EMPTY);

    fn grow(&mut self, steps: usize) {
        self.0.grow(steps.div_ceil(if STEPS == 0 { 1 } else { STEPS }));
    }
}

impl<X: Sample, S: AsRef<[[X; STEPS]]>, const STEPS: usize> AsRef<[X]> for Flattened<S, STEPS> {
    fn as_ref(&self) -> &[X] {
        self.0.as_ref().as_flattened()
    }
}

impl<X: Sample, S: AsMut<[[X; STEPS]]>, const STEPS: usize> AsMut<[X]> for Flattened<S, STEPS> {
    fn as_mut(&mut self) -> &mut [X] {
        self.0.as_mut().as_flattened_mut()
    }
}

/// What a [`TimeDistributed`] remembers: its layer's tape, with room for every step.
#[derive(Clone, Copy, Debug)]
pub struct TimeDistributedTape<L, const STEPS: usize>(pub(crate) L);

impl<L: Tape, const STEPS: usize> Tape for TimeDistributedTape<L, STEPS> {
    const EMPTY: Self = Self(L::EMPTY);

    fn grow(&mut self, samples: usize) {
        self.0.grow(samples * STEPS);
    }
}

impl<X: Sample, L: Layer<X>, const STEPS: usize> Layer<[X; STEPS]> for TimeDistributed<L> {
    type Output = [L::Output; STEPS];
    type Tape<B: Batch> = TimeDistributedTape<L::Tape<Steps<B, STEPS>>, STEPS>;
    const MULTIPLY_ADDS: usize = STEPS * L::MULTIPLY_ADDS;
    /// A chain takes several steps through its buffers at once. One inside of another layer, or whose activations share
    /// no buffers, does so too: how many is not known here, but no more than 16.
    const SCRATCH: usize = {
        let (first, second) = (L::BUFFERS.from, L::BUFFERS.other);
        if STEPS == 1 {
            L::SCRATCH
        } else if L::BUFFERS.shared && first + second > 0 {
            L::SCRATCH + (group(larger(first, second)) - 1) * (first + second)
        } else {
            L::SCRATCH + 15 * L::GROUPED
        }
    };
    /// A product of several steps is a call.
    const CALLS: usize = larger(1, L::CALLS);

    fn forward(&self, input: &[[X; STEPS]], output: &mut [[L::Output; STEPS]]) {
        self.0.forward(input.as_flattened(), output.as_flattened_mut());
    }

    fn forward_train<B: Batch>(
        &self,
        input: &[[X; STEPS]],
        output: &mut [[L::Output; STEPS]],
        tape: &mut Self::Tape<B>,
        rng: &mut impl Rng,
    ) {
        self.0.forward_train(input.as_flattened(), output.as_flattened_mut(), &mut tape.0, rng);
    }

    fn backward<B: Batch>(
        &self,
        input: &[[X; STEPS]],
        output: &[[L::Output; STEPS]],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [[L::Output; STEPS]],
        input_gradient: Option<&mut [[X; STEPS]]>,
        gradient: &mut L::Gradient,
    ) {
        let (input, output) = (input.as_flattened(), output.as_flattened());
        let (output_gradient, input_gradient) =
            (output_gradient.as_flattened_mut(), input_gradient.map(<[_]>::as_flattened_mut));
        self.0.backward(input, output, &mut tape.0, output_gradient, input_gradient, gradient);
    }

    fn backward_input<B: Batch>(
        &self,
        input: &[[X; STEPS]],
        output: &[[L::Output; STEPS]],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [[L::Output; STEPS]],
        input_gradient: &mut [[X; STEPS]],
    ) {
        let (input, output) = (input.as_flattened(), output.as_flattened());
        let (g, dx) = (output_gradient.as_flattened_mut(), input_gradient.as_flattened_mut());
        self.0.backward_input(input, output, &mut tape.0, g, dx);
    }

    fn check_input(&self, input: &[[X; STEPS]]) -> Result<(), Error> {
        self.0.check_input(input.as_flattened())
    }

    fn update_statistics<B: Batch>(&mut self, tape: &Self::Tape<B>) {
        self.0.update_statistics(&tape.0);
    }

    fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
        row(Row::new::<Self, [X; STEPS]>(path));
    }
}

by_step!(TimeDistributed<L>: L = self.0, X, [X: Sample, L: Layer<X>]);

impl<X: Sample, L: Layer<X>> Stream<X> for TimeDistributed<L> {
    type Output = L::Output;
    type State = ();
    const STEP_BYTES: usize = bytes_alone::<L, X>();

    #[inline]
    fn step(&self, (): &mut (), input: &X) -> L::Output {
        step_alone(&self.0, input)
    }
}
