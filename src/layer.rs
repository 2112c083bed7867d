//! The layer, and a chain of two.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::batch::{Batch, Tape, first, first_mut};
use crate::init::Initializer;
use crate::parameters::{Parameters, Path, Visitor, Walker};
use crate::summary::Row;
use crate::tensor::{Sample, Zero};

/// A layer takes samples of type `X` and gives samples of type [`Output`](Layer::Output).
///
/// A network is a layer. All slices of one call hold the same number of samples; where they do
/// not, the shortest counts and nothing panics.
///
/// `examples/custom_layer.rs` writes one. Used from outside:
///
/// ```
/// use typenet::prelude::*;
///
/// fn outputs<N: Layer<X>, X: Sample>(network: &N, inputs: &[X]) -> Vec<N::Output> {
///     let mut outputs = vec![N::Output::ZERO; inputs.len()];
///     network.forward(inputs, &mut outputs);
///     outputs
/// }
///
/// assert_eq!(outputs(&Relu, &[[-1.0_f32, 2.0]]), [[0.0, 2.0]]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not take an input of shape `{X}`",
    label = "this layer is given `{X}`",
    note = "the output shape of each layer must be the input shape of the next"
)]
pub trait Layer<X: Sample>: Parameters {
    /// What one sample becomes.
    type Output: Sample;
    /// What `backward` must remember. `()` where input and output are enough.
    type Tape<B: Batch>: Tape + Send + Sync;
    /// Multiply-adds for one sample. Elementwise work is not counted.
    const MULTIPLY_ADDS: usize = 0;

    /// Inference: every element of `output` is overwritten.
    fn forward(&self, input: &[X], output: &mut [Self::Output]);

    /// The forward pass of training, where it differs from inference or fills a tape.
    fn forward_train<B: Batch>(
        &self,
        input: &[X],
        output: &mut [Self::Output],
        tape: &mut Self::Tape<B>,
        rng: &mut impl Rng,
    ) {
        let _ = (tape, rng);
        self.forward(input, output);
    }

    /// The backward pass: given `input` and `output` of `forward_train` and the derivative of the
    /// loss by the output, **overwrites** `input_gradient` with the derivative by the input and
    /// **adds** the derivative by the parameters to `gradient`.
    ///
    /// `input_gradient` is `None` where nobody reads it: in a network's first layer.
    /// `output_gradient` may be used as scratch memory.
    fn backward<B: Batch>(
        &self,
        input: &[X],
        output: &[Self::Output],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [X]>,
        gradient: &mut Self::Gradient,
    );

    /// Takes over what was measured in the last `forward_train`, such as running means. Called
    /// only after a step that succeeded.
    fn update_statistics<B: Batch>(&mut self, tape: &Self::Tape<B>) {
        let _ = tape;
    }

    /// Reports the rows of the summary.
    fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
        row(Row::new::<Self, X>(path));
    }
}

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

impl<A: Tape, B: Tape, M: Tape> Tape for ChainTape<A, B, M> {
    const EMPTY: Self = Self { first: A::EMPTY, second: B::EMPTY, middle: M::EMPTY, middle_gradient: M::EMPTY };

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

    fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
        self.0.init(weights, rng);
        self.1.init(weights, rng);
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        let (head, tail) = path.split();
        self.0.visit(&head, visitor);
        self.1.visit(&tail, visitor);
    }

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

    fn forward(&self, input: &[X], output: &mut [Self::Output]) {
        // What flows between the two is on the stack: a few kilobytes, or one sample.
        match size_of::<A::Output>() {
            _ if input.len() == 1 => forward_by::<1, _, _, _>(self, input, output),
            0..=512 => forward_by::<16, _, _, _>(self, input, output),
            513..=2048 => forward_by::<4, _, _, _>(self, input, output),
            _ => forward_by::<1, _, _, _>(self, input, output),
        }
    }

    fn forward_train<S: Batch>(
        &self,
        input: &[X],
        output: &mut [Self::Output],
        tape: &mut Self::Tape<S>,
        rng: &mut impl Rng,
    ) {
        let middle = first_mut(tape.middle.as_mut(), input.len());
        self.0.forward_train(input, middle, &mut tape.first, rng);
        self.1.forward_train(middle, output, &mut tape.second, rng);
    }

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

/// Inference in groups of `SAMPLES`.
fn forward_by<const SAMPLES: usize, X, A, B>(chain: &Chain<A, B>, input: &[X], output: &mut [B::Output])
where
    X: Sample,
    A: Layer<X>,
    B: Layer<A::Output>,
{
    let mut store = [A::Output::ZERO; SAMPLES];
    for (input, output) in input.chunks(SAMPLES).zip(output.chunks_mut(SAMPLES)) {
        let middle = first_mut(&mut store, input.len());
        chain.0.forward(input, middle);
        chain.1.forward(middle, output);
    }
}
