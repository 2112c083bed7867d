//! The number type that a layer's mathematics is written against.

use core::ops::Neg;

use bytemuck::Pod;
use num_traits::NumAssign;

use crate::kernel;
use crate::kernel::blocks;
use crate::kernel::convolution;
use crate::kernel::convolution::{Correlation, Products, Strides};
use crate::kernel::recurrent::{Plain, Routine};
use crate::kernel::reference;
use crate::network::tensor::Tensor;

/// A floating-point number: [`f32`] and [`f64`].
///
/// Layers are written against this trait, so that the same code trains in `f32`, is
/// gradient-checked in `f64`, and takes a new scalar with one `impl`.
///
/// The elementary functions come from `libm` on every platform, never from the system's own
/// library: their bits are the same on a desktop, on a microcontroller and in a browser. With the
/// feature `simd`, `exp`, `exp_m1`, `tanh` and `erf` of `f32` are this crate's own, which vectorise
/// and err by at most 1.1, 2, 3 and 2 units in the last place.
///
/// | result | with `simd` | without |
/// | --- | --- | --- |
/// | products | depend on the vector unit | the same bits on every machine |
/// | everything else | the same bits on every machine | the same bits on every machine |
///
/// The two columns differ from each other in the last digits.
///
/// ```
/// use typenet::prelude::*;
///
/// fn hypotenuse<T: Scalar>(a: T, b: T) -> T {
///     (a * a + b * b).sqrt()
/// }
///
/// assert_eq!(hypotenuse(3.0_f32, 4.0), 5.0);
/// assert_eq!(hypotenuse(3.0_f64, 4.0), 5.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scalar, which is `f32` or `f64`",
    label = "neither `f32` nor `f64`",
    note = "an activation is a layer of its own, after the other: `Dense<4, 8>, Relu`"
)]
pub trait Scalar:
    Tensor<Scalar = Self> + Pod + PartialOrd + core::fmt::Display + NumAssign + Neg<Output = Self>
{
    /// One.
    const ONE: Self;
    /// The distance from 1 to the next larger number.
    const EPSILON: Self;
    /// The largest finite number.
    const MAX: Self;

    /// The smallest positive number of full precision. Below it are the subnormal ones.
    const MIN_POSITIVE: Self;

    /// The nearest scalar to a constant or setting.
    fn from_f64(value: f64) -> Self;
    /// The value for a report.
    fn to_f64(self) -> f64;
    /// Neither infinite nor not-a-number.
    fn is_finite(self) -> bool;
    /// The absolute value.
    fn abs(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// `e` to the power of `self`.
    fn exp(self) -> Self;
    /// `exp(self) - 1`, exact near zero.
    fn exp_m1(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// `ln(1 + self)`, exact near zero.
    fn ln_1p(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The Gauss error function.
    fn erf(self) -> Self;

    /// `output = input weight + bias`, sample by sample. Matrices are row after row; the weight has
    /// a row of `outputs` for each input. An empty bias is as good as one of zeros.
    #[inline]
    fn affine(input: &[Self], weight: &[Self], bias: &[Self], outputs: usize, output: &mut [Self]) {
        reference::affine(input, weight, bias, outputs, false, output);
    }

    /// [`affine`](Scalar::affine) where the sizes are types, and 0 where that is negative and `rectify` is set.
    #[doc(hidden)]
    #[inline(always)]
    fn dense<const IN: usize, const OUT: usize>(
        input: &[[Self; IN]],
        weight: &[[Self; OUT]; IN],
        bias: &[Self],
        rectify: bool,
        output: &mut [[Self; OUT]],
    ) {
        blocks::affine(input, weight, bias, rectify, output);
    }

    /// `weight_gradient += inputᵀ output_gradient`, with `outputs` columns, and `bias_gradient += Σ output_gradient`,
    /// where it is not empty.
    #[inline]
    fn weight_gradient(
        input: &[Self],
        output_gradient: &[Self],
        outputs: usize,
        weight_gradient: &mut [Self],
        bias_gradient: &mut [Self],
    ) {
        reference::parameter_gradient(input, output_gradient, outputs, weight_gradient, bias_gradient);
    }

    /// `input_gradient = output_gradient weightᵀ`, with `outputs` columns of the weight.
    #[inline]
    fn input_gradient(output_gradient: &[Self], weight: &[Self], outputs: usize, input_gradient: &mut [Self]) {
        reference::input_gradient(output_gradient, weight, outputs, input_gradient);
    }

    /// Runs the steps of a recurrent layer.
    #[doc(hidden)]
    #[inline]
    fn recur(routine: impl Routine<Self>) {
        routine.run(Plain);
    }

    /// The sums of a convolution's windows.
    #[doc(hidden)]
    #[inline]
    fn correlate(task: &Correlation<'_, Self>, result: &mut [Self]) {
        convolution::reference::correlate(task, result);
    }

    /// The products that a convolution's weight gradient is the sum of.
    #[doc(hidden)]
    #[inline]
    fn products(task: &Products<'_, Self>, strides: Strides, gradient: &mut [Self], bias: &mut [Self]) {
        convolution::reference::products(task, strides, gradient, bias);
    }

    /// Not-a-number: the only value that differs from itself.
    #[inline(always)]
    #[expect(clippy::eq_op, reason = "not-a-number is not equal to itself")]
    fn is_nan(self) -> bool {
        self != self
    }

    /// The number, or 0 where it is subnormal: processors are slow with those.
    #[inline(always)]
    fn flushed(self) -> Self {
        if self.abs() < Self::MIN_POSITIVE { Self::ZERO } else { self }
    }

    /// The positive part: the number, or 0 where it is negative. A not-a-number stays one and is seen in the loss.
    #[inline(always)]
    fn positive_part(self) -> Self {
        if self < Self::ZERO { Self::ZERO } else { self }
    }

    /// The larger of two numbers; a not-a-number on either side stays one.
    #[inline(always)]
    fn maximum(self, other: Self) -> Self {
        if self > other || self.is_nan() { self } else { other }
    }

    /// The smaller of two numbers; a not-a-number on either side stays one.
    #[inline(always)]
    fn minimum(self, other: Self) -> Self {
        if self < other || self.is_nan() { self } else { other }
    }
}

macro_rules! float {
    ($float:ident, $sqrt:ident, $($function:ident = $definition:path),+) => {
        impl Tensor for $float {
            type Scalar = $float;
            const RANK: usize = 0;
            const LEN: usize = 1;
            const INNER: usize = 1;

            #[inline(always)]
            fn flat(samples: &[Self]) -> &[Self] {
                samples
            }

            #[inline(always)]
            fn flat_mut(samples: &mut [Self]) -> &mut [Self] {
                samples
            }
        }

        impl Scalar for $float {
            const ONE: Self = 1.0;
            const EPSILON: Self = $float::EPSILON;
            const MAX: Self = $float::MAX;
            const MIN_POSITIVE: Self = $float::MIN_POSITIVE;

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $float
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            #[inline(always)]
            fn is_finite(self) -> bool {
                $float::is_finite(self)
            }

            #[inline(always)]
            fn abs(self) -> Self {
                $float::abs(self)
            }

            /// The standard rounds square roots correctly: the instruction and the software agree.
            #[inline(always)]
            fn sqrt(self) -> Self {
                #[cfg(feature = "std")]
                return $float::sqrt(self);
                #[cfg(not(feature = "std"))]
                return libm::$sqrt(self);
            }

            // The products are not inlined: they are compiled once, with this crate, and not again in
            // every crate that uses them.
            fn affine(input: &[Self], weight: &[Self], bias: &[Self], outputs: usize, output: &mut [Self]) {
                kernel::affine(input, weight, bias, outputs, false, output);
            }

            #[cfg(feature = "simd")]
            #[inline]
            fn dense<const IN: usize, const OUT: usize>(
                input: &[[Self; IN]],
                weight: &[[Self; OUT]; IN],
                bias: &[Self],
                rectify: bool,
                output: &mut [[Self; OUT]],
            ) {
                let (input, weight, output) = (input.as_flattened(), weight.as_flattened(), output.as_flattened_mut());
                kernel::affine(input, weight, bias, OUT, rectify, output);
            }

            fn weight_gradient(
                input: &[Self],
                output_gradient: &[Self],
                outputs: usize,
                weight_gradient: &mut [Self],
                bias_gradient: &mut [Self],
            ) {
                kernel::parameter_gradient(input, output_gradient, outputs, weight_gradient, bias_gradient);
            }

            fn input_gradient(output_gradient: &[Self], weight: &[Self], outputs: usize, input_gradient: &mut [Self]) {
                kernel::input_gradient(output_gradient, weight, outputs, input_gradient);
            }

            #[inline]
            fn recur(routine: impl Routine<Self>) {
                kernel::recurrent::recur(routine);
            }

            #[inline]
            fn correlate(task: &Correlation<'_, Self>, result: &mut [Self]) {
                convolution::correlate(task, result);
            }

            #[inline]
            fn products(task: &Products<'_, Self>, strides: Strides, gradient: &mut [Self], bias: &mut [Self]) {
                convolution::products(task, strides, gradient, bias);
            }

            $(
                #[inline(always)]
                fn $function(self) -> Self {
                    $definition(self)
                }
            )+
        }
    };
}

#[cfg(not(feature = "simd"))]
use crate::kernel::exponential::{exp, tanh};
#[cfg(feature = "simd")]
use crate::kernel::functions::{erf, exp, exp_m1, tanh};
#[cfg(not(feature = "simd"))]
use libm::{erff as erf, expm1f as exp_m1};

float!(f32, sqrtf, exp = exp, exp_m1 = exp_m1, ln = libm::logf, ln_1p = libm::log1pf, tanh = tanh, erf = erf);
float!(
    f64,
    sqrt,
    exp = libm::exp,
    exp_m1 = libm::expm1,
    ln = libm::log,
    ln_1p = libm::log1p,
    tanh = libm::tanh,
    erf = libm::erf
);

/// `mantissa` x 10^`exponent`: how a real number is written in a type, as in `L2<1, -4>`.
///
/// ```
/// assert_eq!(typenet::network::decimal(1, -4), 1e-4);
/// assert_eq!(typenet::network::decimal(25, 1), 250.0);
/// ```
#[must_use]
pub const fn decimal(mantissa: i32, exponent: i32) -> f64 {
    let mut power = 1.0;
    let mut left = exponent.unsigned_abs();
    // Ends: each round takes one away.
    while left > 0 {
        power *= 10.0;
        left -= 1;
    }
    // One division of two exact numbers rounds once, as the literal does.
    if exponent < 0 { mantissa as f64 / power } else { mantissa as f64 * power }
}

/// The logistic function `1 / (1 + exp(-x))`, without overflow for any finite `x`.
#[inline(always)]
pub(crate) fn sigmoid<T: Scalar>(x: T) -> T {
    let small = (-x.abs()).exp();
    let top = if x < T::ZERO { small } else { T::ONE };
    top / (T::ONE + small)
}

/// `ln(1 + exp(x))`, without overflow for any finite `x`.
#[inline(always)]
pub(crate) fn softplus<T: Scalar>(x: T) -> T {
    x.maximum(T::ZERO) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maximum_keeps_not_a_number() {
        assert!(Scalar::maximum(f32::NAN, 1.0).is_nan());
        assert!(Scalar::maximum(1.0, f32::NAN).is_nan());
        assert!(Scalar::minimum(1.0, f32::NAN).is_nan());
        assert_eq!(Scalar::maximum(1.0_f32, 2.0), 2.0);
        assert_eq!(Scalar::minimum(1.0_f32, 2.0), 1.0);
    }

    #[test]
    fn only_subnormal_numbers_are_flushed() {
        let smallest = f32::MIN_POSITIVE;
        assert_eq!((smallest.flushed(), (-smallest).flushed()), (smallest, -smallest));
        assert_eq!((smallest.next_down().flushed(), (-smallest).next_up().flushed()), (0.0, 0.0));
        assert!(f32::NAN.flushed().is_nan());
        assert_eq!(f64::NEG_INFINITY.flushed(), f64::NEG_INFINITY);
    }

    #[test]
    fn logistic_is_stable_at_the_ends() {
        assert_eq!(sigmoid(1e4_f32), 1.0);
        assert_eq!(sigmoid(-1e4_f32), 0.0);
        assert_eq!(softplus(1e4_f32), 1e4);
        assert_eq!(softplus(-1e4_f32), 0.0);
        assert!(sigmoid(f32::NAN).is_nan());
    }
}
