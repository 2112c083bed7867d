//! Flattening.

use core::ops::Mul;

use bytemuck::AnyBitPattern;
use typenum::Prod;

use super::copy;
use crate::network::chain::Kind;
use crate::network::dim::{Array, Const, Element, Number, Of, Size};
use crate::network::{Batch, Layer, Scalar, Tensor};

/// Makes a vector of an image or a sequence: from `[[[T; W]; H]; C]` to `[T; C x H x W]`, from `[[T; FEATURES]; STEPS]`
/// to `[T; STEPS x FEATURES]`, in the order of memory. The length is computed, up to 4096; beyond that,
/// [`Reshape<[T; N]>`](crate::layers::Reshape) is given it.
///
/// Backward: the derivative takes the shape back.
///
/// PyTorch flattens in the same order. Keras' images have their channels last, so its order is another.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0; 4]; 1];
/// Flatten.forward(&[[[1.0, 2.0], [3.0, 4.0]]], &mut output);
/// assert_eq!(output, [[1.0, 2.0, 3.0, 4.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Flatten;

// Keras has channels last.
crate::no_parameters!(Flatten { channels_last: 0.0 });

/// Holds for tensors of up to 4096 scalars.
#[diagnostic::on_unimplemented(
    message = "`Flatten` cannot compute the length of an input of shape `{Self}`",
    label = "`Flatten` is given `{Self}`",
    note = "lengths are computed up to 4096; write `Reshape<[T; LENGTH]>` for more"
)]
pub trait Flattens: Tensor {
    /// The vector.
    type Vector: Element + Tensor<Scalar = Self::Scalar>;
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, const N: usize> Flattens for [T; N] {
    type Vector = [T; N];
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, const FEATURES: usize, const STEPS: usize> Flattens for [[T; FEATURES]; STEPS]
where
    Const<FEATURES>: Size,
    Const<STEPS>: Size,
    Of<STEPS>: Mul<Of<FEATURES>>,
    Prod<Of<STEPS>, Of<FEATURES>>: Number,
{
    type Vector = Array<Prod<Of<STEPS>, Of<FEATURES>>, T>;
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, const W: usize, const H: usize, const C: usize> Flattens for [[[T; W]; H]; C]
where
    Const<W>: Size,
    Const<H>: Size,
    Const<C>: Size,
    Of<H>: Mul<Of<W>>,
    Of<C>: Mul<Prod<Of<H>, Of<W>>>,
    Prod<Of<C>, Prod<Of<H>, Of<W>>>: Number,
{
    type Vector = Array<Prod<Of<C>, Prod<Of<H>, Of<W>>>, T>;
}

impl<X: Flattens> Layer<X> for Flatten {
    type Output = X::Vector;
    type Tape<B: Batch> = ();
    /// The bytes stay as they are.
    const KIND: Kind = Kind::InPlace;

    fn forward(&self, input: &[X], output: &mut [X::Vector]) {
        copy(input, output);
    }

    fn backward<B: Batch>(
        &self,
        _: &[X],
        _: &[X::Vector],
        (): &mut (),
        output_gradient: &mut [X::Vector],
        input_gradient: Option<&mut [X]>,
        (): &mut (),
    ) {
        if let Some(input_gradient) = input_gradient {
            copy(output_gradient, input_gradient);
        }
    }
}
