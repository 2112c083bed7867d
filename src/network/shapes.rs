//! Where shapes meet: the traits and the macro that turn a wrong one into one sentence.

use crate::network::chain::{Chain, Joined, Part};
use crate::network::layer::Layer;
use crate::network::tensor::Sample;

/// A sample that network `N` takes: the other way round of [`Layer`], which is all that it says.
///
/// A bound on the network alone would let the compiler conclude what the input must be, and then
/// speak of "mismatched types"; this one lets it look at the input that is there.
///
/// ```
/// use typenet::prelude::*;
///
/// fn output<N, X: InputOf<N>>(network: &N, input: X) -> X::Output {
///     let mut output = [X::Output::ZERO];
///     X::infer(network, &[input], &mut output);
///     output[0]
/// }
///
/// assert_eq!(output(&Relu, [-1.0_f32, 2.0]), [0.0, 2.0]);
/// ```
#[diagnostic::on_unimplemented(
    message = "a network takes a slice of samples, such as `&[sample]`: here each sample is a single `{Self}`",
    label = "each sample is a single `{Self}`",
    note = "a sample is an array: of one number, `[f32; 1]`"
)]
pub trait InputOf<N>: Sample {
    /// What the network makes of it.
    type Output: Sample;
    /// [`Layer::MULTIPLY_ADDS`].
    const MULTIPLY_ADDS: usize;

    /// [`Layer::forward`].
    fn infer(network: &N, input: &[Self], output: &mut [Self::Output]);
}

impl<X: Sample, N: Layer<X>> InputOf<N> for X {
    type Output = N::Output;
    const MULTIPLY_ADDS: usize = N::MULTIPLY_ADDS;

    #[inline(always)]
    fn infer(network: &N, input: &[Self], output: &mut [N::Output]) {
        network.forward(input, output);
    }
}

/// Holds for nothing.
#[doc(hidden)]
pub trait Never {}

// Where there are two implementations to choose from and neither holds, the error is that of this trait, not that of a
// layer.
macro_rules! single_number {
    ($float:ty) => {
        #[diagnostic::do_not_recommend]
        impl<N> InputOf<N> for $float
        where
            for<'a> &'a Self: Never,
        {
            type Output = Self;
            const MULTIPLY_ADDS: usize = 0;

            fn infer(_: &N, _: &[Self], _: &mut [Self]) {}
        }
    };
}

single_number!(f32);
single_number!(f64);

macro_rules! forward {
    ($($network:ident)+) => {$(
        impl<A: Part, B: Part> $network<A, B> {
            /// Inference: every element of `output` is overwritten. It is [`Layer::forward`]; being found
            /// first, it names the layer and the shape where they do not fit.
            #[inline]
            pub fn forward<X: InputOf<Self>>(&self, input: &[X], output: &mut [X::Output]) {
                // Where a setting is out of its range, the error points here, and at the caller.
                let _ = const { X::MULTIPLY_ADDS };
                X::infer(self, input, output);
            }
        }
    )+};
}

forward!(Chain Joined);

/// Checks a network's shapes where it is written, already in `cargo check`.
///
/// The name of a network alone is never checked: a type alias may say anything. The compiler looks at
/// it where it is used; a library that only names its network, and whoever wants the error beside the
/// network, says what it takes and what it gives:
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];
/// typenet::assert_shapes!(Network, [f32; 20] => [f32; 1]);
/// ```
///
/// ```compile_fail,E0277
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<20, 128>, Relu, Dense<64, 1>];
/// typenet::assert_shapes!(Network, [f32; 20] => [f32; 1]);
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! assert_shapes {
    ($network:ty, $input:ty => $output:ty $(,)?) => {
        // One after the other, so that what a layer does not take is said before what comes of it. What cannot be said in
        // types, a setting or the length of a `Reshape`, is asserted where the first is computed.
        const _: usize = <$network as $crate::network::Layer<$input>>::MULTIPLY_ADDS;
        const _: () = $crate::network::internals::assert_gives::<$network, $input, $output>();
    };
}

/// Holds for an output of shape `Y` itself. It exists for its error message.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the network gives an output of shape `{Self}`, not `{Y}`",
    label = "the last layer gives `{Self}`"
)]
pub trait Gives<Y> {}

impl<Y> Gives<Y> for Y {}

#[doc(hidden)]
pub const fn assert_gives<N: Layer<X, Output: Gives<Y>>, X: Sample, Y>() {}
