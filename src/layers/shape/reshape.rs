//! A new shape for the same scalars.

use core::marker::PhantomData;

use bytemuck::AnyBitPattern;
use rand::Rng;

use super::copy;
use crate::network::chain::Kind;
use crate::network::dim::Element;
use crate::network::{Batch, Fingerprint, Initializer, Layer, Parameters, Path, Tensor, Visitor, Walker, Zero};

/// Gives the scalars of any tensor the shape `Y`, in the order of memory.
///
/// Both must have the same number of scalars. That is checked when the program is compiled, for any size. The compiler
/// computes it only when it makes code; [`assert_shapes!`](crate::assert_shapes) asks for it at once, so that
/// `cargo check` and editors report it too:
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Reshape<[[[f32; 8]; 8]; 1]>, Conv2d<1, 4, 3>, Relu, Flatten, Dense<144, 10>];
/// typenet::assert_shapes!(Network, [f32; 64] => [f32; 10]);
/// ```
///
/// Backward: the derivative takes the shape back.
///
/// PyTorch and Keras reshape in the same order.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[[0.0; 3]; 2]; 1];
/// Reshape::<[[f32; 3]; 2]>::ZERO.forward(&[[1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0]], &mut output);
/// assert_eq!(output, [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]);
/// ```
///
/// ```compile_fail
/// use typenet::prelude::*;
///
/// let mut output = [[[0.0; 3]; 2]; 1];
/// Reshape::<[[f32; 3]; 2]>::ZERO.forward(&[[1.0_f32; 7]], &mut output);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Reshape<Y: 'static>(PhantomData<Y>);

impl<Y: Element> Zero for Reshape<Y> {
    const ZERO: Self = Self(PhantomData);
}

impl<Y: Element> Parameters for Reshape<Y> {
    type Gradient = ();
    const COUNT: usize = 0;
    // Only the order of the scalars matters to what follows, and that does not change.
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("Reshape");

    fn init(&mut self, _: Initializer, _: &mut impl Rng) {}

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        visitor.constant(&path.of("Reshape"), "channels_last", 0.0);
    }

    fn walk<const K: usize>(&mut self, _: [&mut (); K], _: &Path<'_>, _: &mut impl Walker<K>) {}
}

impl<X: Tensor, Y: Element + Tensor<Scalar = X::Scalar>> Layer<X> for Reshape<Y> {
    type Output = Y;
    type Tape<B: Batch> = ();
    /// None, but who asks for it learns of a wrong length.
    const MULTIPLY_ADDS: usize = same_len(X::LEN, Y::LEN);
    /// The bytes stay as they are.
    const KIND: Kind = Kind::InPlace;

    fn forward(&self, input: &[X], output: &mut [Y]) {
        const { same_len(X::LEN, Y::LEN) };
        copy(input, output);
    }

    fn backward<B: Batch>(
        &self,
        _: &[X],
        _: &[Y],
        (): &mut (),
        output_gradient: &mut [Y],
        input_gradient: Option<&mut [X]>,
        (): &mut (),
    ) {
        if let Some(input_gradient) = input_gradient {
            copy(output_gradient, input_gradient);
        }
    }
}

/// Stops the compiler with a sentence where two lengths differ. It gives 0.
#[doc(hidden)]
#[must_use]
pub const fn same_len(from: usize, to: usize) -> usize {
    if from != to {
        let (from, to) = (crate::network::internals::Decimal::new(from), crate::network::internals::Decimal::new(to));
        let texts = ["`Reshape` cannot make a tensor of ", to.as_str(), " scalars from one of ", from.as_str()];
        let sentence: [u8; 128] = crate::network::internals::join(&texts);
        let sentence = sentence.split_at(crate::network::internals::joined_len(&texts)).0;
        assert!(from.as_str().is_empty(), "{}", text(sentence));
    }
    0
}

const fn text(bytes: &[u8]) -> &str {
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "`Reshape` cannot change the number of scalars",
    }
}
