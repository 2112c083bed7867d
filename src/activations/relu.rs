//! The rectified linear unit.

use bytemuck::AnyBitPattern;

use crate::activations::Elementwise;
use crate::scalar::Scalar;

/// The rectified linear unit `y = max(x, 0)`, with derivative 1 for `x > 0` and 0 elsewhere, at
/// zero too (Nair, Hinton 2010).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0_f32; 3]; 1];
/// Relu.forward(&[[-1.0, 0.0, 2.0]], &mut output);
/// assert_eq!(output, [[0.0, 0.0, 2.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Relu;

impl Elementwise for Relu {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        // Written so that a not-a-number stays one and is seen in the loss.
        if x < T::ZERO { T::ZERO } else { x }
    }

    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        if x > T::ZERO { T::ONE } else { T::ZERO }
    }
}

crate::elementwise!(Relu);
