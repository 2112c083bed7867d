//! Large products on several threads.
//!
//! A product is cut into pieces of its result, so that no sum is shared and nothing has to be added up in some order,
//! and each piece is summed in the order that the whole would take: the bits of the result are those of one thread, and
//! those without the feature.

use core::error::Error;
use std::sync::OnceLock;

use pulp::Arch;
use rayon::prelude::*;

use crate::kernel::dispatch::{Affine, InputGradient, WeightGradient};
use crate::kernel::lanes::Lanes;

/// Samples of a piece of a large batch, and the fewest inputs of a piece of the weight gradient: as many as are worth a
/// copy of the other factor.
const ROWS: usize = 64;

/// Samples of a piece.
const fn rows(samples: usize) -> usize {
    if samples >= 2 * ROWS { ROWS } else { ROWS / 2 }
}

/// Scalars of a piece of an elementwise loop.
const PIECE: usize = 1 << 15;

/// Whether a product of this many multiply-adds is worth sharing: it takes 0.01 ms or more.
pub(super) const fn are_worth(multiply_adds: usize) -> bool {
    multiply_adds >= 1 << 19
}

/// Whether there are threads. Where the system gives none, `rayon` would panic: the same pieces then come one after the
/// other.
fn are_there() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    rayon::current_thread_index().is_some()
        || *THERE.get_or_init(|| match rayon::ThreadPoolBuilder::new().build_global() {
            Ok(()) => true,
            // Of the system; else the threads have been there before.
            Err(error) => error.source().is_none(),
        })
}

/// Both, at the same time where there are threads.
fn join(first: impl FnOnce() + Send, second: impl FnOnce() + Send) {
    if are_there() {
        rayon::join(first, second);
    } else {
        first();
        second();
    }
}

/// All pairs of pieces, `input` by so many scalars and `output` by so many.
fn each_piece<T: Lanes>(
    (input, inputs): (&[T], usize),
    (output, outputs): (&mut [T], usize),
    run: impl Fn((&[T], &mut [T])) + Send + Sync,
) {
    if are_there() {
        input.par_chunks(inputs).zip(output.par_chunks_mut(outputs)).for_each(run);
    } else {
        input.chunks(inputs).zip(output.chunks_mut(outputs)).for_each(run);
    }
}

pub(super) fn affine<T: Lanes>(whole: Affine<'_, T>) {
    let Affine { samples, input, weight, bias, outputs, rectify, output } = whole;
    let outputs = outputs.max(1);
    let inputs = (weight.len() / outputs).max(1);
    let rows = rows(samples);
    each_piece((input, rows * inputs), (output, rows * outputs), |(input, output)| {
        Arch::new().dispatch(Affine { samples, input, weight, bias, outputs, rectify, output });
    });
}

pub(super) fn parameter_gradient<T: Lanes>(whole: WeightGradient<'_, T>) {
    let WeightGradient { input, stride, outputs, output_gradient, weight_gradient, bias_gradient } = whole;
    join(
        || {
            let whole =
                WeightGradient { input, stride, outputs, output_gradient, weight_gradient, bias_gradient: &mut [] };
            let threads = if are_there() { rayon::current_num_threads() } else { 1 };
            by_inputs(whole, if threads > 1 { 2 * threads } else { 1 });
        },
        || {
            let (input, weight_gradient) = (&[], &mut [] as &mut [T]);
            let bias = WeightGradient { input, stride, outputs, output_gradient, weight_gradient, bias_gradient };
            Arch::new().dispatch(bias);
        },
    );
}

/// Cuts a weight gradient in two until there are so many pieces: few, because each copies all derivatives by the
/// outputs.
fn by_inputs<T: Lanes>(whole: WeightGradient<'_, T>, pieces: usize) {
    let WeightGradient { input, stride, outputs, output_gradient, weight_gradient, .. } = whole;
    let inputs = weight_gradient.len() / outputs;
    if pieces <= 1 || inputs < 2 * ROWS {
        let bias_gradient = &mut [];
        let piece = WeightGradient { input, stride, outputs, output_gradient, weight_gradient, bias_gradient };
        return Arch::new().dispatch(piece);
    }
    let middle = inputs / 2;
    let (first, second) = weight_gradient.split_at_mut_checked(middle * outputs).unwrap_or_default();
    let piece = |input, weight_gradient| {
        let bias_gradient = &mut [];
        let piece = WeightGradient { input, stride, outputs, output_gradient, weight_gradient, bias_gradient };
        by_inputs(piece, pieces.div_ceil(2));
    };
    join(|| piece(input, first), || piece(input.get(middle..).unwrap_or_default(), second));
}

pub(super) fn input_gradient<T: Lanes>(output_gradient: &[T], weight: &[T], outputs: usize, input_gradient: &mut [T]) {
    let outputs = outputs.max(1);
    let inputs = (weight.len() / outputs).max(1);
    let samples = output_gradient.len() / outputs;
    let rows = rows(samples);
    let (from, to) = ((output_gradient, rows * outputs), (input_gradient, rows * inputs));
    each_piece(from, to, |(output_gradient, input_gradient)| {
        Arch::new().dispatch(InputGradient { samples, output_gradient, weight, outputs, input_gradient });
    });
}

/// Runs an elementwise loop over arrays of the same length, in pieces on several threads.
pub(crate) fn in_pieces<T: Send, const K: usize>(arrays: [&mut [T]; K], run: impl Fn([&mut [T]; K]) + Sync) {
    halve(arrays, &run);
}

/// Cuts the arrays in two until they are pieces: as many times as their length has bits, at most.
fn halve<T: Send, const K: usize>(arrays: [&mut [T]; K], run: &(impl Fn([&mut [T]; K]) + Sync)) {
    let len = arrays.iter().fold(usize::MAX, |len, array| len.min(array.len()));
    if len <= 2 * PIECE {
        return run(arrays);
    }
    let middle = (len / 2).next_multiple_of(PIECE);
    let mut halves = arrays.map(|array| array.split_at_mut_checked(middle).unwrap_or_default());
    let first = halves.each_mut().map(|(first, _)| core::mem::take(first));
    let second = halves.map(|(_, second)| second);
    join(|| halve(first, run), || halve(second, run));
}
