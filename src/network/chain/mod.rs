//! A chain of two layers, of which a network is made.

mod buffers;

use bytemuck::AnyBitPattern;
use rand::Rng;

pub use buffers::Buffers;

use crate::error::Error;
use crate::network::batch::{Batch, Tape, first, first_mut};
use crate::network::fingerprint::Fingerprint;
use crate::network::init::Initializer;
use crate::network::layer::{Layer, Watch};
use crate::network::parameters::{Parameters, Path, Visitor, Walker};
use crate::network::scratch::lend;
use crate::network::summary::Row;
use crate::network::tensor::{Sample, Zero};

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

/// The type of a network, from the types of its layers in order.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];
/// assert_eq!(Network::COUNT, 20 * 128 + 128 + 128 + 1);
/// ```
#[macro_export]
macro_rules! Sequential {
    // Values where types are wanted.
    ($layer:ident ($($_:tt)*) $($rest:tt)*) => { $crate::Sequential!(@value) };
    ($layer:ident :: < $($rest:tt)*) => { $crate::Sequential!(@value) };
    ($layer:ident :: $new:ident ($($_:tt)*) $($rest:tt)*) => { $crate::Sequential!(@value) };
    (@value) => {
        ::core::compile_error!(
            "the layers of `Sequential!` are types: `Dense<4, 8>`, not `Dense(4, 8)` or `Dense::<4, 8>::new()`"
        )
    };
    (@chain $layer:ty) => { $layer };
    (@chain $layer:ty, $($rest:ty),+) => { $crate::network::Chain<$layer, $crate::Sequential![@chain $($rest),+]> };
    // A path that is a type and an expression: where an expression is wanted, it names the function.
    ($($layer:ty),+ $(,)?) => { $crate::network::Sequential::<$crate::Sequential![@chain $($layer),+]> };
}

/// What [`Sequential!`](crate::Sequential) gives where a type is wanted: `N` itself.
#[doc(hidden)]
pub type Sequential<N> = N;

/// What it gives where a value is wanted. It cannot be called, and exists for its error message.
#[doc(hidden)]
#[expect(non_snake_case, reason = "the name of the macro")]
pub const fn Sequential<N: Value>() {}

/// Holds for nothing.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`Sequential![..]` is the type of a network, not a network",
    label = "this is a type",
    note = "write `type Network = Sequential![..];`, and make a network with `initialized::<Network>(1)`"
)]
pub trait Value {}

/// What a [`Chain`] remembers: its parts' tapes and what flows between them.
#[derive(Clone, Copy, Debug)]
pub struct ChainTape<A, B, M> {
    first: A,
    second: B,
    middle: M,
    middle_gradient: M,
}

// What follows is not inlined: else a deep chain becomes one long function, and optimising that takes time that grows
// faster than its length. A call for each layer takes nanoseconds.

impl<A: Tape, B: Tape, M: Tape> Tape for ChainTape<A, B, M> {
    const EMPTY: Self = Self { first: A::EMPTY, second: B::EMPTY, middle: M::EMPTY, middle_gradient: M::EMPTY };

    #[inline(never)]
    fn grow(&mut self, samples: usize) {
        self.first.grow(samples);
        self.second.grow(samples);
        self.middle.grow(samples);
        self.middle_gradient.grow(samples);
    }
}

impl<A: Zero + Part, B: Zero + Part> Zero for Chain<A, B> {
    const ZERO: Self = Self(A::ZERO, B::ZERO);
}

impl<A: Parameters, B: Parameters> Parameters for Chain<A, B> {
    type Gradient = Chain<A::Gradient, B::Gradient>;
    const COUNT: usize = A::COUNT + B::COUNT;
    const STATISTICS: usize = A::STATISTICS + B::STATISTICS;
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("Chain").part(A::FINGERPRINT).part(B::FINGERPRINT);

    #[inline(never)]
    fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
        self.0.init(weights, rng);
        self.1.init(weights, rng);
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        let (head, tail) = path.split();
        self.0.visit(&head, visitor);
        self.1.visit(&tail, visitor);
    }

    #[inline(never)]
    fn walk<const K: usize>(
        &mut self,
        mut trees: [&mut Self::Gradient; K],
        path: &Path<'_>,
        walker: &mut impl Walker<K>,
    ) {
        let (head, tail) = path.split();
        self.0.walk(trees.each_mut().map(|tree| &mut tree.0), &head, walker);
        self.1.walk(trees.map(|tree| &mut tree.1), &tail, walker);
    }

    fn penalty(&self) -> f64 {
        self.0.penalty() + self.1.penalty()
    }

    fn penalize(&mut self, gradient: &mut Self::Gradient) {
        self.0.penalize(&mut gradient.0);
        self.1.penalize(&mut gradient.1);
    }

    fn constrain(&mut self) {
        self.0.constrain();
        self.1.constrain();
    }
}

impl<X: Sample, A: Layer<X>, B: Layer<A::Output>> Layer<X> for Chain<A, B> {
    type Output = B::Output;
    type Tape<S: Batch> = ChainTape<A::Tape<S>, B::Tape<S>, S::Of<A::Output>>;
    const MULTIPLY_ADDS: usize = A::MULTIPLY_ADDS + B::MULTIPLY_ADDS;

    const SCRATCH: usize = Self::BUFFERS.scratch();
    const BUFFERS: Buffers = if A::CAN_RECTIFY && B::STARTS_RECTIFYING {
        Buffers::before::<A::Output>(A::SCRATCH, B::BUFFERS).alike()
    } else {
        Buffers::before::<A::Output>(A::SCRATCH, B::BUFFERS)
    };
    // Without vector units a walk more over the output costs little beside the product, and the code is smaller.
    const STARTS_RECTIFYING: bool = cfg!(feature = "simd") && A::RECTIFIES;

    const CALLS: usize = if A::CALLS > B::CALLS { A::CALLS } else { B::CALLS };
    const DEPTH: usize = A::DEPTH + B::DEPTH;

    #[inline]
    fn forward(&self, input: &[X], output: &mut [Self::Output]) {
        self.forward_watched(input, output, &mut ());
    }

    #[inline]
    fn forward_watched(&self, input: &[X], output: &mut [Self::Output], watch: &mut impl Watch) {
        // Where a setting is out of its range, this does not compile.
        let _ = const { Self::MULTIPLY_ADDS };
        // Buffers of a few kilobytes, or of one sample: where there is one, of no more.
        match Self::BUFFERS.widest() {
            _ if input.len() == 1 => forward_by::<1, _, _, _>(self, input, output, watch),
            0..=512 => forward_by::<16, _, _, _>(self, input, output, watch),
            513..=2048 => forward_by::<4, _, _, _>(self, input, output, watch),
            _ => forward_by::<1, _, _, _>(self, input, output, watch),
        }
    }

    #[inline(always)]
    fn forward_between(
        &self,
        samples: usize,
        input: &mut [u8],
        other: &mut [u8],
        output: &mut [Self::Output],
        watch: &mut impl Watch,
    ) {
        let middle = first_mut(A::Output::from_bytes_mut(other), samples);
        let rectified = self.forward_first(first_mut(X::from_bytes_mut(input), samples), middle, watch);
        // What was the input is read no more: the next activation goes there.
        if rectified {
            self.1.forward_behind_first(samples, other, input, output, watch);
        } else {
            self.1.forward_between(samples, other, input, output, watch);
        }
    }

    #[inline(always)]
    fn forward_behind_first(
        &self,
        samples: usize,
        buffer: &mut [u8],
        other: &mut [u8],
        output: &mut [Self::Output],
        watch: &mut impl Watch,
    ) {
        self.1.forward_between(samples, buffer, other, output, watch);
    }

    #[inline(always)]
    fn lend_first<const SAMPLES: usize>(run: impl FnOnce(&mut [u8])) {
        if const { size_of::<A::Output>() >= Self::BUFFERS.first } {
            lend::<A::Output, SAMPLES>(|samples| run(A::Output::bytes_mut(samples)));
        } else if const { B::BUFFERS.second >= Self::BUFFERS.first } {
            B::lend_second::<SAMPLES>(run);
        } else {
            B::lend_first::<SAMPLES>(run);
        }
    }

    #[inline(always)]
    fn lend_second<const SAMPLES: usize>(run: impl FnOnce(&mut [u8])) {
        if const { B::BUFFERS.first >= Self::BUFFERS.second } {
            B::lend_first::<SAMPLES>(run);
        } else {
            // Only where both are alike.
            Self::lend_first::<SAMPLES>(run);
        }
    }

    #[inline(never)]
    fn forward_train<S: Batch>(
        &self,
        input: &[X],
        output: &mut [Self::Output],
        tape: &mut Self::Tape<S>,
        rng: &mut impl Rng,
    ) {
        let _ = const { Self::MULTIPLY_ADDS };
        let middle = first_mut(tape.middle.as_mut(), input.len());
        self.0.forward_train(input, middle, &mut tape.first, rng);
        self.1.forward_train(middle, output, &mut tape.second, rng);
    }

    #[inline(never)]
    fn backward<S: Batch>(
        &self,
        input: &[X],
        output: &[Self::Output],
        tape: &mut Self::Tape<S>,
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [X]>,
        gradient: &mut Self::Gradient,
    ) {
        let middle = first(tape.middle.as_ref(), input.len());
        let Chain(first_gradient, second_gradient) = gradient;
        if input_gradient.is_none() && A::COUNT == 0 {
            // Nothing before the second layer is trained, so nobody reads its input gradient.
            self.1.backward(middle, output, &mut tape.second, output_gradient, None, second_gradient);
            return;
        }
        let middle_gradient = first_mut(tape.middle_gradient.as_mut(), input.len());
        self.1.backward(middle, output, &mut tape.second, output_gradient, Some(middle_gradient), second_gradient);
        self.0.backward(input, middle, &mut tape.first, middle_gradient, input_gradient, first_gradient);
    }

    fn backward_input<S: Batch>(
        &self,
        input: &[X],
        output: &[Self::Output],
        tape: &mut Self::Tape<S>,
        output_gradient: &mut [Self::Output],
        input_gradient: &mut [X],
    ) {
        let middle = first(tape.middle.as_ref(), input.len());
        let middle_gradient = first_mut(tape.middle_gradient.as_mut(), input.len());
        self.1.backward_input(middle, output, &mut tape.second, output_gradient, middle_gradient);
        self.0.backward_input(input, middle, &mut tape.first, middle_gradient, input_gradient);
    }

    fn check_input(&self, input: &[X]) -> Result<(), Error> {
        self.0.check_input(input)
    }

    #[inline(never)]
    fn update_statistics<S: Batch>(&mut self, tape: &Self::Tape<S>) {
        self.0.update_statistics(&tape.first);
        self.1.update_statistics(&tape.second);
    }

    fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
        let (head, tail) = path.split();
        A::describe(&head, row);
        B::describe(&tail, row);
    }
}

impl<A: Part, B: Part> Chain<A, B> {
    /// Inference of the first layer, and of a [`Relu`](crate::activations::Relu) behind it if that can be done in one walk over the
    /// output and nobody looks at what is between them: whether it was.
    #[inline(always)]
    fn forward_first<X: Sample>(&self, input: &[X], output: &mut [A::Output], watch: &mut impl Watch) -> bool
    where
        A: Layer<X>,
        B: Layer<A::Output>,
    {
        let rectify = A::CAN_RECTIFY && B::STARTS_RECTIFYING && !watch.looks();
        if rectify {
            self.0.forward_rectified(input, output);
        } else {
            self.0.forward_watched(input, output, watch);
        }
        rectify
    }
}

/// Inference in groups of `SAMPLES`. It is not inlined, so that a caller with one sample does not
/// get a stack frame for many.
#[inline(never)]
fn forward_by<const SAMPLES: usize, X, A, B>(
    chain: &Chain<A, B>,
    input: &[X],
    output: &mut [B::Output],
    watch: &mut impl Watch,
) where
    X: Sample,
    A: Layer<X>,
    B: Layer<A::Output>,
{
    if const { Chain::<A, B>::BUFFERS.shared } {
        Chain::<A, B>::lend_first::<SAMPLES>(|first| {
            Chain::<A, B>::lend_second::<SAMPLES>(|second| {
                forward_through(chain, SAMPLES, (first, second), input, output, watch);
            });
        });
        return;
    }
    lend::<A::Output, SAMPLES>(|store| {
        for (input, output) in input.chunks(SAMPLES).zip(output.chunks_mut(SAMPLES)) {
            let middle = first_mut(store, input.len());
            chain.0.forward_watched(input, middle, watch);
            chain.1.forward_watched(middle, output, watch);
        }
    });
}

/// Inference in groups, each activation in turn in one of two buffers. One piece of code for all
/// sizes of groups.
fn forward_through<X, A, B>(
    chain: &Chain<A, B>,
    group: usize,
    (buffer, other): (&mut [u8], &mut [u8]),
    input: &[X],
    output: &mut [B::Output],
    watch: &mut impl Watch,
) where
    X: Sample,
    A: Layer<X>,
    B: Layer<A::Output>,
{
    let group = group.max(1);
    for (input, output) in input.chunks(group).zip(output.chunks_mut(group)) {
        let middle = first_mut(A::Output::from_bytes_mut(buffer), input.len());
        if chain.forward_first(input, middle, watch) {
            chain.1.forward_behind_first(input.len(), buffer, other, output, watch);
        } else {
            chain.1.forward_between(input.len(), buffer, other, output, watch);
        }
    }
}

#[cfg(test)]
mod tests;
