//! Chooses at run time: AVX-512, AVX2 with FMA, NEON, or the reference.

use pulp::{Arch, Simd, WithSimd};

use crate::kernel::lanes::Lanes;
use crate::kernel::products;
use crate::kernel::reference;
#[cfg(feature = "rayon")]
use crate::kernel::shards;

/// `output = input weight + bias`, sample by sample, or 0 where that is negative and `rectify` is set. The weight has
/// a row of `outputs` for each input; an empty bias is as good as one of zeros.
pub(crate) fn affine<T: Lanes>(input: &[T], weight: &[T], bias: &[T], outputs: usize, rectify: bool, output: &mut [T]) {
    let samples = output.len() / outputs.max(1);
    let affine = Affine { samples, input, weight, bias, outputs, rectify, output };
    #[cfg(feature = "rayon")]
    if shards::are_worth(affine.output.len() * (weight.len() / outputs.max(1))) {
        return shards::affine(affine);
    }
    Arch::new().dispatch(affine);
}

pub(super) struct Affine<'a, T> {
    /// Those of the whole batch where this is a piece of it: the order of sums depends on how many there are.
    pub samples: usize,
    pub input: &'a [T],
    pub weight: &'a [T],
    pub bias: &'a [T],
    pub outputs: usize,
    pub rectify: bool,
    pub output: &'a mut [T],
}

impl<T: Lanes> WithSimd for Affine<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::IS_SCALAR {
            let Self { samples: _, input, weight, bias, outputs, rectify, output } = self;
            reference::affine(input, weight, bias, outputs, rectify, output);
        } else {
            products::affine(simd, self);
        }
    }
}

/// `weight_gradient += inputᵀ output_gradient`, `bias_gradient += Σ output_gradient`, where there is a bias.
pub(crate) fn parameter_gradient<T: Lanes>(
    input: &[T],
    output_gradient: &[T],
    outputs: usize,
    weight_gradient: &mut [T],
    bias_gradient: &mut [T],
) {
    let outputs = outputs.max(1);
    let stride = weight_gradient.len() / outputs;
    let whole = WeightGradient { input, stride, output_gradient, outputs, weight_gradient, bias_gradient };
    #[cfg(feature = "rayon")]
    if shards::are_worth(input.len() * outputs) {
        return shards::parameter_gradient(whole);
    }
    Arch::new().dispatch(whole);
}

pub(super) struct WeightGradient<'a, T> {
    pub input: &'a [T],
    /// From the inputs of a sample to those of the next.
    pub stride: usize,
    pub outputs: usize,
    pub output_gradient: &'a [T],
    pub weight_gradient: &'a mut [T],
    /// Empty where it is not wanted.
    pub bias_gradient: &'a mut [T],
}

impl<T: Lanes> WithSimd for WeightGradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { input, stride, output_gradient, outputs, weight_gradient, bias_gradient } = self;
        if S::IS_SCALAR {
            reference::weight_gradient(input, stride, output_gradient, outputs, weight_gradient);
            reference::bias_gradient(output_gradient, bias_gradient);
        } else {
            products::weight_gradient(simd, input, stride, output_gradient, outputs, weight_gradient);
            products::column_sums(simd, output_gradient, bias_gradient);
        }
    }
}

/// `input_gradient = output_gradient weightᵀ`, with `outputs` columns of the weight.
pub(crate) fn input_gradient<T: Lanes>(output_gradient: &[T], weight: &[T], outputs: usize, input_gradient: &mut [T]) {
    #[cfg(feature = "rayon")]
    if shards::are_worth(input_gradient.len() * outputs) {
        return shards::input_gradient(output_gradient, weight, outputs, input_gradient);
    }
    let samples = output_gradient.len() / outputs.max(1);
    Arch::new().dispatch(InputGradient { samples, output_gradient, weight, outputs, input_gradient });
}

pub(super) struct InputGradient<'a, T> {
    /// Those of the whole batch, as in [`Affine`].
    pub samples: usize,
    pub output_gradient: &'a [T],
    pub weight: &'a [T],
    pub outputs: usize,
    pub input_gradient: &'a mut [T],
}

impl<T: Lanes> WithSimd for InputGradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { samples, output_gradient, weight, outputs, input_gradient } = self;
        if S::IS_SCALAR {
            reference::input_gradient(output_gradient, weight, outputs, input_gradient);
        } else {
            products::input_gradient(simd, samples, output_gradient, weight, outputs, input_gradient);
        }
    }
}

struct Loop<F>(F);

impl<R, F: FnOnce() -> R> WithSimd for Loop<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> R {
        (self.0)()
    }
}

/// Runs a loop compiled for the widest vector unit that the machine has. Its bits do not depend on
/// the width: the compiler may neither reorder sums nor fuse a multiplication with an addition.
#[inline]
pub(crate) fn vectorize<R>(run: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(Loop(run))
}
