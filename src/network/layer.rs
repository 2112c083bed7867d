//! The layer.

use rand::Rng;

use crate::error::Error;
use crate::network::batch::{Batch, Tape};
use crate::network::chain::{Buffers, Kind, Pair, Wanted};
use crate::network::parameters::{Parameters, Path};
use crate::network::scratch::lend;
use crate::network::summary::Row;
use crate::network::tensor::{Sample, Zero};

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
    note = "the output shape of each layer must be the input shape of the next: `Flatten` makes a vector of an image or a sequence, `TimeDistributed<Dense<..>>` takes each step",
    note = "an image is `[[[T; WIDTH]; HEIGHT]; CHANNELS]`, a sequence `[[T; FEATURES]; STEPS]`",
    note = "a network takes a batch: `&[sample]` for one sample"
)]
pub trait Layer<X: Sample>: Parameters {
    /// What one sample becomes.
    type Output: Sample;
    /// What `backward` must remember. `()` where input and output are enough.
    type Tape<B: Batch>: Tape + Send + Sync;
    /// Multiply-adds for one sample. Elementwise work is not counted.
    const MULTIPLY_ADDS: usize = 0;
    /// Bytes of arrays that `forward` needs for one sample: activations and tables, not single numbers. They are on the
    /// stack; with a heap, one of more than 32 KiB is there.
    const SCRATCH: usize = 0;
    /// Calls within `forward` of one function by another, as deep as they go: those that the compiler does not inline.
    /// Each takes some stack, which [`Budget`](crate::network::Budget) counts.
    const CALLS: usize = 0;

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
    /// `output_gradient` and `tape` may be used as scratch memory: it is called once after each `forward_train`.
    fn backward<B: Batch>(
        &self,
        input: &[X],
        output: &[Self::Output],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [X]>,
        gradient: &mut Self::Gradient,
    );

    /// The backward pass of a layer whose parameters are [`Frozen`](crate::layers::Frozen): **overwrites**
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

    /// Inference that shows the output of each layer in turn: of one sample, [`DEPTH`](Layer::DEPTH) outputs. Several
    /// samples come in groups, which are not the same in all parts of a network.
    fn forward_watched(&self, input: &[X], output: &mut [Self::Output], watch: &mut impl Watch) {
        self.forward(input, output);
        watch.activation(output);
    }

    /// Layers in a row: those that a [`Watch`] sees.
    const DEPTH: usize = 1;

    // What follows is between a chain and its layers: a layer of another crate leaves it as it is.

    /// Bytes of [`SCRATCH`](Layer::SCRATCH) that are for each of up to 16 samples which are taken at once.
    #[doc(hidden)]
    const GROUPED: usize = 0;

    /// What the layer is to a chain.
    #[doc(hidden)]
    const KIND: Kind = Kind::Plain;

    /// Inference of an elementwise layer, whose output takes the place of its input. The identity does nothing.
    #[doc(hidden)]
    #[inline]
    fn forward_in_place(&self, samples: &mut [X]) {
        let _ = samples;
    }

    /// Inference of a product with [`Relu`](crate::activations::Relu) behind it, in one walk over the output.
    #[doc(hidden)]
    #[inline]
    fn forward_rectified(&self, input: &[X], output: &mut [Self::Output]) {
        let _ = (input, output);
    }

    /// The buffers that inference needs when this layer is the rest of a chain.
    #[doc(hidden)]
    const BUFFERS: Buffers = Buffers::none(Self::SCRATCH);

    /// Those where the output goes to one of the buffers as well.
    #[doc(hidden)]
    const THROUGH: Buffers = Buffers::before::<Self::Output>(Self::KIND, Self::SCRATCH, Buffers::none(0));

    /// Inference of the rest of a chain, on samples from outside or in the buffer that they are in; the output goes
    /// outside or to a buffer. Where the chain starts with [`Relu`](crate::activations::Relu), that may be `done`.
    #[doc(hidden)]
    #[inline]
    fn forward_between(
        &self,
        input: Option<&[X]>,
        mut pair: Pair<'_>,
        output: Option<&mut [Self::Output]>,
        done: bool,
        watch: &mut impl Watch,
    ) {
        let _ = done;
        match output {
            Some(output) => self.forward_watched(input.unwrap_or_else(|| pair.input()), output, watch),
            None => _ = pair.through(self, input, false, watch),
        }
    }

    /// Lends a buffer of a chain, for groups of `SAMPLES`: that of the activation which is as large as is wanted.
    #[doc(hidden)]
    #[inline]
    fn lend<const SAMPLES: usize, W: Wanted>(run: impl FnOnce(&mut [u8])) {
        if const { size_of::<Self::Output>() == W::BYTES } {
            lend::<Self::Output, SAMPLES>(|samples| run(Self::Output::bytes_mut(samples)));
        } else {
            run(&mut []);
        }
    }
}

/// Sees what flows through a network (see [`Layer::forward_watched`]).
pub trait Watch {
    /// Called with the output of each layer in turn.
    fn activation<Y: Sample>(&mut self, samples: &[Y]);

    /// Whether anybody looks. Where nobody does, two layers may be computed as one.
    #[doc(hidden)]
    fn looks(&self) -> bool {
        true
    }
}

/// Nobody looks.
impl Watch for () {
    #[inline(always)]
    fn activation<Y: Sample>(&mut self, _: &[Y]) {}

    #[inline(always)]
    fn looks(&self) -> bool {
        false
    }
}
