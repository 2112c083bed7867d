//! The memory that the activations of a chain share.

use crate::network::tensor::Sample;

/// The memory of a chain's inference: the activations take turns in two buffers, the first one and
/// then every other in the first buffer.
///
/// So a forward pass takes as much as its widest activations at odd and at even places. Where an
/// activation function follows each product, these two are neighbours. Where a layer and the `Relu` behind it are
/// computed as one, what follows changes places, and both buffers are as large as the widest activation.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffers {
    /// Bytes of the first buffer, for one sample.
    pub first: usize,
    /// Bytes of the second buffer.
    pub second: usize,
    /// The most that a layer takes beside them.
    inner: usize,
    /// The alignment of all activations, 0 where there are none.
    align: usize,
    /// Whether all activations can share buffers.
    pub(super) shared: bool,
}

impl Buffers {
    pub(crate) const fn none(scratch: usize) -> Self {
        Self { first: 0, second: 0, inner: scratch, align: 0, shared: true }
    }

    /// The buffers of a layer that takes `scratch` and gives `M` to the rest of a chain.
    pub(super) const fn before<M: Sample>(scratch: usize, rest: Self) -> Self {
        let inner = if scratch > rest.inner { scratch } else { rest.inner };
        let align = align_of::<M>();
        if M::PLAIN && rest.shared && (rest.align == 0 || rest.align == align) {
            let first = if size_of::<M>() > rest.second { size_of::<M>() } else { rest.second };
            Self { first, second: rest.first, inner, align, shared: true }
        } else {
            // `M` lives while the rest of the chain runs.
            let rest = rest.scratch();
            let inner = if scratch > rest { scratch } else { rest };
            Self { first: size_of::<M>(), second: 0, inner, align: 0, shared: false }
        }
    }

    /// Both as large as the larger: where a layer and the [`Relu`](crate::activations::Relu) behind it are computed as one, what
    /// follows them changes places.
    pub(super) const fn alike(self) -> Self {
        if self.shared { Self { first: self.widest(), second: self.widest(), ..self } } else { self }
    }

    pub(super) const fn scratch(self) -> usize {
        self.first + self.second + self.inner
    }

    /// Bytes of the arrays of the layer that takes most beside the activations.
    pub(crate) const fn inner(self) -> usize {
        self.inner
    }

    pub(super) const fn widest(self) -> usize {
        if self.first > self.second { self.first } else { self.second }
    }
}
