//! The identity.

use bytemuck::AnyBitPattern;

use crate::network::batch::copy;
use crate::network::chain::Kind;
use crate::network::{Batch, Layer, Sample};

/// The identity `y = x`, of any sample: a branch that does nothing, or one of a pair that passes as it
/// is.
///
/// Backward: `dx = g`.
///
/// ```
/// use typenet::prelude::*;
///
/// // What `Residual<Dense<4, 4>>` does.
/// type Block = Sequential![Parallel<Identity, Dense<4, 4>>, Add];
/// let mut output = [[0.0; 4]; 1];
/// Block::ZERO.forward(&[[3.0; 4]], &mut output);
/// assert_eq!(output, [[3.0; 4]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Identity;

crate::no_parameters!(Identity);

impl<X: Sample> Layer<X> for Identity {
    type Output = X;
    type Tape<B: Batch> = ();
    /// In inference.
    const KIND: Kind = Kind::InPlace;

    fn forward(&self, input: &[X], output: &mut [X]) {
        copy(output, input);
    }

    fn backward<B: Batch>(
        &self,
        _: &[X],
        _: &[X],
        (): &mut (),
        output_gradient: &mut [X],
        input_gradient: Option<&mut [X]>,
        (): &mut (),
    ) {
        if let Some(input_gradient) = input_gradient {
            copy(input_gradient, output_gradient);
        }
    }
}

crate::network::stream::streams_alone!(Identity: X, [X: Sample]);
