//! Where shapes meet: the traits and the macro that turn a wrong one into one sentence.

use bytemuck::AnyBitPattern;

use crate::chain::{Chain, Joined};
use crate::error::Error;
use crate::layer::Layer;
use crate::losses::Loss;
use crate::tensor::{Sample, Tensor};

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
///     X::forward(network, &[input], &mut output);
///     output[0]
/// }
///
/// assert_eq!(output(&Relu, [-1.0_f32, 2.0]), [0.0, 2.0]);
/// ```
pub trait InputOf<N>: Sample {
    /// What the network makes of it.
    type Output: Sample;

    /// [`Layer::forward`].
    fn forward(network: &N, input: &[Self], output: &mut [Self::Output]);
}

impl<X: Sample, N: Layer<X>> InputOf<N> for X {
    type Output = N::Output;

    #[inline(always)]
    fn forward(network: &N, input: &[Self], output: &mut [N::Output]) {
        network.forward(input, output);
    }
}

/// A target that loss `L` compares an output `Y` with: the other way round of [`Loss`].
///
/// ```
/// use typenet::prelude::*;
///
/// let loss = <[f32; 1]>::mean(&MeanSquaredError, &[[1.0], [3.0]], &[[0.0], [0.0]], None);
/// assert_eq!(loss, 5.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{L}` does not compare an output of shape `{Y}` with a target of shape `{Self}`",
    label = "this loss is given a network that outputs `{Y}` and targets `{Self}`"
)]
pub trait TargetOf<L, Y: Tensor>: Sample {
    /// [`Loss::check`].
    ///
    /// # Errors
    ///
    /// Those of the loss.
    fn check(loss: &L, target: &Self) -> Result<(), Error>;

    /// [`Loss::mean`].
    fn mean(loss: &L, outputs: &[Y], targets: &[Self], gradients: Option<&mut [Y]>) -> Y::Scalar;
}

impl<Y: Tensor, Target: Sample, L: Loss<Y, Target>> TargetOf<L, Y> for Target {
    #[inline(always)]
    fn check(loss: &L, target: &Self) -> Result<(), Error> {
        loss.check(target)
    }

    #[inline(always)]
    fn mean(loss: &L, outputs: &[Y], targets: &[Self], gradients: Option<&mut [Y]>) -> Y::Scalar {
        loss.mean(outputs, targets, gradients)
    }
}

/// Holds for `X` itself: the data that a trainer is given must be of the shape that it was made for.
///
/// The compiler reports what is nearest to a bound first. `After` puts this bound some steps away, so
/// that the sentence of the layer or the loss comes before this one.
#[diagnostic::on_unimplemented(
    message = "the trainer is made for samples of shape `{X}`, but is given `{Self}`",
    label = "the data has samples of shape `{Self}`"
)]
pub trait Same<X, After = (((((),),),),)>: Sized {
    /// The same samples.
    fn same(samples: &[Self]) -> &[X];
}

impl<X> Same<X, ()> for X {
    #[inline(always)]
    fn same(samples: &[Self]) -> &[X] {
        samples
    }
}

impl<A: Same<X, After>, X, After> Same<X, (After,)> for A {
    #[inline(always)]
    fn same(samples: &[Self]) -> &[X] {
        A::same(samples)
    }
}

macro_rules! forward {
    ($($network:ident)+) => {$(
        impl<A: AnyBitPattern, B: AnyBitPattern> $network<A, B> {
            /// Inference: every element of `output` is overwritten. It is [`Layer::forward`]; being found
            /// first, it names the layer and the shape where they do not fit.
            #[inline]
            pub fn forward<X: InputOf<Self>>(&self, input: &[X], output: &mut [X::Output]) {
                X::forward(self, input, output);
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
#[macro_export]
macro_rules! assert_shapes {
    ($network:ty, $input:ty => $output:ty $(,)?) => {
        // One after the other, so that what a layer does not take is said before what comes of it.
        const _: () = $crate::assert_takes::<$network, $input>();
        const _: () = $crate::assert_gives::<$network, $input, $output>();
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

#[doc(hidden)]
pub const fn assert_takes<N: Layer<X>, X: Sample>() {
    // What cannot be said in types, the length of a `Reshape`, is asserted where this constant is computed.
    let _ = N::MULTIPLY_ADDS;
}
