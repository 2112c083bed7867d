//! Every output of a recurrent layer.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::layers::packed::unpack;
use crate::layers::recurrent::{
    CALLS, Recurrent, RecurrentTape, backward, forward_train, padded, run, scratch, step, step_bytes, with_aligned,
};
use crate::network::batch::first;
use crate::network::{Batch, Fingerprint, Initializer, Layer, Padded, Parameters, Path, Stream, Visitor, Walker, Zero};

/// A recurrent layer that gives its output at every step, `[[T; HIDDEN]; STEPS]`, and not the last
/// one only: Keras' `return_sequences=True`, and what PyTorch gives first.
///
/// It is what a recurrent layer needs that stands before another one.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![ReturnSequences<Gru<2, 8>>, Gru<8, 4>, Dense<4, 1>];
/// # let _ = Network::ZERO;
///
/// let layer = ReturnSequences(*initialized::<Gru<2, 8>>(1));
/// let (sequence, mut all, mut last) = ([[[0.5, -0.5]; 3]], [[[0.0; 8]; 3]], [[0.0; 8]]);
/// layer.forward(&sequence, &mut all);
/// layer.0.forward(&sequence, &mut last);
/// assert_eq!(all[0][2], last[0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct ReturnSequences<L: AnyBitPattern>(
    /// The recurrent layer.
    pub L,
);

impl<L: Zero + AnyBitPattern> Zero for ReturnSequences<L> {
    const ZERO: Self = Self(L::ZERO);
}

impl<L: Parameters> Parameters for ReturnSequences<L> {
    type Gradient = L::Gradient;
    const COUNT: usize = L::COUNT;
    const STATISTICS: usize = L::STATISTICS;
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("ReturnSequences").part(L::FINGERPRINT);

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

impl<L: Recurrent, const STEPS: usize> Layer<[L::Input; STEPS]> for ReturnSequences<L> {
    type Output = [L::Output; STEPS];
    /// The layer's own output is its third part.
    type Tape<B: Batch> = RecurrentTape<B::Of<[L::Gates; STEPS]>, B::Of<[L::Memory; STEPS]>, ()>;
    const MULTIPLY_ADDS: usize = STEPS * L::STEP_MULTIPLY_ADDS;
    const SCRATCH: usize = scratch::<L>();
    const CALLS: usize = CALLS;

    fn forward(&self, input: &[[L::Input; STEPS]], output: &mut [[L::Output; STEPS]]) {
        with_aligned(&self.0, input.len() * STEPS, |layer| {
            for (input, output) in input.iter().zip(output) {
                let mut state = L::State::ZERO;
                run(layer, &mut state, input, output);
            }
        });
    }

    fn forward_train<B: Batch>(
        &self,
        input: &[[L::Input; STEPS]],
        output: &mut [[L::Output; STEPS]],
        tape: &mut Self::Tape<B>,
        _: &mut impl Rng,
    ) {
        forward_train(&self.0, input, tape.gates.as_mut(), tape.memory.as_mut(), output);
    }

    fn backward<B: Batch>(
        &self,
        input: &[[L::Input; STEPS]],
        output: &[[L::Output; STEPS]],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [[L::Output; STEPS]],
        input_gradient: Option<&mut [[L::Input; STEPS]]>,
        gradient: &mut L::Gradient,
    ) {
        let (gates, memory) = (tape.gates.as_mut(), tape.memory.as_mut());
        let output_gradient = output_gradient.iter().map(<[_; STEPS]>::as_slice);
        backward(&self.0, input, output, gates, memory, output_gradient, input_gradient, gradient);
    }
}

#[diagnostic::do_not_recommend]
impl<L: Recurrent, const STEPS: usize> Layer<Padded<L::Input, STEPS>> for ReturnSequences<L> {
    type Output = Padded<L::Output, STEPS>;
    type Tape<B: Batch> = padded::Tape<L, B, STEPS>;
    const MULTIPLY_ADDS: usize = STEPS * L::STEP_MULTIPLY_ADDS;
    const SCRATCH: usize = scratch::<L>();
    const CALLS: usize = CALLS;

    fn forward(&self, input: &[Padded<L::Input, STEPS>], output: &mut [Padded<L::Output, STEPS>]) {
        let lengths = input.iter().map(|input| input.steps().len());
        padded::forward(&self.0, input, output.iter_mut().zip(lengths).map(|(output, length)| output.resize(length)));
    }

    fn forward_train<B: Batch>(
        &self,
        input: &[Padded<L::Input, STEPS>],
        output: &mut [Padded<L::Output, STEPS>],
        tape: &mut Self::Tape<B>,
        _: &mut impl Rng,
    ) {
        unpack(input, padded::forward_train::<L, B, STEPS>(&self.0, input, tape), output);
    }

    fn backward<B: Batch>(
        &self,
        input: &[Padded<L::Input, STEPS>],
        _: &[Padded<L::Output, STEPS>],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [Padded<L::Output, STEPS>],
        input_gradient: Option<&mut [Padded<L::Input, STEPS>]>,
        gradient: &mut L::Gradient,
    ) {
        let lengths = input.iter().map(|input| input.steps().len());
        let output_gradient = output_gradient.iter().zip(lengths).map(|(g, length)| first(g.array(), length));
        padded::backward::<L, B, STEPS>(&self.0, input, tape, output_gradient, input_gradient, gradient);
    }
}

impl<L: Recurrent> Stream<L::Input> for ReturnSequences<L> {
    type Output = L::Output;
    type State = L::State;
    const STEP_BYTES: usize = step_bytes::<L>();

    #[inline]
    fn step(&self, state: &mut L::State, input: &L::Input) -> L::Output {
        step(&self.0, state, input)
    }
}
