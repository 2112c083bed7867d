//! The plain form of each kernel: multiply, then add, in the order of the indices. It is what a
//! microcontroller runs and what the fast forms are tested against; its bits are the same on
//! every machine.

use crate::kernel::BLOCK;
use crate::kernel::rows::{in_blocks, in_rows, in_rows_mut};
use crate::network::Scalar;

/// `output = input weight + bias`, sample by sample, or 0 where that is negative and `rectify` is set. The weight has
/// a row of `outputs` for each input; an empty bias is as good as one of zeros.
pub(crate) fn affine<T: Scalar>(
    input: &[T],
    weight: &[T],
    bias: &[T],
    outputs: usize,
    rectify: bool,
    output: &mut [T],
) {
    let outputs = outputs.max(1);
    let inputs = (weight.len() / outputs).max(1);
    if bias.is_empty() {
        output.fill(T::ZERO);
    }
    for (input, output) in in_rows(input, inputs).zip(in_rows_mut(output, outputs)) {
        for (y, b) in output.iter_mut().zip(bias) {
            *y = *b;
        }
        for (x, weight) in input.iter().zip(in_rows(weight, outputs)) {
            for (y, w) in output.iter_mut().zip(weight) {
                *y += *x * *w;
            }
        }
        if rectify {
            for y in output {
                *y = y.positive_part();
            }
        }
    }
}

/// `weight_gradient += inputᵀ output_gradient`, for as many inputs as the weight gradient has rows:
/// the first of each sample, whose inputs are `stride` apart.
pub(crate) fn weight_gradient<T: Scalar>(
    input: &[T],
    stride: usize,
    output_gradient: &[T],
    outputs: usize,
    weight_gradient: &mut [T],
) {
    let outputs = outputs.max(1);
    for (input, output_gradient) in in_blocks(input, stride).zip(in_rows(output_gradient, outputs)) {
        for (x, row) in input.iter().zip(in_rows_mut(weight_gradient, outputs)) {
            for (w, y) in row.iter_mut().zip(output_gradient) {
                *w += *x * *y;
            }
        }
    }
}

/// `bias_gradient += Σ output_gradient`, in blocks of samples.
pub(crate) fn bias_gradient<T: Scalar>(output_gradient: &[T], bias_gradient: &mut [T]) {
    let outputs = bias_gradient.len();
    if outputs == 0 {
        return;
    }
    for samples in in_blocks(output_gradient, outputs * BLOCK) {
        for (output, b) in bias_gradient.iter_mut().enumerate() {
            let mut sum = T::ZERO;
            for y in in_rows(samples, outputs).filter_map(|sample| sample.get(output)) {
                sum += *y;
            }
            *b += sum;
        }
    }
}

/// The gradients of a dense layer's parameters, by its inputs and the gradient of its outputs. An empty bias has none.
pub(crate) fn parameter_gradient<T: Scalar>(
    input: &[T],
    output_gradient: &[T],
    outputs: usize,
    weight_gradient: &mut [T],
    bias_gradient: &mut [T],
) {
    let outputs = outputs.max(1);
    let inputs = weight_gradient.len() / outputs;
    self::weight_gradient(input, inputs, output_gradient, outputs, weight_gradient);
    self::bias_gradient(output_gradient, bias_gradient);
}

/// `input_gradient = output_gradient weightᵀ`, with `outputs` columns of the weight.
pub(crate) fn input_gradient<T: Scalar>(output_gradient: &[T], weight: &[T], outputs: usize, input_gradient: &mut [T]) {
    let outputs = outputs.max(1);
    let inputs = (weight.len() / outputs).max(1);
    for (output_gradient, input_gradient) in in_rows(output_gradient, outputs).zip(in_rows_mut(input_gradient, inputs))
    {
        for (x, weight) in input_gradient.iter_mut().zip(in_rows(weight, outputs)) {
            let mut sum = T::ZERO;
            for (y, w) in output_gradient.iter().zip(weight) {
                sum += *y * *w;
            }
            *x = sum;
        }
    }
}
