//! The activations: one file each. Each is a layer of any shape.
//!
//! ```
//! use typenet::prelude::*;
//!
//! let mut output = [[0.0_f32; 3]];
//! Softmax.forward(&[[0.0, 1.0, 2.0]], &mut output);
//! assert_eq!(output[0].map(|p| (p * 1000.0).round()), [90.0, 245.0, 665.0]);
//! ```
//!
//! | | |
//! | --- | --- |
//! | 0 for negative numbers, or nearly | [`Relu`], [`Relu6`], [`LeakyRelu`], [`PRelu`], [`Elu`], [`Selu`], [`Gelu`], [`GeluTanh`], [`Silu`], [`Mish`], [`HardSwish`], [`Softplus`] |
//! | between two ends | [`Sigmoid`], [`HardSigmoid`], [`Tanh`], [`Softsign`] |
//! | of a whole row | [`Softmax`], [`LogSoftmax`], [`Glu`] |
//!
//! An elementwise activation is a function and its derivative ([`Elementwise`]); the macro
//! [`elementwise!`](crate::elementwise) makes it a layer of any shape and scalar.

#[cfg(test)]
mod checks;
mod elu;
mod gelu;
mod gelu_tanh;
pub(crate) mod glu;
mod hard_sigmoid;
mod hard_swish;
mod leaky_relu;
mod log_softmax;
mod mish;
mod p_relu;
mod relu;
mod relu6;
mod selu;
mod sigmoid;
mod silu;
mod softmax;
mod softplus;
mod softsign;
mod tanh;

pub use elu::Elu;
pub use gelu::Gelu;
pub use gelu_tanh::GeluTanh;
pub use glu::Glu;
pub use hard_sigmoid::HardSigmoid;
pub use hard_swish::HardSwish;
pub use leaky_relu::LeakyRelu;
pub use log_softmax::LogSoftmax;
pub use mish::Mish;
pub use p_relu::PRelu;
pub use relu::Relu;
pub use relu6::Relu6;
pub use selu::Selu;
pub use sigmoid::Sigmoid;
pub use silu::Silu;
pub use softmax::Softmax;
pub use softplus::Softplus;
pub use softsign::Softsign;
pub use tanh::Tanh;

pub(crate) use log_softmax::LogProbability;
pub(crate) use softmax::{below, largest};

#[doc(inline)]
pub use crate::elementwise;

use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::kernel::vectorize;
use crate::network::chain::Kind;
use crate::network::{Scalar, Tensor};

/// A function applied to each scalar of a tensor.
///
/// [`elementwise!`](crate::elementwise) makes a layer of it.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(Tanh::value(0.0_f32), 0.0);
/// assert_eq!(Tanh::derivative(0.0_f32, 0.0), 1.0);
/// ```
pub trait Elementwise {
    /// What this is to a chain.
    #[doc(hidden)]
    const KIND: Kind = Kind::InPlace;

    /// `y = f(x)`.
    fn value<T: Scalar>(x: T) -> T;

    /// `f'(x)`, given `x` and `y = f(x)`.
    fn derivative<T: Scalar>(x: T, y: T) -> T;

    /// `y = f(x)` for many scalars, in vectors where the function lets the compiler do so.
    fn values<T: Scalar>(input: &[T], output: &mut [T]) {
        vectorize(
            #[inline(always)]
            move || {
                for (y, x) in output.iter_mut().zip(input) {
                    *y = Self::value(*x);
                }
            },
        );
    }

    /// `x = f(x)` for many scalars: in inference, where nobody needs `x` any more. Where [`values`](Self::values) is
    /// overridden this is too, so that both give the same numbers.
    fn values_in_place<T: Scalar>(values: &mut [T]) {
        vectorize(
            #[inline(always)]
            move || {
                for value in values {
                    *value = Self::value(*value);
                }
            },
        );
    }

    /// `dx = f'(x) dy` for many scalars.
    fn derivatives<T: Scalar>(input: &[T], output: &[T], output_gradient: &[T], input_gradient: &mut [T]) {
        vectorize(
            #[inline(always)]
            move || {
                let points = input.iter().zip(output).zip(output_gradient);
                for (dx, ((x, y), dy)) in input_gradient.iter_mut().zip(points) {
                    *dx = *dy * Self::derivative(*x, *y);
                }
            },
        );
    }
}

/// Makes a unit struct that implements [`Elementwise`] a layer of any shape.
///
/// ```
/// use typenet::bytemuck::AnyBitPattern;
/// use typenet::prelude::*;
///
/// /// `y = x²`
/// #[derive(Clone, Copy, Debug, AnyBitPattern)]
/// #[bytemuck(crate = "typenet::bytemuck")]
/// #[repr(C)]
/// struct Square;
///
/// impl Elementwise for Square {
///     fn value<T: Scalar>(x: T) -> T {
///         x * x
///     }
///
///     fn derivative<T: Scalar>(x: T, _: T) -> T {
///         x + x
///     }
/// }
///
/// typenet::elementwise!(Square);
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! elementwise {
    ($layer:ty $({ $($constants:tt)+ })? $(, $($generics:tt)+)?) => {
        // Names of types that no layer gives its own.
        $crate::no_parameters!($layer $({ $($constants)+ })? $(, $($generics)+)?);

        impl<ElementwiseInput: $crate::network::Tensor, $($($generics)+)?> $crate::network::Layer<ElementwiseInput> for $layer {
            type Output = ElementwiseInput;
            type Tape<ElementwiseBatch: $crate::network::Batch> = ();
            const KIND: $crate::network::internals::Kind = <Self as $crate::activations::Elementwise>::KIND;

            #[inline]
            fn forward(&self, input: &[ElementwiseInput], output: &mut [ElementwiseInput]) {
                <Self as $crate::activations::Elementwise>::values(ElementwiseInput::flat(input), ElementwiseInput::flat_mut(output));
            }

            #[inline]
            fn forward_in_place(&self, samples: &mut [ElementwiseInput]) {
                <Self as $crate::activations::Elementwise>::values_in_place(ElementwiseInput::flat_mut(samples));
            }

            #[inline]
            fn backward<ElementwiseBatch: $crate::network::Batch>(
                &self,
                input: &[ElementwiseInput],
                output: &[ElementwiseInput],
                (): &mut (),
                output_gradient: &mut [ElementwiseInput],
                input_gradient: Option<&mut [ElementwiseInput]>,
                (): &mut (),
            ) {
                let Some(input_gradient) = input_gradient else { return };
                let (x, y, dy) = (ElementwiseInput::flat(input), ElementwiseInput::flat(output), ElementwiseInput::flat(output_gradient));
                <Self as $crate::activations::Elementwise>::derivatives(x, y, dy, ElementwiseInput::flat_mut(input_gradient));
            }
        }

        impl<ElementwiseInput: $crate::network::Tensor, $($($generics)+)?> $crate::network::Stream<ElementwiseInput> for $layer {
            type Output = ElementwiseInput;
            type State = ();
            const STEP_BYTES: usize = $crate::network::internals::bytes_alone::<Self, ElementwiseInput>();

            #[inline]
            fn step(&self, (): &mut (), input: &ElementwiseInput) -> ElementwiseInput {
                $crate::network::internals::step_alone(self, input)
            }
        }
    };
}

/// `x` times a factor that goes to 0 faster than `x` grows: 0 where the factor has reached 0, even
/// if `x` is infinite there.
#[inline(always)]
fn damped<T: Scalar>(x: T, factor: T) -> T {
    if factor == T::ZERO { T::ZERO } else { x * factor }
}

/// The rows of a batch: its innermost dimension.
#[inline]
pub(crate) fn rows<X: Tensor>(samples: &[X]) -> impl Iterator<Item = &[X::Scalar]> {
    in_rows(X::flat(samples), X::INNER)
}

/// The rows of a batch, to write to.
#[inline]
pub(crate) fn rows_mut<X: Tensor>(samples: &mut [X]) -> impl Iterator<Item = &mut [X::Scalar]> {
    in_rows_mut(X::flat_mut(samples), X::INNER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Inline, Layer};

    #[test]
    fn backward_multiplies_and_overwrites() {
        // y = tanh(x) has y' = 1 - y², and the layer takes y as it is given.
        let (input, output) = ([[[0.0_f32; 2]; 2]], [[[0.0_f32, 0.5], [-0.5, 1.0]]]);
        let mut output_gradient = [[[2.0, 2.0], [-4.0, 8.0]]];
        let mut gradient = [[[f32::INFINITY, f32::NAN], [7.0, 7.0]]];
        Tanh.backward::<Inline<1>>(&input, &output, &mut (), &mut output_gradient, Some(&mut gradient), &mut ());
        assert_eq!(gradient, [[[2.0, 1.5], [-3.0, 0.0]]]);
        Tanh.backward::<Inline<1>>(&input, &output, &mut (), &mut output_gradient, None, &mut ());
    }

    #[test]
    fn backward_looks_at_the_input() {
        let mut gradient = [[f64::INFINITY; 3]];
        Relu.backward::<Inline<1>>(
            &[[-1.0, 2.0, 0.0]],
            &[[9.0; 3]],
            &mut (),
            &mut [[3.0; 3]],
            Some(&mut gradient),
            &mut (),
        );
        assert_eq!(gradient, [[0.0, 3.0, 0.0]]);
    }

    #[test]
    fn a_shorter_output_is_no_panic() {
        let mut output = [[9.0_f32; 2]; 2];
        Relu.forward(&[[-1.0, 1.0]], &mut output);
        assert_eq!(output, [[0.0, 1.0], [9.0, 9.0]]);
        Softmax.forward(&[[1.0, 1.0]], &mut output);
        assert_eq!(output, [[0.5, 0.5], [9.0, 9.0]]);
    }

    #[test]
    fn damping() {
        assert_eq!(damped(f32::INFINITY, 0.0), 0.0);
        assert_eq!(damped(3.0_f32, 2.0), 6.0);
        assert!(damped(f32::NAN, f32::NAN).is_nan());
    }
}
