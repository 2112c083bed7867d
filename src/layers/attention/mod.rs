//! Multi-head self-attention.

mod heads;
mod padded;
mod transformer_block;

pub use transformer_block::TransformerBlock;

use bytemuck::AnyBitPattern;
use rand::Rng;

use super::dense::Dense;
use crate::network::batch::{first, first_mut};
use crate::network::dim::{Const, Divides, Of, Size};
use crate::network::parameters::each_part;
use crate::network::settings::checked;
use crate::network::{Batch, Fingerprint, Initializer, Layer, Parameters, Path, Scalar, Tape, Visitor, Walker, Zero};

/// Multi-head self-attention over a sequence `[[T; DIM]; STEPS]` of any number of steps, which keeps
/// its shape (Vaswani et al. 2017, <https://arxiv.org/abs/1706.03762>, section 3.2). `HEADS` divides
/// `DIM`.
///
/// Each step becomes a query, a key and a value by three [`Dense`] layers, and each of the three is cut
/// into `HEADS` heads of `D = DIM / HEADS` features. Within each head
///
/// `S = Q Kᵀ / sqrt(D)`, `P = softmax(S)` row by row, `C = P V`,
///
/// and a fourth [`Dense`] layer maps the heads' `C`, side by side, to the output. With `CAUSAL` a
/// step sees no step after it: `P` is 0 there ([`CausalAttention`]). No step sees the padding of a
/// [`Padded`](crate::network::Padded) sequence (PyTorch's `key_padding_mask`).
///
/// Backward, with `G` the derivative by `C` within a head: `dV = Pᵀ G`, `dP = G Vᵀ`,
/// `dSᵢⱼ = Pᵢⱼ (dPᵢⱼ - Σₖ Pᵢₖ dPᵢₖ) / sqrt(D)`, `dQ = dS K`, `dK = dSᵀ Q`; before and after it that of
/// the Dense layers.
///
/// It is PyTorch's `MultiheadAttention(DIM, HEADS, batch_first=True)` of a sequence with itself, whose
/// `in_proj_weight` holds the transposes of the three weights one below the other, and Keras'
/// `MultiHeadAttention(HEADS, DIM / HEADS)`, whose kernels have an axis for the heads.
/// `MultiHeadAttention<DIM, HEADS, false, f32, 0>` has no bias (PyTorch's `bias=False`, Keras' `use_bias=False`).
///
/// ```
/// use typenet::prelude::*;
///
/// let layer = initialized::<CausalAttention<8, 2>>(1);
/// let (mut output, mut other) = ([[[0.0; 8]; 5]; 1], [[[0.0; 8]; 5]; 1]);
/// layer.forward(&[[[1.0; 8]; 5]], &mut output);
/// let mut input = [[1.0; 8]; 5];
/// input[4] = [-3.0; 8]; // another last step
/// layer.forward(&[input], &mut other);
/// assert_eq!(output[0][..4], other[0][..4]);
/// assert_ne!(output[0][4], other[0][4]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct MultiHeadAttention<
    const DIM: usize,
    const HEADS: usize,
    const CAUSAL: bool = false,
    T: Scalar = f32,
    const BIAS: usize = DIM,
> {
    /// What a step looks for.
    pub query: Dense<DIM, DIM, T, BIAS>,
    /// What a step is found by.
    pub key: Dense<DIM, DIM, T, BIAS>,
    /// What a step gives where it is found.
    pub value: Dense<DIM, DIM, T, BIAS>,
    /// From the heads to the output.
    pub output: Dense<DIM, DIM, T, BIAS>,
}

/// Holds for features that can be split into heads.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot split its features into heads",
    label = "HEADS must divide DIM",
    note = "numbers of features are computed with up to 4096"
)]
pub trait SplitsHeads {}

#[diagnostic::do_not_recommend]
impl<const DIM: usize, const HEADS: usize, const CAUSAL: bool, T: Scalar, const BIAS: usize> SplitsHeads
    for MultiHeadAttention<DIM, HEADS, CAUSAL, T, BIAS>
where
    Const<DIM>: Size,
    Const<HEADS>: Size,
    Of<HEADS>: Divides<Of<DIM>>,
{
}

/// Self-attention in which no step sees a later one.
pub type CausalAttention<const DIM: usize, const HEADS: usize, T = f32> = MultiHeadAttention<DIM, HEADS, true, T>;

impl<const DIM: usize, const HEADS: usize, const CAUSAL: bool, T: Scalar, const BIAS: usize> Zero
    for MultiHeadAttention<DIM, HEADS, CAUSAL, T, BIAS>
{
    const ZERO: Self = Self { query: Dense::ZERO, key: Dense::ZERO, value: Dense::ZERO, output: Dense::ZERO };
}

impl<const DIM: usize, const HEADS: usize, const CAUSAL: bool, T: Scalar, const BIAS: usize> Parameters
    for MultiHeadAttention<DIM, HEADS, CAUSAL, T, BIAS>
{
    type Gradient = Self;
    const COUNT: usize = 4 * Dense::<DIM, DIM, T, BIAS>::COUNT;
    const FINGERPRINT: Fingerprint = {
        let dense = Dense::<DIM, DIM, T, BIAS>::FINGERPRINT;
        let parts = Fingerprint::layer::<Self>("MultiHeadAttention").part(dense).part(dense).part(dense).part(dense);
        parts.number(HEADS as u64).number(CAUSAL as u64)
    };

    fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
        for part in [&mut self.query, &mut self.key, &mut self.value, &mut self.output] {
            part.init(weights, rng);
        }
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        let path = path.of("MultiHeadAttention").with_heads(HEADS);
        self.query.visit(&path.child("query"), visitor);
        self.key.visit(&path.child("key"), visitor);
        self.value.visit(&path.child("value"), visitor);
        self.output.visit(&path.child("output"), visitor);
    }

    fn walk<const K: usize>(&mut self, mut trees: [&mut Self; K], path: &Path<'_>, walker: &mut impl Walker<K>) {
        let path = path.of("MultiHeadAttention").with_heads(HEADS);
        self.query.walk(each_part(&mut trees, |tree| &mut tree.query), &path.child("query"), walker);
        self.key.walk(each_part(&mut trees, |tree| &mut tree.key), &path.child("key"), walker);
        self.value.walk(each_part(&mut trees, |tree| &mut tree.value), &path.child("value"), walker);
        self.output.walk(each_part(&mut trees, |tree| &mut tree.output), &path.child("output"), walker);
    }
}

/// What a [`MultiHeadAttention`] remembers: queries, keys and values head by head, the weights `P` of
/// each head, the heads' outputs step by step; and memory for the backward pass.
#[derive(Clone, Copy, Debug)]
pub struct AttentionTape<S, P, M> {
    query: S,
    key: S,
    value: S,
    context: S,
    attention: P,
    gradients: [S; 4],
    product: M,
}

impl<S: Tape, P: Tape, M: Tape> Tape for AttentionTape<S, P, M> {
    const EMPTY: Self = Self {
        query: S::EMPTY,
        key: S::EMPTY,
        value: S::EMPTY,
        context: S::EMPTY,
        attention: P::EMPTY,
        gradients: [const { S::EMPTY }; 4],
        product: M::EMPTY,
    };

    fn grow(&mut self, samples: usize) {
        let Self { query, key, value, context, attention, gradients, product } = self;
        for store in [query, key, value, context].into_iter().chain(gradients) {
            store.grow(samples);
        }
        attention.grow(samples);
        product.grow(samples);
    }
}

type Sequence<const STEPS: usize, const DIM: usize, T> = [[T; DIM]; STEPS];
/// A weight for each pair of steps.
type Pairs<const STEPS: usize, T> = [[T; STEPS]; STEPS];
type TapeOf<const STEPS: usize, const DIM: usize, const HEADS: usize, T, B> = AttentionTape<
    <B as Batch>::Of<Sequence<STEPS, DIM, T>>,
    <B as Batch>::Of<[Pairs<STEPS, T>; HEADS]>,
    <B as Batch>::One<Pairs<STEPS, T>>,
>;

impl<const STEPS: usize, const DIM: usize, const HEADS: usize, const CAUSAL: bool, T: Scalar, const BIAS: usize>
    Layer<Sequence<STEPS, DIM, T>> for MultiHeadAttention<DIM, HEADS, CAUSAL, T, BIAS>
where
    Self: SplitsHeads,
{
    type Output = Sequence<STEPS, DIM, T>;
    type Tape<B: Batch> = TapeOf<STEPS, DIM, HEADS, T, B>;
    const MULTIPLY_ADDS: usize = 4 * STEPS * DIM * DIM
        + 2 * STEPS * STEPS * DIM
        + checked(BIAS == 0 || BIAS == DIM, "BIAS of `MultiHeadAttention` must be DIM, or 0 for none");
    const SCRATCH: usize =
        3 * size_of::<Sequence<STEPS, DIM, T>>() + size_of::<Pairs<STEPS, T>>() + size_of::<[T; DIM]>();
    /// A product, or the exponential.
    const CALLS: usize = 1;

    fn forward(&self, input: &[Sequence<STEPS, DIM, T>], output: &mut [Sequence<STEPS, DIM, T>]) {
        self.infer(input.iter().zip(output).map(|(x, y)| (x, y, STEPS)));
    }

    fn forward_train<B: Batch>(
        &self,
        input: &[Sequence<STEPS, DIM, T>],
        output: &mut [Sequence<STEPS, DIM, T>],
        tape: &mut Self::Tape<B>,
        _: &mut impl Rng,
    ) {
        self.train::<STEPS, B>(input, input.iter().map(|_| STEPS), output, tape);
    }

    fn backward<B: Batch>(
        &self,
        input: &[Sequence<STEPS, DIM, T>],
        output: &[Sequence<STEPS, DIM, T>],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [Sequence<STEPS, DIM, T>],
        input_gradient: Option<&mut [Sequence<STEPS, DIM, T>]>,
        gradient: &mut Self,
    ) {
        let samples = input.len();
        let context = first(tape.context.as_ref(), samples).as_flattened();
        let by_context = first_mut(tape.gradients[0].as_mut(), samples).as_flattened_mut();
        let (y, g) = (output.as_flattened(), output_gradient.as_flattened_mut());
        self.output.backward::<B>(context, y, &mut (), g, Some(by_context), &mut gradient.output);
        Self::backward_heads::<STEPS, B>(tape, samples);

        let parts = [(&self.query, &mut gradient.query), (&self.key, &mut gradient.key)];
        let parts = parts.into_iter().chain([(&self.value, &mut gradient.value)]);
        for ((part, gradient), g) in parts.zip(&mut tape.gradients) {
            let g = first_mut(g.as_mut(), samples).as_flattened_mut();
            part.backward::<B>(input.as_flattened(), &[], &mut (), g, None, gradient);
        }
        if let Some(input_gradient) = input_gradient {
            self.sum_input_gradients::<STEPS, B>(&mut tape.gradients, input_gradient);
        }
    }

    fn backward_input<B: Batch>(
        &self,
        input: &[Sequence<STEPS, DIM, T>],
        output: &[Sequence<STEPS, DIM, T>],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [Sequence<STEPS, DIM, T>],
        input_gradient: &mut [Sequence<STEPS, DIM, T>],
    ) {
        let samples = input.len();
        let context = first(tape.context.as_ref(), samples).as_flattened();
        let by_context = first_mut(tape.gradients[0].as_mut(), samples).as_flattened_mut();
        let (y, g) = (output.as_flattened(), output_gradient.as_flattened_mut());
        self.output.backward_input::<B>(context, y, &mut (), g, by_context);
        Self::backward_heads::<STEPS, B>(tape, samples);
        self.sum_input_gradients::<STEPS, B>(&mut tape.gradients, input_gradient);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Inline, seeded};

    const STEPS: usize = 5;
    const DIM: usize = 6;
    type Steps = Sequence<STEPS, DIM, f64>;

    fn project(layer: &Dense<DIM, DIM, f64>, x: &Steps) -> Steps {
        x.map(|x| core::array::from_fn(|o| layer.bias[o] + (0..DIM).map(|i| layer.weight[(o, i)] * x[i]).sum::<f64>()))
    }

    /// The definition, number by number.
    fn naive<const HEADS: usize, const CAUSAL: bool>(
        layer: &MultiHeadAttention<DIM, HEADS, CAUSAL, f64>,
        x: &Steps,
    ) -> Steps {
        let (q, k, v) = (project(&layer.query, x), project(&layer.key, x), project(&layer.value, x));
        let size = DIM / HEADS;
        let mut context = [[0.0; DIM]; STEPS];
        for i in 0..STEPS {
            for feature in 0..DIM {
                let head = feature / size * size..feature / size * size + size;
                let (mut top, mut bottom) = (0.0, 0.0);
                for j in (0..STEPS).filter(|j| !CAUSAL || *j <= i) {
                    let score: f64 = head.clone().map(|d| q[i][d] * k[j][d]).sum();
                    let weight = (score / (size as f64).sqrt()).exp();
                    top += weight * v[j][feature];
                    bottom += weight;
                }
                context[i][feature] = top / bottom;
            }
        }
        project(&layer.output, &context)
    }

    fn check<const HEADS: usize, const CAUSAL: bool>()
    where
        MultiHeadAttention<DIM, HEADS, CAUSAL, f64>: SplitsHeads,
    {
        let rng = &mut seeded(7);
        let mut layer = MultiHeadAttention::<DIM, HEADS, CAUSAL, f64>::ZERO;
        layer.init(Initializer::GlorotUniform, rng);
        for part in [&mut layer.query, &mut layer.key, &mut layer.value, &mut layer.output] {
            part.bias.iter_mut().for_each(|b| *b = crate::network::init::normal(rng));
        }
        let input: [Steps; 3] =
            [(); 3].map(|()| [(); STEPS].map(|()| [(); DIM].map(|()| crate::network::init::normal(rng))));
        let mut output = [[[f64::NAN; DIM]; STEPS]; 3];
        layer.forward(&input, &mut output);
        let mut trained = [[[f64::NAN; DIM]; STEPS]; 3];
        let mut tape = Tape::EMPTY;
        layer.forward_train::<Inline<3>>(&input, &mut trained, &mut tape, rng);
        for (sample, x) in input.iter().enumerate() {
            let expected = naive(&layer, x);
            for other in [&output, &trained] {
                for (y, e) in other[sample].as_flattened().iter().zip(expected.as_flattened()) {
                    // Some hundred roundings of numbers of size 1.
                    assert!((y - e).abs() < 1e-13, "{HEADS} heads, {CAUSAL}: {y}, not {e}");
                }
            }
        }
    }

    #[test]
    fn the_definition() {
        check::<1, false>();
        check::<2, false>();
        check::<3, true>();
        check::<6, true>();
    }

    #[test]
    fn a_tape_on_the_heap_has_room_for_the_batch() {
        let mut tape =
            <MultiHeadAttention<DIM, 2, false, f64> as Layer<Steps>>::Tape::<crate::network::batch::Heap>::EMPTY;
        tape.grow(3);
        let AttentionTape { query, key, value, context, attention, gradients, .. } = tape;
        assert_eq!([query, key, value, context].map(|store| store.len()), [3; 4]);
        assert_eq!(gradients.map(|store| store.len()), [3; 4]);
        assert_eq!(attention.len(), 3);
    }

    #[test]
    fn heads_and_steps() {
        let steps: [[f64; 4]; 3] = [[0.0, 1.0, 10.0, 11.0], [2.0, 3.0, 12.0, 13.0], [4.0, 5.0, 14.0, 15.0]];
        let mut heads = [[f64::NAN; 4]; 3];
        MultiHeadAttention::<4, 2, false, f64>::split(&steps, &mut heads);
        let expected = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0];
        assert_eq!(heads.as_flattened(), expected);
        let mut back = [[f64::NAN; 4]; 3];
        MultiHeadAttention::<4, 2, false, f64>::join(&heads, &mut back);
        assert_eq!(back, steps);
    }

    #[test]
    fn large_scores_are_no_overflow() {
        let mut layer = CausalAttention::<2, 1>::ZERO;
        for part in [&mut layer.query, &mut layer.key, &mut layer.value, &mut layer.output] {
            part.weight.fill_with_identity();
        }
        let mut output = [[[0.0; 2]; 3]; 1];
        layer.forward(&[[[1e4, 0.0], [0.0, 1e4], [1e4, 1e4]]], &mut output);
        // The score of a step with itself is the largest by far.
        assert_eq!(output, [[[1e4, 0.0], [0.0, 1e4], [1e4, 1e4]]]);
    }
}
