//! Root-mean-square normalisation.

use bytemuck::AnyBitPattern;

use super::normalize::or;
use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::layers::packed::by_step;
use crate::network::features::layer_of_rows;
use crate::network::settings::{checked, checked_epsilon};
use crate::network::{Batch, Scalar, Tensor, decimal};

/// Root-mean-square normalisation over the innermost dimension, of `N` features
/// (Zhang, Sennrich 2019, <https://arxiv.org/abs/1910.07467>): of vectors `[T; N]`, of each step of a
/// sequence `[[T; N]; STEPS]`, of each row of an image `[[[T; N]; HEIGHT]; CHANNELS]`.
///
/// With `r = 1 / sqrt(mean(x²) + epsilon)`: `y = scale r x`. No mean is taken away and nothing is
/// added: it costs less than [`LayerNorm`](crate::layers::LayerNorm).
///
/// Backward, with `g` the derivative by `y` and `ĝ = g scale`: `dscale += Σ g r x`,
/// `dx = r (ĝ - r² x mean(ĝ x))`.
///
/// The epsilon is Keras' 1e-6. PyTorch takes the smallest step from 1 of its scalar, about 1.2e-7 in
/// `f32`, unless told otherwise; with the same `eps` the two agree. `RmsNorm<N, -6, f32, 0>` has no scale (PyTorch's
/// `elementwise_affine=False`).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = RmsNorm::<2>::ZERO;
/// layer.init(Initializer::default(), &mut seeded(1));
/// let mut output = [[0.0; 2]; 1];
/// layer.forward(&[[7.0, -1.0]], &mut output); // the root mean square is 5
/// assert!((output[0][0] - 1.4).abs() < 1e-6 && (output[0][1] + 0.2).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct RmsNorm<const N: usize, const EPSILON_EXPONENT: i32 = -6, T: Scalar = f32, const SCALE: usize = N> {
    /// What each normalised feature is multiplied by; may be empty.
    pub scale: [T; SCALE],
}

crate::parameters!(
    RmsNorm<N, EPSILON, T, SCALE> { scale: Scale [SCALE] } with { epsilon: decimal(1, EPSILON) } lengths { SCALE },
    const N: usize, const EPSILON: i32, T: Scalar
);

/// `1 / sqrt(mean(x²) + epsilon)` of a row.
fn inverse<T: Scalar>(row: &[T], epsilon_exponent: i32) -> T {
    let squares = row.iter().fold(T::ZERO, |sum, x| sum + *x * *x);
    let mean = squares / T::from_f64(row.len().max(1) as f64);
    T::ONE / (mean + T::from_f64(decimal(1, epsilon_exponent))).sqrt()
}

/// `y = scale r x`
fn normalize<T: Scalar>(scale: &[T], epsilon_exponent: i32, input: &[T], output: &mut [T]) {
    let size = scale.len().max(1);
    for (input, output) in in_rows(input, size).zip(in_rows_mut(output, size)) {
        let inverse = inverse(input, epsilon_exponent);
        for ((y, x), scale) in output.iter_mut().zip(input).zip(scale) {
            *y = *x * inverse * *scale;
        }
    }
}

/// `sums += Σ g r x`
fn add_gradients<T: Scalar>(epsilon_exponent: i32, input: &[T], output_gradient: &[T], sums: &mut [T]) {
    let size = sums.len().max(1);
    for (input, output_gradient) in in_rows(input, size).zip(in_rows(output_gradient, size)) {
        let inverse = inverse(input, epsilon_exponent);
        for ((sum, x), g) in sums.iter_mut().zip(input).zip(output_gradient) {
            *sum += *g * (*x * inverse);
        }
    }
}

/// `dx = r (ĝ - r² x mean(ĝ x))`
fn input_gradients<T: Scalar>(
    scale: &[T],
    epsilon_exponent: i32,
    input: &[T],
    output_gradient: &[T],
    input_gradient: &mut [T],
) {
    let size = scale.len().max(1);
    let rows = in_rows(input, size).zip(in_rows(output_gradient, size));
    for ((input, output_gradient), input_gradient) in rows.zip(in_rows_mut(input_gradient, size)) {
        let inverse = inverse(input, epsilon_exponent);
        let mut product = T::ZERO;
        for (((dx, x), g), scale) in input_gradient.iter_mut().zip(input).zip(output_gradient).zip(scale) {
            *dx = *g * *scale;
            product += *dx * (*x * inverse);
        }
        product /= T::from_f64(size as f64);
        for (dx, x) in input_gradient.iter_mut().zip(input) {
            *dx = inverse * (*dx - *x * inverse * product);
        }
    }
}

layer_of_rows!(RmsNorm<N, EPSILON, T, SCALE>, [const EPSILON: i32, const SCALE: usize] {
    type Tape<B: Batch> = ();
    const MULTIPLY_ADDS: usize = checked_epsilon(
        EPSILON,
        "the epsilon of `RmsNorm` is 10 to the power of EPSILON_EXPONENT, which must be from -37 to 12",
    ) + checked(SCALE == 0 || SCALE == N, "SCALE of `RmsNorm` must be N, or 0 for none");
    /// What stands for a scale that is not there.
    const SCRATCH: usize = size_of::<T>() * N.saturating_sub(SCALE);
    /// The square root.
    const CALLS: usize = 1;

    fn forward(&self, input: &[Self::Output], output: &mut [Self::Output]) {
        normalize(or(&self.scale, &[T::ONE; N]), EPSILON, Self::Output::flat(input), Self::Output::flat_mut(output));
    }

    fn backward<B: Batch>(
        &self,
        input: &[Self::Output],
        output: &[Self::Output],
        (): &mut (),
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [Self::Output]>,
        gradient: &mut Self,
    ) {
        let (x, g) = (Self::Output::flat(input), Self::Output::flat(output_gradient));
        if SCALE > 0 {
            add_gradients(EPSILON, x, g, &mut gradient.scale);
        }
        if let Some(input_gradient) = input_gradient {
            self.backward_input::<B>(input, output, &mut (), output_gradient, input_gradient);
        }
    }

    fn backward_input<B: Batch>(
        &self,
        input: &[Self::Output],
        _: &[Self::Output],
        (): &mut (),
        output_gradient: &mut [Self::Output],
        input_gradient: &mut [Self::Output],
    ) {
        let (input, output_gradient) = (Self::Output::flat(input), Self::Output::flat(output_gradient));
        let input_gradient = Self::Output::flat_mut(input_gradient);
        input_gradients(or(&self.scale, &[T::ONE; N]), EPSILON, input, output_gradient, input_gradient);
    }
});

by_step!(
    RmsNorm<N, EPSILON, T, SCALE>: Self, [T; N],
    [const N: usize, const EPSILON: i32, T: Scalar, const SCALE: usize]
);

crate::network::stream::streams_alone!(
    RmsNorm<N, EPSILON, T, SCALE>: [T; N],
    [const N: usize, const EPSILON: i32, T: Scalar, const SCALE: usize]
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Layer;

    #[test]
    fn by_hand() {
        // The mean square is 24, epsilon 1, the root 5.
        let layer = RmsNorm::<2, 0, f64> { scale: [2.0, -1.0] };
        let root = 48.0_f64.sqrt();
        let mut output = [[[f64::NAN; 2]; 2]; 1];
        layer.forward(&[[[root, 0.0], [0.0, root]]], &mut output);
        assert!((output[0][0][0] - 2.0 * root / 5.0).abs() < 1e-14 && output[0][0][1] == 0.0, "{output:?}");
        assert!((output[0][1][1] + root / 5.0).abs() < 1e-14 && output[0][1][0] == 0.0, "{output:?}");
    }
}
