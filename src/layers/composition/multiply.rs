//! The product of a pair.

use core::slice::{from_mut, from_ref};

use bytemuck::AnyBitPattern;

use crate::network::{Batch, Layer, Tensor};

/// The product of a pair of tensors of the same shape, scalar by scalar: `(a, b)` becomes `a b`.
///
/// Backward, with `g` the derivative by `y`: `da = g b`, `db = g a`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 2]; 1];
/// Multiply.forward(&[([1.0, 2.0], [10.0, 20.0])], &mut output);
/// assert_eq!(output, [[10.0, 40.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Multiply;

crate::no_parameters!(Multiply);

/// `product *= factor`
fn multiply<X: Tensor>(product: &mut X, factor: &X) {
    for (product, factor) in X::flat_mut(from_mut(product)).iter_mut().zip(X::flat(from_ref(factor))) {
        *product *= *factor;
    }
}

impl<X: Tensor> Layer<(X, X)> for Multiply {
    type Output = X;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[(X, X)], output: &mut [X]) {
        for ((a, b), y) in input.iter().zip(output) {
            crate::network::batch::copy(from_mut(y), from_ref(a));
            multiply(y, b);
        }
    }

    fn backward<B: Batch>(
        &self,
        input: &[(X, X)],
        _: &[X],
        (): &mut (),
        output_gradient: &mut [X],
        input_gradient: Option<&mut [(X, X)]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        for (((a, b), g), dx) in input.iter().zip(output_gradient.iter()).zip(input_gradient) {
            crate::network::batch::copy(from_mut(&mut dx.0), from_ref(g));
            crate::network::batch::copy(from_mut(&mut dx.1), from_ref(g));
            multiply(&mut dx.0, b);
            multiply(&mut dx.1, a);
        }
    }
}

crate::network::stream::streams_alone!(Multiply: (X, X), [X: Tensor]);
