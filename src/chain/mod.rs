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

use crate::batch::{Batch, first, first_mut};
use crate::error::Error;
use crate::fingerprint::{Fingerprint, Parts};
use crate::init::Initializer;
use crate::layer::{Layer, Watch};
use crate::parameters::{Parameters, Path, Visitor, Walker};
use crate::scratch::lend;
use crate::summary::Row;
use crate::tensor::{Sample, Zero};

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
pub struct Chain<A: AnyBitPattern, B: AnyBitPattern>(
    /// The first layer.
    pub A,
    /// The second layer, or the rest of the network.
    pub B,
);

impl<A: Zero + AnyBitPattern, B: Zero + AnyBitPattern> Zero for Chain<A, B> {
    const ZERO: Self = Self(A::ZERO, B::ZERO);
}

in_a_row!(trees of Chain);

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
