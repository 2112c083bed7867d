//! What each head of an attention computes, and how the features of a step are split among them.

use super::{AttentionTape, MultiHeadAttention, Pairs, Sequence, TapeOf};
use crate::activations::{below, largest};
use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::network::batch::{first, first_mut};
use crate::network::scratch::lend;
use crate::network::tensor::add_samples;
use crate::network::{Batch, Layer, Scalar};

impl<const DIM: usize, const HEADS: usize, const CAUSAL: bool, T: Scalar, const BIAS: usize>
    MultiHeadAttention<DIM, HEADS, CAUSAL, T, BIAS>
{
    /// Features of one head.
    pub(super) const HEAD: usize = match DIM.checked_div(HEADS) {
        Some(features) => features,
        None => 0,
    };

    /// `1 / sqrt(D)`
    fn scale() -> T {
        T::from_f64(1.0 / libm::sqrt(Self::HEAD.max(1) as f64))
    }

    /// From steps of heads to heads of steps: the rows of one head become neighbours.
    pub(super) fn split(steps: &[[T; DIM]], heads: &mut [[T; DIM]]) {
        let (head, rows) = (Self::HEAD.max(1), steps.len());
        let heads = heads.as_flattened_mut();
        for (step, x) in steps.iter().enumerate() {
            for (number, x) in in_rows(x, head).enumerate() {
                let start = (number * rows + step) * head;
                for (to, from) in heads.iter_mut().skip(start).zip(x) {
                    *to = *from;
                }
            }
        }
    }

    /// From heads of steps to steps of heads.
    pub(super) fn join(heads: &[[T; DIM]], steps: &mut [[T; DIM]]) {
        let (head, rows) = (Self::HEAD.max(1), steps.len());
        let heads = heads.as_flattened();
        for (step, y) in steps.iter_mut().enumerate() {
            for (number, y) in in_rows_mut(y, head).enumerate() {
                let start = (number * rows + step) * head;
                for (to, from) in y.iter_mut().zip(heads.iter().skip(start)) {
                    *to = *from;
                }
            }
        }
    }

    /// `P = softmax(Q Kᵀ / sqrt(D))` of one head: 0 for the steps behind the first `steps`, and for what they see.
    pub(super) fn attend<const STEPS: usize>(query: &[T], key: &[T], steps: usize, attention: &mut Pairs<STEPS, T>) {
        T::input_gradient(query, key, Self::HEAD, attention.as_flattened_mut());
        let scale = Self::scale();
        for (step, row) in attention.iter_mut().enumerate() {
            let seen = match step < steps {
                true if CAUSAL => step + 1,
                true => steps,
                false => 0,
            };
            let (row, unseen) = row.split_at_mut_checked(seen).unwrap_or_default();
            unseen.fill(T::ZERO);
            for score in row.iter_mut() {
                *score *= scale;
            }
            let largest = largest(row);
            let mut sum = T::ZERO;
            for score in row.iter_mut() {
                *score = below(*score, largest).exp();
                sum += *score;
            }
            for share in row {
                *share /= sum;
            }
        }
    }

    /// `C = P V` of one head.
    pub(super) fn mix<const STEPS: usize>(attention: &Pairs<STEPS, T>, value: &[T], context: &mut [T]) {
        T::affine(attention.as_flattened(), value, &[], Self::HEAD, context);
    }

    /// Inference of input, output and number of steps of each sample: what is behind them is not seen.
    #[inline(always)]
    pub(super) fn infer<'a, const STEPS: usize>(
        &self,
        samples: impl Iterator<Item = (&'a Sequence<STEPS, DIM, T>, &'a mut Sequence<STEPS, DIM, T>, usize)>,
    ) {
        lend::<Sequence<STEPS, DIM, T>, 3>(|parts| {
            lend::<Pairs<STEPS, T>, 1>(|attention| {
                let ([query, key, value], [attention]) = (parts, attention) else { return };
                for (x, y, steps) in samples {
                    for (part, heads) in
                        [(&self.query, &mut *query), (&self.key, &mut *key), (&self.value, &mut *value)]
                    {
                        part.forward(x, y);
                        Self::split(y, heads);
                    }
                    let size = (STEPS * Self::HEAD).max(1);
                    let heads = in_rows(key.as_flattened(), size).zip(in_rows(value.as_flattened(), size));
                    for (query, (key, value)) in in_rows_mut(query.as_flattened_mut(), size).zip(heads) {
                        Self::attend(query, key, steps, attention);
                        // The head's queries have done their work.
                        Self::mix(attention, value, query);
                    }
                    Self::join(query, key);
                    self.output.forward(key, y);
                }
            });
        });
    }

    /// The forward pass of training, with the number of steps of each sample.
    pub(super) fn train<const STEPS: usize, B: Batch>(
        &self,
        input: &[Sequence<STEPS, DIM, T>],
        steps: impl Iterator<Item = usize>,
        output: &mut [Sequence<STEPS, DIM, T>],
        tape: &mut TapeOf<STEPS, DIM, HEADS, T, B>,
    ) {
        let samples = input.len();
        let AttentionTape { query, key, value, context, attention, .. } = tape;
        for (part, heads) in [(&self.query, &mut *query), (&self.key, &mut *key), (&self.value, &mut *value)] {
            part.forward(input.as_flattened(), output.as_flattened_mut());
            for (steps, heads) in output.iter().zip(first_mut(heads.as_mut(), samples)) {
                Self::split(steps, heads);
            }
        }
        let stored = first(query.as_ref(), samples).iter().zip(key.as_ref()).zip(value.as_ref());
        let places = attention.as_mut().iter_mut().zip(context.as_mut()).zip(output.iter_mut());
        for ((((query, key), value), ((attention, context), y)), steps) in stored.zip(places).zip(steps) {
            let size = (STEPS * Self::HEAD).max(1);
            let heads = in_rows(query.as_flattened(), size).zip(in_rows(key.as_flattened(), size));
            let heads = heads.zip(in_rows(value.as_flattened(), size)).zip(attention);
            for ((((query, key), value), attention), y) in heads.zip(in_rows_mut(y.as_flattened_mut(), size)) {
                Self::attend(query, key, steps, attention);
                Self::mix(attention, value, y);
            }
            Self::join(y, context);
        }
        let context = first(context.as_ref(), samples);
        self.output.forward(context.as_flattened(), output.as_flattened_mut());
    }

    /// From the derivative by `P`, in place, to that by the unscaled scores `Q Kᵀ`.
    fn differentiate_softmax<const STEPS: usize>(attention: &Pairs<STEPS, T>, gradient: &mut Pairs<STEPS, T>) {
        let scale = Self::scale();
        for (row, gradient) in attention.iter().zip(gradient) {
            let mut mean = T::ZERO;
            for (share, g) in row.iter().zip(gradient.iter()) {
                mean += *share * *g;
            }
            for (share, g) in row.iter().zip(gradient.iter_mut()) {
                *g = *share * (*g - mean) * scale;
            }
        }
    }

    /// From the derivative by the heads' outputs, in the first gradient of the tape, to those by the
    /// queries, keys and values, in the first three; all of them step by step. The fourth is memory.
    pub(super) fn backward_heads<const STEPS: usize, B: Batch>(
        tape: &mut TapeOf<STEPS, DIM, HEADS, T, B>,
        samples: usize,
    ) {
        let AttentionTape { query, key, value, attention, gradients, product, .. } = tape;
        let [by_query, by_key, by_value, by_context] = gradients;
        let stored = first(query.as_ref(), samples).iter().zip(key.as_ref()).zip(value.as_ref());
        let stored = stored.zip(attention.as_ref());
        let gradients = by_query.as_mut().iter_mut().zip(by_key.as_mut()).zip(by_value.as_mut());
        let product = product.as_mut();
        for ((((query, key), value), attention), (((by_query, by_key), by_value), by_context)) in
            stored.zip(gradients.zip(by_context.as_mut()))
        {
            // The derivative by the heads' outputs comes in the place of that by the queries.
            Self::split(by_query, by_context);
            let size = (STEPS * Self::HEAD).max(1);
            let heads = in_rows(query.as_flattened(), size).zip(in_rows(key.as_flattened(), size));
            let heads = heads.zip(in_rows(value.as_flattened(), size)).zip(attention);
            let places = in_rows_mut(by_query.as_flattened_mut(), size);
            let places = places.zip(in_rows_mut(by_key.as_flattened_mut(), size));
            let places = places.zip(in_rows_mut(by_value.as_flattened_mut(), size));
            let places = places.zip(in_rows(by_context.as_flattened(), size));
            for ((((query, key), value), attention), (((by_query, by_key), by_value), by_context)) in heads.zip(places)
            {
                by_value.fill(T::ZERO);
                T::weight_gradient(attention.as_flattened(), by_context, Self::HEAD, by_value, &mut []);
                T::input_gradient(by_context, value, Self::HEAD, product.as_flattened_mut());
                Self::differentiate_softmax(attention, product);
                T::affine(product.as_flattened(), key, &[], Self::HEAD, by_query);
                by_key.fill(T::ZERO);
                T::weight_gradient(product.as_flattened(), query, Self::HEAD, by_key, &mut []);
            }
            // Back to steps, each by way of the memory that is free now.
            for gradient in [by_query, by_key, by_value] {
                Self::join(gradient, by_context);
                *gradient = *by_context;
            }
        }
    }

    /// The derivative by the input: of three parts, added up.
    pub(super) fn sum_input_gradients<const STEPS: usize, B: Batch>(
        &self,
        gradients: &mut [B::Of<Sequence<STEPS, DIM, T>>; 4],
        input_gradient: &mut [Sequence<STEPS, DIM, T>],
    ) {
        let samples = input_gradient.len();
        let [by_query, by_key, by_value, summand] = gradients;
        let g = first_mut(by_query.as_mut(), samples).as_flattened_mut();
        self.query.backward_input::<B>(&[], &[], &mut (), g, input_gradient.as_flattened_mut());
        let summand = first_mut(summand.as_mut(), samples);
        for (part, g) in [(&self.key, by_key), (&self.value, by_value)] {
            let g = first_mut(g.as_mut(), samples).as_flattened_mut();
            part.backward_input::<B>(&[], &[], &mut (), g, summand.as_flattened_mut());
            add_samples(input_gradient, summand);
        }
    }
}
