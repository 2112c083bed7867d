//! The layer, and a chain of two.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::batch::{Batch, Tape, first, first_mut};
use crate::error::Error;
use crate::fingerprint::Fingerprint;
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
    note = "the output shape of each layer must be the input shape of the next",
    note = "a network takes a batch: `&[sample]` for one sample"
)]
pub trait Layer<X: Sample>: Parameters {
    /// What one sample becomes.
    type Output: Sample;
    /// What `backward` must remember. `()` where input and output are enough.
    type Tape<B: Batch>: Tape + Send + Sync;
    /// Multiply-adds for one sample. Elementwise work is not counted.
    const MULTIPLY_ADDS: usize = 0;
    /// Bytes of arrays that `forward` keeps on the stack for one sample: activations and tables, not single numbers.
    const SCRATCH: usize = 0;

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

    /// The backward pass of a layer whose parameters are [`Frozen`](crate::Frozen): **overwrites**
    /// `input_gradient`, as [`backward`](Layer::backward) does, and needs no gradient of the
    /// parameters.
    ///
    /// Where a layer does not say how, a gradient is made on the stack and forgotten.
    fn backward_input<B: Batch>(
        &self,
        input: &[X],
        output: &[Self::Output],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [Self::Output],
        input_gradient: &mut [X],
    ) {
        let mut gradient = Self::Gradient::ZERO;
        self.backward::<B>(input, output, tape, output_gradient, Some(input_gradient), &mut gradient);
    }

    /// Whether the layer can take these samples. Every shape is right by its type; this is for
    /// what a type cannot say, such as a token beyond the vocabulary. Training asks before a step.
    ///
    /// # Errors
    ///
    /// That of the first sample which the layer cannot take.
    fn check_input(&self, input: &[X]) -> Result<(), Error> {
        let _ = input;
        Ok(())
    }

    /// Takes over what was measured in the last `forward_train`, such as running means. Called
    /// only after a step that succeeded.
    fn update_statistics<B: Batch>(&mut self, tape: &Self::Tape<B>) {
        let _ = tape;
    }

    /// Reports the rows of the summary.
    fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
        row(Row::new::<Self, X>(path));
    }

    /// Inference that shows the output of each layer in turn, in groups of samples.
    fn forward_watched(&self, input: &[X], output: &mut [Self::Output], watch: &mut impl Watch) {
        self.forward(input, output);
        watch.activation(output);
    }

    /// Layers in a row: those that a [`Watch`] sees.
    const DEPTH: usize = 1;

    /// The buffers that inference needs when this layer is the rest of a chain.
    #[doc(hidden)]
    const BUFFERS: Buffers = Buffers::none(Self::SCRATCH);

    /// Inference of the rest of a chain, from samples in one buffer, with the help of the other.
    #[doc(hidden)]
    #[inline(always)]
    fn forward_between(
        &self,
        samples: usize,
        input: &mut [u8],
        _: &mut [u8],
        output: &mut [Self::Output],
        watch: &mut impl Watch,
    ) {
        self.forward_watched(first_mut(X::from_bytes_mut(input), samples), output, watch);
    }

    /// Lends the first buffer of a chain, for groups of `SAMPLES`.
    #[doc(hidden)]
    #[inline(always)]
    fn lend_first<const SAMPLES: usize>(run: impl FnOnce(&mut [u8])) {
        run(&mut []);
    }

    /// Lends the second buffer of a chain.
    #[doc(hidden)]
    #[inline(always)]
    fn lend_second<const SAMPLES: usize>(run: impl FnOnce(&mut [u8])) {
        run(&mut []);
    }
}

/// Sees what flows through a network (see [`Layer::forward_watched`]).
pub trait Watch {
    /// Called with the output of each layer in turn.
    fn activation<Y: Sample>(&mut self, samples: &[Y]);
}

/// Nobody looks.
impl Watch for () {
    #[inline(always)]
    fn activation<Y: Sample>(&mut self, _: &[Y]) {}
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
    const BUFFERS: Buffers = Buffers::before::<A::Output>(A::SCRATCH, B::BUFFERS);

    const DEPTH: usize = A::DEPTH + B::DEPTH;

    #[inline]
    fn forward(&self, input: &[X], output: &mut [Self::Output]) {
        self.forward_watched(input, output, &mut ());
    }

    #[inline]
    fn forward_watched(&self, input: &[X], output: &mut [Self::Output], watch: &mut impl Watch) {
        // Buffers of a few kilobytes, or of one sample: where there is one, of no more.
        match Self::BUFFERS.widest() {
            _ if input.len() == 1 => forward_by::<1, _, _, _>(self, input, output, watch),
            0..=512 => forward_by::<16, _, _, _>(self, input, output, watch),
            513..=2048 => forward_by::<4, _, _, _>(self, input, output, watch),
            _ => forward_by::<1, _, _, _>(self, input, output, watch),
        }
    }

    #[inline(always)]
    fn forward_between(
        &self,
        samples: usize,
        input: &mut [u8],
        other: &mut [u8],
        output: &mut [Self::Output],
        watch: &mut impl Watch,
    ) {
        let middle = first_mut(A::Output::from_bytes_mut(other), samples);
        self.0.forward_watched(first_mut(X::from_bytes_mut(input), samples), middle, watch);
        // What was the input is read no more: the next activation goes there.
        self.1.forward_between(samples, other, input, output, watch);
    }

    #[inline(always)]
    fn lend_first<const SAMPLES: usize>(run: impl FnOnce(&mut [u8])) {
        if const { size_of::<A::Output>() >= B::BUFFERS.second } {
            run(A::Output::bytes_mut(&mut [A::Output::ZERO; SAMPLES]));
        } else {
            B::lend_second::<SAMPLES>(run);
        }
    }

    #[inline(always)]
    fn lend_second<const SAMPLES: usize>(run: impl FnOnce(&mut [u8])) {
        B::lend_first::<SAMPLES>(run);
    }

    #[inline(never)]
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

/// The memory of a chain's inference: the activations take turns in two buffers, the first one and
/// then every other in the first buffer.
///
/// So a forward pass takes as much as its widest activations at odd and at even places. Where an
/// activation function follows each product, these two are neighbours.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffers {
    /// Bytes of the first buffer, for one sample.
    pub first: usize,
    /// Bytes of the second buffer.
    pub second: usize,
    /// The most that a layer takes beside them.
    inner: usize,
    /// The alignment of all activations, 0 where there are none.
    align: usize,
    /// Whether all activations can share buffers.
    shared: bool,
}

impl Buffers {
    const fn none(scratch: usize) -> Self {
        Self { first: 0, second: 0, inner: scratch, align: 0, shared: true }
    }

    /// The buffers of a layer that takes `scratch` and gives `M` to the rest of a chain.
    const fn before<M: Sample>(scratch: usize, rest: Self) -> Self {
        let inner = if scratch > rest.inner { scratch } else { rest.inner };
        let align = align_of::<M>();
        if M::PLAIN && rest.shared && (rest.align == 0 || rest.align == align) {
            let first = if size_of::<M>() > rest.second { size_of::<M>() } else { rest.second };
            Self { first, second: rest.first, inner, align, shared: true }
        } else {
            // `M` lives while the rest of the chain runs.
            let rest = rest.scratch();
            let inner = if scratch > rest { scratch } else { rest };
            Self { first: size_of::<M>(), second: 0, inner, align: 0, shared: false }
        }
    }

    const fn scratch(self) -> usize {
        self.first + self.second + self.inner
    }

    const fn widest(self) -> usize {
        if self.first > self.second { self.first } else { self.second }
    }
}

/// Inference in groups of `SAMPLES`. It is not inlined, so that a caller with one sample does not
/// get a stack frame for many.
#[inline(never)]
fn forward_by<const SAMPLES: usize, X, A, B>(
    chain: &Chain<A, B>,
    input: &[X],
    output: &mut [B::Output],
    watch: &mut impl Watch,
) where
    X: Sample,
    A: Layer<X>,
    B: Layer<A::Output>,
{
    if const { Chain::<A, B>::BUFFERS.shared } {
        Chain::<A, B>::lend_first::<SAMPLES>(|first| {
            Chain::<A, B>::lend_second::<SAMPLES>(|second| {
                forward_through(chain, SAMPLES, (first, second), input, output, watch);
            });
        });
        return;
    }
    let mut store = [A::Output::ZERO; SAMPLES];
    for (input, output) in input.chunks(SAMPLES).zip(output.chunks_mut(SAMPLES)) {
        let middle = first_mut(&mut store, input.len());
        chain.0.forward_watched(input, middle, watch);
        chain.1.forward_watched(middle, output, watch);
    }
}

/// Inference in groups, each activation in turn in one of two buffers. One piece of code for all
/// sizes of groups.
fn forward_through<X, A, B>(
    chain: &Chain<A, B>,
    group: usize,
    (buffer, other): (&mut [u8], &mut [u8]),
    input: &[X],
    output: &mut [B::Output],
    watch: &mut impl Watch,
) where
    X: Sample,
    A: Layer<X>,
    B: Layer<A::Output>,
{
    let group = group.max(1);
    for (input, output) in input.chunks(group).zip(output.chunks_mut(group)) {
        let middle = first_mut(A::Output::from_bytes_mut(buffer), input.len());
        chain.0.forward_watched(input, middle, watch);
        chain.1.forward_between(input.len(), buffer, other, output, watch);
    }
}

#[cfg(test)]
mod tests {
    use crate::activations::{Relu, Softmax, Tanh};
    use crate::layers::Dense;
    use crate::{Budget, Initializer, Layer, Parameters, Residual, Sample, Zero, seeded};

    /// Each layer after the other, each activation in memory of its own.
    macro_rules! in_order {
        ($input:expr => $($layer:expr),+) => {{
            let value = $input;
            $(let value = { let mut output = value.map(|_| output_of(&$layer, &value)); $layer.forward(&value, &mut output); output };)+
            value
        }};
    }

    fn output_of<X: Sample, L: Layer<X>>(_: &L, _: &[X]) -> L::Output {
        L::Output::ZERO
    }

    type Network = crate::Sequential![Dense<3, 7>, Tanh, Dense<7, 2>, Residual<crate::Sequential![Dense<2, 5>, Relu, Dense<5, 2>]>, Dense<2, 9>, Relu, Dense<9, 4>, Softmax];

    fn network() -> Network {
        let mut network = Network::ZERO;
        network.init(Initializer::HeNormal, &mut seeded(3));
        network
    }

    #[test]
    fn buffers_in_turn_give_what_separate_memory_gives() {
        let network = network();
        let crate::Chain(
            a,
            crate::Chain(b, crate::Chain(c, crate::Chain(d, crate::Chain(e, crate::Chain(f, crate::Chain(g, h)))))),
        ) = network;
        let input: [[f32; 3]; 37] = core::array::from_fn(|i| [i as f32 * 0.1, -1.0, 1.0 - i as f32 * 0.05]);
        let expected = in_order!(input => a, b, c, d, e, f, g, h);
        for samples in [0, 1, 2, 15, 16, 17, 37] {
            let mut output = [[f32::NAN; 4]; 37];
            network.forward(&input[..samples], &mut output[..samples]);
            assert_eq!(output[..samples], expected[..samples]);
            assert!(output[samples..].as_flattened().iter().all(|y| y.is_nan()));
        }
    }

    #[test]
    fn two_buffers_are_enough() {
        // Activations of 7 7 2 2 9 9 4: at odd places 7 2 9 4, at even ones 7 2 9. The residual's own: 5 5.
        assert_eq!(Budget::<Network>::inference_bytes::<[f32; 3]>(), (9 + 9 + 5 + 5) * 4);
        assert_eq!(<Dense<3, 7> as Layer<[f32; 3]>>::SCRATCH, 0);
        type Two = crate::Sequential![Dense<3, 7>, Relu];
        assert_eq!(Budget::<Two>::inference_bytes::<[f32; 3]>(), 7 * 4);
    }

    #[test]
    fn a_shorter_output_is_no_panic() {
        let network = network();
        let mut output = [[f32::NAN; 4]; 2];
        network.forward(&[[0.5; 3]; 20], &mut output);
        assert!(output.as_flattened().iter().all(|y| y.is_finite()));
        network.forward(&[[0.5; 3]; 1], &mut []);
        network.forward(&[[0.0_f32; 3]; 0], &mut output);
    }

    /// Turns a tensor into a pair, which is not plain.
    #[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
    #[repr(C)]
    struct Double;

    crate::no_parameters!(Double);

    impl Layer<[f32; 7]> for Double {
        type Output = ([f32; 7], [f64; 7]);
        type Tape<B: crate::Batch> = ();

        fn forward(&self, input: &[[f32; 7]], output: &mut [Self::Output]) {
            for (x, y) in input.iter().zip(output) {
                *y = (*x, x.map(f64::from));
            }
        }

        fn backward<B: crate::Batch>(
            &self,
            _: &[[f32; 7]],
            _: &[Self::Output],
            (): &mut (),
            _: &mut [Self::Output],
            _: Option<&mut [[f32; 7]]>,
            (): &mut (),
        ) {
        }
    }

    /// Takes the second of a pair.
    #[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
    #[repr(C)]
    struct Second;

    crate::no_parameters!(Second);

    impl Layer<([f32; 7], [f64; 7])> for Second {
        type Output = [f64; 7];
        type Tape<B: crate::Batch> = ();

        fn forward(&self, input: &[([f32; 7], [f64; 7])], output: &mut [[f64; 7]]) {
            for (x, y) in input.iter().zip(output) {
                *y = x.1;
            }
        }

        fn backward<B: crate::Batch>(
            &self,
            _: &[([f32; 7], [f64; 7])],
            _: &[[f64; 7]],
            (): &mut (),
            _: &mut [[f64; 7]],
            _: Option<&mut [([f32; 7], [f64; 7])]>,
            (): &mut (),
        ) {
        }
    }

    #[test]
    fn samples_that_are_not_plain_or_of_another_alignment_are_kept_apart() {
        type Mixed = crate::Sequential![Dense<3, 7>, Double, Second, Dense<7, 1, f64>];
        let mut network = Mixed::ZERO;
        network.init(Initializer::HeNormal, &mut seeded(3));
        let input = [[1.0, 2.0, -0.5]; 18];
        let expected = in_order!(input => network.0, Double, Second, network.1.1.1);
        let mut output = [[0.0; 1]; 18];
        network.forward(&input, &mut output);
        assert_eq!(output, expected);
        // All three at a time: 7 f32, then the pair, then 7 f64.
        assert_eq!(Budget::<Mixed>::inference_bytes::<[f32; 3]>(), 28 + 88 + 56);
    }
}
