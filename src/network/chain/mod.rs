//! A chain of two layers, of which a network is made.

mod buffers;
mod forward;
mod in_a_row;
mod joined;
mod sequential;

use bytemuck::AnyBitPattern;
use rand::Rng;

pub use buffers::{Buffers, Kind};
pub use forward::{Pair, Wanted};
pub use in_a_row::ChainTape;
pub use joined::{Joined, Single};
pub use sequential::Sequential;

use crate::error::Error;
use crate::network::batch::{Batch, first, first_mut};
use crate::network::fingerprint::{Fingerprint, Parts};
use crate::network::init::Initializer;
use crate::network::layer::{Layer, Watch};
use crate::network::parameters::{Parameters, Path, Visitor, Walker, each_part};
use crate::network::scratch::lend;
use crate::network::stream::streams_in_a_row;
use crate::network::summary::Row;
use crate::network::tensor::{Sample, Zero};

use forward::rectifies;
use in_a_row::in_a_row;

/// Two layers in a row. [`Sequential!`](crate::Sequential) nests it.
///
/// ```
/// use typenet::prelude::*;
///
/// let network: Chain<Dense<2, 3>, Relu> = <Sequential![Dense<2, 3>, Relu]>::ZERO;
/// assert_eq!(network.0.bias.len(), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Chain<A: Part, B: Part>(
    /// The first layer.
    pub A,
    /// The second layer, or the rest of the network.
    pub B,
);

/// Plain bytes, as layers and gradients are. It exists for its error message.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "not a layer",
    note = "an activation is a layer of its own, after the other: `Dense<4, 8>, Relu`"
)]
pub trait Part: AnyBitPattern {}

#[diagnostic::do_not_recommend]
impl<A: AnyBitPattern> Part for A {}

impl<A: Zero + Part, B: Zero + Part> Zero for Chain<A, B> {
    const ZERO: Self = Self(A::ZERO, B::ZERO);
}

in_a_row!(parts of Chain);
streams_in_a_row!(Chain);

impl<A: Parameters, B: Parameters> Parameters for Chain<A, B> {
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("Chain").part(A::FINGERPRINT).part(B::FINGERPRINT);
    const PARTS: Parts = Parts::of::<A>().and(&B::PARTS);
    in_a_row!(parameters of Chain, Path::split);
}

impl<X: Sample, A: Layer<X>, B: Layer<A::Output>> Layer<X> for Chain<A, B> {
    // Here, as errors of settings point at it.
    const MULTIPLY_ADDS: usize = A::MULTIPLY_ADDS + B::MULTIPLY_ADDS;
    const KIND: Kind = if matches!(A::KIND, Kind::Relu) { Kind::ReluFirst } else { Kind::Plain };
    const BUFFERS: Buffers = Buffers::before::<A::Output>(A::KIND, A::SCRATCH, B::BUFFERS);
    const THROUGH: Buffers = Buffers::before::<A::Output>(A::KIND, A::SCRATCH, B::THROUGH);
    in_a_row!(layer of Chain, Path::split);

    #[inline]
    fn forward_between(
        &self,
        input: Option<&[X]>,
        pair: Pair<'_>,
        output: Option<&mut [Self::Output]>,
        done: bool,
        watch: &mut impl Watch,
    ) {
        let rectify = rectifies(A::KIND, B::KIND, watch);
        let pair = if done { pair } else { pair.through(&self.0, input, rectify, watch) };
        self.1.forward_between(None, pair, output, rectify, watch);
    }

    #[inline]
    fn lend<const SAMPLES: usize, W: Wanted>(run: impl FnOnce(&mut [u8])) {
        if const { size_of::<A::Output>() == W::BYTES } {
            lend::<A::Output, SAMPLES>(|samples| run(A::Output::bytes_mut(samples)));
        } else {
            B::lend::<SAMPLES, W>(run);
        }
    }
}

#[cfg(test)]
mod tests;
