//! Chooses at run time: AVX-512, AVX2 with FMA, NEON, or the reference.

use pulp::{Arch, NullaryFnOnce, Simd, WithSimd};

use crate::kernel::{block, reference};
use crate::scalar::Scalar;

/// A scalar whose fused multiply-add is one instruction on the vector units of [`pulp`].
pub(crate) trait Fused: Scalar {
    /// `self x factor + summand`, rounded once.
    fn fused(self, factor: Self, summand: Self) -> Self;
}

impl Fused for f32 {
    #[inline(always)]
    fn fused(self, factor: Self, summand: Self) -> Self {
        self.mul_add(factor, summand)
    }
}

impl Fused for f64 {
    #[inline(always)]
    fn fused(self, factor: Self, summand: Self) -> Self {
        self.mul_add(factor, summand)
    }
}

/// A product in its fast form, at one of three widths, and in its plain one.
trait Product {
    fn run<const WIDTH: usize>(self);
    fn reference(self);
}

struct Dispatched<P>(P);

impl<P: Product> WithSimd for Dispatched<P> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        // The number of f32 in a vector tells which vector unit it is.
        match S::F32_LANES {
            16 => self.0.run::<64>(),
            8 => self.0.run::<16>(),
            4 => self.0.run::<8>(),
            _ => self.0.reference(),
        }
    }
}

/// `output = input weight + bias`
#[inline]
pub(crate) fn affine<T: Fused, const IN: usize, const OUT: usize>(
    input: &[[T; IN]],
    weight: &[[T; OUT]; IN],
    bias: &[T; OUT],
    output: &mut [[T; OUT]],
) {
    struct Affine<'a, T, const IN: usize, const OUT: usize> {
        input: &'a [[T; IN]],
        weight: &'a [[T; OUT]; IN],
        bias: &'a [T; OUT],
        output: &'a mut [[T; OUT]],
    }
    impl<T: Fused, const IN: usize, const OUT: usize> Product for Affine<'_, T, IN, OUT> {
        #[inline(always)]
        fn run<const WIDTH: usize>(self) {
            block::affine::<T, IN, OUT, WIDTH>(self.input, self.weight, self.bias, self.output);
        }

        fn reference(self) {
            reference::affine(self.input, self.weight, self.bias, self.output);
        }
    }
    Arch::new().dispatch(Dispatched(Affine { input, weight, bias, output }));
}

/// `weight_gradient += inputᵀ output_gradient`, `bias_gradient += Σ output_gradient`
#[inline]
pub(crate) fn weight_gradient<T: Fused, const IN: usize, const OUT: usize>(
    input: &[[T; IN]],
    output_gradient: &[[T; OUT]],
    weight_gradient: &mut [[T; OUT]; IN],
    bias_gradient: &mut [T; OUT],
) {
    struct WeightGradient<'a, T, const IN: usize, const OUT: usize> {
        input: &'a [[T; IN]],
        output_gradient: &'a [[T; OUT]],
        weight_gradient: &'a mut [[T; OUT]; IN],
        bias_gradient: &'a mut [T; OUT],
    }
    impl<T: Fused, const IN: usize, const OUT: usize> Product for WeightGradient<'_, T, IN, OUT> {
        #[inline(always)]
        fn run<const WIDTH: usize>(self) {
            block::weight_gradient::<T, IN, OUT, WIDTH>(self.input, self.output_gradient, self.weight_gradient);
            block::sum(self.output_gradient, self.bias_gradient);
        }

        fn reference(self) {
            reference::weight_gradient(self.input, self.output_gradient, self.weight_gradient, self.bias_gradient);
        }
    }
    Arch::new().dispatch(Dispatched(WeightGradient { input, output_gradient, weight_gradient, bias_gradient }));
}

/// `input_gradient = output_gradient weightᵀ`
#[inline]
pub(crate) fn input_gradient<T: Fused, const IN: usize, const OUT: usize>(
    output_gradient: &[[T; OUT]],
    weight: &[[T; OUT]; IN],
    input_gradient: &mut [[T; IN]],
) {
    struct InputGradient<'a, T, const IN: usize, const OUT: usize> {
        output_gradient: &'a [[T; OUT]],
        weight: &'a [[T; OUT]; IN],
        input_gradient: &'a mut [[T; IN]],
    }
    impl<T: Fused, const IN: usize, const OUT: usize> Product for InputGradient<'_, T, IN, OUT> {
        #[inline(always)]
        fn run<const WIDTH: usize>(self) {
            block::input_gradient::<T, IN, OUT, WIDTH>(self.output_gradient, self.weight, self.input_gradient);
        }

        fn reference(self) {
            reference::input_gradient(self.output_gradient, self.weight, self.input_gradient);
        }
    }
    Arch::new().dispatch(Dispatched(InputGradient { output_gradient, weight, input_gradient }));
}

struct Loop<F>(F);

impl<R, F: FnOnce() -> R> WithSimd for Loop<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> R {
        self.0.call()
    }
}

/// Runs a loop compiled for the widest vector unit that the machine has. Its bits do not depend on
/// the width: the compiler may neither reorder sums nor fuse a multiplication with an addition.
#[inline]
pub(crate) fn vectorize<R>(run: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(Loop(run))
}
