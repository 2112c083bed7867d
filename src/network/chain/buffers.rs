//! The memory that the activations of a chain share.

use crate::network::tensor::Sample;

/// What a layer is to the chain that it is in.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its output goes to other memory than its input.
    Plain,
    /// A product, which can take the [`Relu`](crate::activations::Relu) behind it with it: it has a
    /// `forward_rectified` of its own.
    Product,
    /// Its output takes the place of its input: but for the identity it has a `forward_in_place` of its own.
    InPlace,
    /// [`Relu`](crate::activations::Relu), which is in place too.
    Relu,
    /// A chain that starts with [`Relu`](crate::activations::Relu).
    ReluFirst,
}

impl Kind {
    pub(super) const fn is_in_place(self) -> bool {
        matches!(self, Self::InPlace | Self::Relu)
    }
}

/// How large the two buffers of a chain's inference are: the activations take turns in them. The output of a layer goes
/// to the buffer that its input is not in, and that of an elementwise one stays where its input is.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffers {
    /// Bytes of the buffer that the input is in, for one sample. The input itself is not counted.
    pub(crate) from: usize,
    /// Bytes of the other buffer.
    pub(crate) other: usize,
    /// The most that a layer takes beside them.
    inner: usize,
    /// The alignment of all activations, 0 where there are none.
    align: usize,
    /// Whether all activations can share buffers.
    pub(crate) shared: bool,
    /// Whether the last activation is in the other buffer.
    pub(super) moved: bool,
}

impl Buffers {
    pub(crate) const fn none(scratch: usize) -> Self {
        Self { from: 0, other: 0, inner: scratch, align: 0, shared: true, moved: false }
    }

    /// Those of a layer that takes `scratch` and gives `M` to the rest of a chain.
    pub(crate) const fn before<M: Sample>(kind: Kind, scratch: usize, rest: Self) -> Self {
        let own = if kind.is_in_place() {
            Self { from: size_of::<M>(), ..Self::none(scratch) }
        } else {
            Self { other: size_of::<M>(), moved: true, ..Self::none(scratch) }
        };
        Self { align: align_of::<M>(), shared: M::PLAIN, ..own }.and::<M>(scratch, rest)
    }

    /// Those of two parts in a row, of which the first gives `M`, and takes `scratch` where it is alone.
    pub(super) const fn and<M: Sample>(self, scratch: usize, rest: Self) -> Self {
        if self.shared && rest.shared && (rest.align == 0 || rest.align == self.align) {
            let (from, other) = if self.moved { (rest.other, rest.from) } else { (rest.from, rest.other) };
            Self {
                from: larger(self.from, from),
                other: larger(self.other, other),
                inner: larger(self.inner, rest.inner),
                moved: self.moved != rest.moved,
                ..self
            }
        } else {
            // `M` lives while the rest runs.
            let inner = larger(scratch, rest.scratch());
            Self { from: size_of::<M>(), other: 0, inner, align: 0, shared: false, moved: false }
        }
    }

    pub(super) const fn scratch(self) -> usize {
        self.from + self.other + self.inner
    }

    /// Bytes of the arrays of the layer that takes most beside the activations.
    pub(crate) const fn inner(self) -> usize {
        self.inner
    }

    pub(super) const fn widest(self) -> usize {
        larger(self.from, self.other)
    }
}

const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}
