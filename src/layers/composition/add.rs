//! The sum of a pair.

use bytemuck::AnyBitPattern;

use crate::network::{Batch, Layer, Tensor};

/// The sum of a pair of tensors of the same shape: `(a, b)` becomes `a + b`.
///
/// Backward, with `g` the derivative by `y`: `da = g`, `db = g`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 2]; 1];
/// Add.forward(&[([1.0, 2.0], [10.0, 20.0])], &mut output);
/// assert_eq!(output, [[11.0, 22.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Add;

crate::no_parameters!(Add);

impl<X: Tensor> Layer<(X, X)> for Add {
    type Output = X;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[(X, X)], output: &mut [X]) {
        for ((a, b), y) in input.iter().zip(output) {
            crate::network::batch::copy(core::slice::from_mut(y), core::slice::from_ref(a));
            crate::network::tensor::add_samples(core::slice::from_mut(y), core::slice::from_ref(b));
        }
    }

    fn backward<B: Batch>(
        &self,
        _: &[(X, X)],
        _: &[X],
        (): &mut (),
        output_gradient: &mut [X],
        input_gradient: Option<&mut [(X, X)]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        for (g, dx) in output_gradient.iter().zip(input_gradient) {
            crate::network::batch::copy(core::slice::from_mut(&mut dx.0), core::slice::from_ref(g));
            crate::network::batch::copy(core::slice::from_mut(&mut dx.1), core::slice::from_ref(g));
        }
    }
}

crate::network::stream::streams_alone!(Add: (X, X), [X: Tensor]);
