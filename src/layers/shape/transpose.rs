//! The transpose.

use bytemuck::AnyBitPattern;

use crate::network::{Batch, Layer, Scalar};

/// Swaps the two dimensions of a sequence or matrix: from `[[T; COLUMNS]; ROWS]` to `[[T; ROWS]; COLUMNS]`.
///
/// `y[i][j] = x[j][i]`. Backward: `dx[j][i] = g[i][j]`.
///
/// PyTorch: `transpose(1, 2)`. Keras: `Permute((2, 1))`.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[[0.0; 2]; 3]; 1];
/// Transpose.forward(&[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]], &mut output);
/// assert_eq!(output, [[[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Transpose;

crate::no_parameters!(Transpose);

impl<T: Scalar, const COLUMNS: usize, const ROWS: usize> Layer<[[T; COLUMNS]; ROWS]> for Transpose {
    type Output = [[T; ROWS]; COLUMNS];
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[[T; COLUMNS]; ROWS]], output: &mut [[[T; ROWS]; COLUMNS]]) {
        transpose(input, output);
    }

    fn backward<B: Batch>(
        &self,
        _: &[[[T; COLUMNS]; ROWS]],
        _: &[[[T; ROWS]; COLUMNS]],
        (): &mut (),
        output_gradient: &mut [[[T; ROWS]; COLUMNS]],
        input_gradient: Option<&mut [[[T; COLUMNS]; ROWS]]>,
        (): &mut (),
    ) {
        if let Some(input_gradient) = input_gradient {
            transpose(output_gradient, input_gradient);
        }
    }
}

fn transpose<T: Copy, const A: usize, const B: usize>(from: &[[[T; A]; B]], to: &mut [[[T; B]; A]]) {
    for (from, to) in from.iter().zip(to) {
        for (column, to) in to.iter_mut().enumerate() {
            for (to, row) in to.iter_mut().zip(from) {
                if let Some(value) = row.get(column) {
                    *to = *value;
                }
            }
        }
    }
}
