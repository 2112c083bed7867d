//! The plain form of each kernel: multiply, then add, in the order of the indices. It is what a
//! microcontroller runs and what the fast forms are tested against; its bits are the same on
//! every machine.

use crate::scalar::Scalar;

/// `output = input weight + bias`, sample by sample.
pub(crate) fn affine<T: Scalar, const IN: usize, const OUT: usize>(
    input: &[[T; IN]],
    weight: &[[T; OUT]; IN],
    bias: &[T; OUT],
    output: &mut [[T; OUT]],
) {
    for (input, output) in input.iter().zip(output) {
        *output = *bias;
        for (x, weight) in input.iter().zip(weight) {
            for (y, w) in output.iter_mut().zip(weight) {
                *y += *x * *w;
            }
        }
    }
}

/// `weight_gradient += inputᵀ output_gradient`, `bias_gradient += Σ output_gradient`.
pub(crate) fn weight_gradient<T: Scalar, const IN: usize, const OUT: usize>(
    input: &[[T; IN]],
    output_gradient: &[[T; OUT]],
    weight_gradient: &mut [[T; OUT]; IN],
    bias_gradient: &mut [T; OUT],
) {
    for (input, output_gradient) in input.iter().zip(output_gradient) {
        for (x, row) in input.iter().zip(weight_gradient.iter_mut()) {
            for (w, y) in row.iter_mut().zip(output_gradient) {
                *w += *x * *y;
            }
        }
        for (b, y) in bias_gradient.iter_mut().zip(output_gradient) {
            *b += *y;
        }
    }
}

/// `input_gradient = output_gradient weightᵀ`.
pub(crate) fn input_gradient<T: Scalar, const IN: usize, const OUT: usize>(
    output_gradient: &[[T; OUT]],
    weight: &[[T; OUT]; IN],
    input_gradient: &mut [[T; IN]],
) {
    for (output_gradient, input_gradient) in output_gradient.iter().zip(input_gradient) {
        for (x, weight) in input_gradient.iter_mut().zip(weight) {
            let mut sum = T::ZERO;
            for (y, w) in output_gradient.iter().zip(weight) {
                sum += *y * *w;
            }
            *x = sum;
        }
    }
}
