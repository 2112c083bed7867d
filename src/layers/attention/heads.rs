//! What each head of an attention computes, and how the features of a step are split among them.

use super::{AttentionTape, MultiHeadAttention, Pairs, Sequence};
use crate::activations::{below, largest};
use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::network::batch::{first, first_mut};
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

    /// `P = softmax(Q Kᵀ / sqrt(D))` of one head.
    pub(super) fn attend<const STEPS: usize>(query: &[T], key: &[T], attention: &mut Pairs<STEPS, T>) {
        T::input_gradient(query, key, Self::HEAD, attention.as_flattened_mut());
        let scale = Self::scale();
        for (step, row) in attention.iter_mut().enumerate() {
            let seen = if CAUSAL { step + 1 } else { STEPS };
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
    #[expect(clippy::type_complexity, reason = "the tape, written out once")]
    pub(super) fn backward_heads<const STEPS: usize, B: Batch>(
        tape: &mut AttentionTape<
            B::Of<Sequence<STEPS, DIM, T>>,
            B::Of<[Pairs<STEPS, T>; HEADS]>,
            B::One<Pairs<STEPS, T>>,
        >,
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
