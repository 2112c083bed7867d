//! The activations: one file each.
//!
//! An elementwise activation is a function and its derivative ([`Elementwise`]); the macro
//! [`elementwise!`](crate::elementwise) makes it a layer of any shape and scalar.

mod relu;

pub use relu::Relu;

use crate::scalar::Scalar;

/// A function applied to each scalar of a tensor.
pub trait Elementwise {
    /// `y = f(x)`.
    fn value<T: Scalar>(x: T) -> T;

    /// `f'(x)`, given `x` and `y = f(x)`.
    fn derivative<T: Scalar>(x: T, y: T) -> T;
}

/// Makes a unit struct that implements [`Elementwise`] a layer of any shape.
///
/// ```
/// use typenet::bytemuck::AnyBitPattern;
/// use typenet::{Elementwise, Scalar};
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
#[macro_export]
macro_rules! elementwise {
    ($layer:ty $(, $($generics:tt)+)?) => {
        $crate::no_parameters!($layer $(, $($generics)+)?);

        impl<X: $crate::Tensor, $($($generics)+)?> $crate::Layer<X> for $layer {
            type Output = X;
            type Tape<B: $crate::Batch> = ();

            #[inline]
            fn forward(&self, input: &[X], output: &mut [X]) {
                for (y, x) in X::flat_mut(output).iter_mut().zip(X::flat(input)) {
                    *y = <Self as $crate::Elementwise>::value(*x);
                }
            }

            #[inline]
            fn backward<B: $crate::Batch>(
                &self,
                input: &[X],
                output: &[X],
                (): &mut (),
                output_gradient: &mut [X],
                input_gradient: Option<&mut [X]>,
                (): &mut (),
            ) {
                let Some(input_gradient) = input_gradient else { return };
                let points = X::flat(input).iter().zip(X::flat(output)).zip(X::flat(output_gradient));
                for (dx, ((x, y), dy)) in X::flat_mut(input_gradient).iter_mut().zip(points) {
                    *dx = *dy * <Self as $crate::Elementwise>::derivative(*x, *y);
                }
            }
        }
    };
}
