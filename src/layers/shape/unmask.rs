//! The end of a length.

use bytemuck::AnyBitPattern;

use crate::network::batch::copy;
use crate::network::{Batch, Layer, Padded, Tensor};

/// A [`Padded`] sequence as an array, from `Padded<X, STEPS>` to `[X; STEPS]`: its length is forgotten, its padding is
/// zero. It stands at the end of a network that gives an output for each step, before a loss whose target says which
/// steps count; as PyTorch's `pad_packed_sequence`.
///
/// Backward: `dx = g` at the steps there are.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[[9.0; 1]; 3]];
/// Unmask.forward(&[Padded::new(&[[1.0], [2.0]])?], &mut output);
/// assert_eq!(output, [[[1.0], [2.0], [0.0]]]);
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Unmask;

crate::no_parameters!(Unmask);

impl<X: Tensor, const STEPS: usize> Layer<Padded<X, STEPS>> for Unmask {
    type Output = [X; STEPS];
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[Padded<X, STEPS>], output: &mut [[X; STEPS]]) {
        input.iter().zip(output).for_each(|(x, y)| copy(y, x.array()));
    }

    fn backward<B: Batch>(
        &self,
        input: &[Padded<X, STEPS>],
        _: &[[X; STEPS]],
        (): &mut (),
        output_gradient: &mut [[X; STEPS]],
        input_gradient: Option<&mut [Padded<X, STEPS>]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        for ((x, g), dx) in input.iter().zip(output_gradient).zip(input_gradient) {
            copy(dx.resize(x.steps().len()), g);
        }
    }
}
