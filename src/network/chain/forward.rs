//! Inference of a chain, in two buffers.
//!
//! Each layer is called at one place, and calls the rest of the chain at one place: what the compiler has to do grows
//! with the number of layers and no faster.

use core::marker::PhantomData;
use core::slice::{from_mut, from_ref};

use super::buffers::Kind;
use crate::kernel::rows::{in_blocks, in_blocks_mut};
use crate::network::batch::first_mut;
use crate::network::layer::{Layer, Watch};
use crate::network::scratch::{group, lend};
use crate::network::tensor::Sample;

/// The two buffers, and how many samples are in them.
#[doc(hidden)]
#[derive(Debug)]
pub struct Pair<'a> {
    pub(super) samples: usize,
    /// The input of the layer whose turn it is.
    pub(super) from: &'a mut [u8],
    pub(super) other: &'a mut [u8],
}

impl<'a> Pair<'a> {
    /// Where the output of a layer was written to the other buffer, the input is read no more: the next one goes there.
    pub(super) const fn turned(self, moved: bool) -> Self {
        if moved { Self { from: self.other, other: self.from, ..self } } else { self }
    }

    /// The same buffers, for a while.
    pub(super) const fn reborrow(&mut self) -> Pair<'_> {
        Pair { samples: self.samples, from: &mut *self.from, other: &mut *self.other }
    }

    /// The samples in the first buffer.
    #[inline]
    pub(crate) fn input<X: Sample>(&mut self) -> &mut [X] {
        first_mut(X::from_bytes_mut(self.from), self.samples)
    }

    /// Inference of one layer, on samples from outside or in the buffer that they are in, and with
    /// [`Relu`](crate::activations::Relu) behind it if `rectify` says so.
    #[cfg_attr(feature = "simd", inline)]
    #[cfg_attr(not(feature = "simd"), inline(always))]
    pub(crate) fn through<X: Sample, A: Layer<X>>(
        mut self,
        layer: &A,
        input: Option<&[X]>,
        rectify: bool,
        watch: &mut impl Watch,
    ) -> Self {
        if const { A::KIND.is_in_place() } {
            match input {
                Some(input) => layer.forward(input, self.input()),
                None => layer.forward_in_place(self.input()),
            }
            watch.activation(self.input::<A::Output>());
            return self;
        }
        let samples = self.samples;
        let output = first_mut(A::Output::from_bytes_mut(self.other), samples);
        let input = match input {
            Some(input) => input,
            None => first_mut(X::from_bytes_mut(self.from), samples),
        };
        if const { matches!(A::KIND, Kind::Product) } && rectify {
            layer.forward_rectified(input, output);
        } else {
            layer.forward_watched(input, output, watch);
        }
        self.turned(true)
    }
}

/// Whether a layer and the [`Relu`](crate::activations::Relu) that the rest of the chain starts with are computed in
/// one walk over the output: where nobody looks at what is between them. Without vector units a walk more costs little
/// beside the product, and the code is smaller.
#[inline]
pub(super) fn rectifies(layer: Kind, rest: Kind, watch: &impl Watch) -> bool {
    matches!((layer, rest), (Kind::Product, Kind::ReluFirst)) && !watch.looks()
}

/// The bytes of a buffer, known from its type.
#[doc(hidden)]
pub trait Wanted {
    const BYTES: usize;
}

struct FromBuffer<N, X>(PhantomData<(N, X)>);

impl<X: Sample, N: Layer<X>> Wanted for FromBuffer<N, X> {
    const BYTES: usize = N::BUFFERS.from;
}

struct OtherBuffer<N, X>(PhantomData<(N, X)>);

impl<X: Sample, N: Layer<X>> Wanted for OtherBuffer<N, X> {
    const BYTES: usize = N::BUFFERS.other;
}

/// Inference of a network of two parts.
#[inline]
pub(super) fn forward<X, N, A, B>(
    network: &N,
    parts: (&A, &B),
    input: &[X],
    output: &mut [N::Output],
    watch: &mut impl Watch,
) where
    X: Sample,
    N: Layer<X, Output = B::Output>,
    A: Layer<X>,
    B: Layer<A::Output>,
{
    // Without vector units several samples at once are no faster than one after the other.
    match group(N::BUFFERS.widest()) {
        16 if cfg!(feature = "simd") && input.len() > 1 => {
            in_groups::<16, _, _, _, _>(network, parts, input, output, watch)
        }
        4 if cfg!(feature = "simd") && input.len() > 1 => {
            in_groups::<4, _, _, _, _>(network, parts, input, output, watch)
        }
        _ => {
            for (input, output) in input.iter().zip(output) {
                one(network, parts, input, output, watch);
            }
        }
    }
}

/// Inference of one sample. It is not inlined, so that a caller with one sample does not get a stack frame for many.
#[inline(never)]
fn one<X, N, A, B>(network: &N, parts: (&A, &B), input: &X, output: &mut N::Output, watch: &mut impl Watch)
where
    X: Sample,
    N: Layer<X, Output = B::Output>,
    A: Layer<X>,
    B: Layer<A::Output>,
{
    let (input, output) = (from_ref(input), from_mut(output));
    if const { N::BUFFERS.shared } {
        N::lend::<1, FromBuffer<N, X>>(|from| {
            N::lend::<1, OtherBuffer<N, X>>(|other| {
                network.forward_between(Some(input), Pair { samples: 1, from, other }, Some(output), false, watch);
            });
        });
        return;
    }
    lend::<A::Output, 1>(|middle| {
        parts.0.forward_watched(input, middle, watch);
        parts.1.forward_watched(middle, output, watch);
    });
}

/// Inference in groups of `SAMPLES`.
#[inline(never)]
fn in_groups<const SAMPLES: usize, X, N, A, B>(
    network: &N,
    parts: (&A, &B),
    input: &[X],
    output: &mut [N::Output],
    watch: &mut impl Watch,
) where
    X: Sample,
    N: Layer<X, Output = B::Output>,
    A: Layer<X>,
    B: Layer<A::Output>,
{
    if const { N::BUFFERS.shared } {
        N::lend::<SAMPLES, FromBuffer<N, X>>(|from| {
            N::lend::<SAMPLES, OtherBuffer<N, X>>(|other| {
                in_buffers(network, SAMPLES, from, other, input, output, watch)
            });
        });
        return;
    }
    lend::<A::Output, SAMPLES>(|store| {
        for (input, output) in in_blocks(input, SAMPLES).zip(in_blocks_mut(output, SAMPLES)) {
            let middle = first_mut(store, input.len());
            parts.0.forward_watched(input, middle, watch);
            parts.1.forward_watched(middle, output, watch);
        }
    });
}

/// One piece of code for all sizes of groups.
fn in_buffers<X: Sample, N: Layer<X>>(
    network: &N,
    group: usize,
    from: &mut [u8],
    other: &mut [u8],
    input: &[X],
    output: &mut [N::Output],
    watch: &mut impl Watch,
) {
    let group = group.max(1);
    let mut pair = Pair { samples: 0, from, other };
    for (input, output) in in_blocks(input, group).zip(in_blocks_mut(output, group)) {
        pair.samples = input.len();
        network.forward_between(Some(input), pair.reborrow(), Some(output), false, watch);
    }
}
