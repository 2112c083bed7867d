//! Layer normalisation.

use bytemuck::AnyBitPattern;

use super::normalize::{CALLS, Groups, or, or_room};
use crate::layers::packed::by_step;
use crate::network::features::layer_of_rows;
use crate::network::settings::{checked, checked_epsilon};
use crate::network::{Batch, Scalar, Tensor, decimal};

/// Layer normalisation over the innermost dimension, of `N` features
/// (Ba, Kiros, Hinton 2016, <https://arxiv.org/abs/1607.06450>): of vectors `[T; N]`, of each step of
/// a sequence `[[T; N]; STEPS]`, of each row of an image `[[[T; N]; HEIGHT]; CHANNELS]`.
///
/// With the mean `m` and the biased variance `v` of the features, in training and inference alike:
/// `x̂ = (x - m) / sqrt(v + epsilon)`, `y = scale x̂ + shift`.
///
/// Backward, with `g` the derivative by `y` and `ĝ = g scale`: `dscale += Σ g x̂`, `dshift += Σ g`,
/// `dx = (ĝ - mean(ĝ) - x̂ mean(ĝ x̂)) / sqrt(v + epsilon)`.
///
/// | | epsilon | write |
/// | --- | --- | --- |
/// | Keras (default) | 1e-3 | `LayerNorm<N>` |
/// | PyTorch | 1e-5 | `LayerNorm<N, -5>` |
///
/// The lengths of scale and shift come last: `LayerNorm<N, -5, f32, N, 0>` has no shift (PyTorch's `bias=False`, Keras'
/// `center=False`), `LayerNorm<N, -5, f32, 0, 0>` neither (`elementwise_affine=False`).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = LayerNorm::<2>::ZERO;
/// layer.init(Initializer::default(), &mut seeded(1));
/// let mut output = [[[0.0; 2]; 2]; 1];
/// layer.forward(&[[[1.0, 3.0], [30.0, 10.0]]], &mut output);
/// assert!((output[0][0][0] + 1.0).abs() < 1e-3 && (output[0][1][0] - 1.0).abs() < 1e-3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct LayerNorm<
    const N: usize,
    const EPSILON_EXPONENT: i32 = -3,
    T: Scalar = f32,
    const SCALE: usize = N,
    const SHIFT: usize = N,
> {
    /// What each normalised feature is multiplied by; may be empty.
    pub scale: [T; SCALE],
    /// What is added to it; may be empty.
    pub shift: [T; SHIFT],
}

crate::parameters!(
    LayerNorm<N, EPSILON, T, SCALE, SHIFT> { scale: Scale [SCALE], shift: Bias [SHIFT] }
        with { epsilon: decimal(1, EPSILON) } lengths { SCALE, SHIFT },
    const N: usize, const EPSILON: i32, T: Scalar
);

/// Each row is a group.
fn groups<T: Scalar>(features: usize, epsilon_exponent: i32) -> Groups<T> {
    Groups { features, run: 1, epsilon: T::from_f64(decimal(1, epsilon_exponent)) }
}

layer_of_rows!(LayerNorm<N, EPSILON, T, SCALE, SHIFT>, [const EPSILON: i32, const SCALE: usize, const SHIFT: usize] {
    type Tape<B: Batch> = ();
    const MULTIPLY_ADDS: usize = checked_epsilon(
        EPSILON,
        "the epsilon of `LayerNorm` is 10 to the power of EPSILON_EXPONENT, which must be from -37 to 12",
    ) + checked(
        (SCALE == 0 || SCALE == N) && (SHIFT == 0 || SHIFT == N),
        "SCALE and SHIFT of `LayerNorm` must be N, or 0 for none",
    );
    /// What stands for arrays that are not there.
    const SCRATCH: usize = size_of::<T>() * (2 * N).saturating_sub(SCALE + SHIFT);
    const CALLS: usize = CALLS;

    fn forward(&self, input: &[Self::Output], output: &mut [Self::Output]) {
        let (input, output) = (Self::Output::flat(input), Self::Output::flat_mut(output));
        let (ones, zeros) = ([T::ONE; N], [T::ZERO; N]);
        let (scale, shift) = (or(&self.scale, &ones), or(&self.shift, &zeros));
        groups(N, EPSILON).normalize(scale, shift, input, output);
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
        let (room, other) = (&mut [T::ZERO; N], &mut [T::ZERO; N]);
        let (by_scale, by_shift) = (or_room(&mut gradient.scale, room), or_room(&mut gradient.shift, other));
        if SCALE + SHIFT > 0 {
            groups(N, EPSILON).add_gradients(x, g, by_scale, by_shift);
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
        groups(N, EPSILON).input_gradient(or(&self.scale, &[T::ONE; N]), input, output_gradient, input_gradient);
    }
});

by_step!(
    LayerNorm<N, EPSILON, T, SCALE, SHIFT>: Self, [T; N],
    [const N: usize, const EPSILON: i32, T: Scalar, const SCALE: usize, const SHIFT: usize]
);

crate::network::stream::streams_alone!(
    LayerNorm<N, EPSILON, T, SCALE, SHIFT>: [T; N],
    [const N: usize, const EPSILON: i32, T: Scalar, const SCALE: usize, const SHIFT: usize]
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Layer;

    #[test]
    fn each_row_alone() {
        // Mean 4, biased variance 6, epsilon 1; the second row has no variance.
        let layer = LayerNorm::<3, 0, f64> { scale: [2.0, 1.0, -1.0], shift: [0.5, 0.0, 1.0] };
        let mut output = [[[f64::NAN; 3]; 2]; 1];
        layer.forward(&[[[1.0, 4.0, 7.0], [10.0; 3]]], &mut output);
        let inverse = 1.0 / 7.0_f64.sqrt();
        let expected = [-6.0 * inverse + 0.5, 0.0, 1.0 - 3.0 * inverse, 0.5, 0.0, 1.0];
        for (y, e) in output.as_flattened().as_flattened().iter().zip(expected) {
            assert!((y - e).abs() < 1e-14, "{output:?}");
        }
    }

    #[test]
    fn a_large_mean_keeps_its_variance() {
        let layer = LayerNorm::<2, -5, f64> { scale: [1.0; 2], shift: [0.0; 2] };
        let mut output = [[f64::NAN; 2]];
        layer.forward(&[[1e8 - 1.0, 1e8 + 1.0]], &mut output);
        assert!((output[0][0] + 1.0).abs() < 1e-5 && (output[0][1] - 1.0).abs() < 1e-5, "{output:?}");
    }
}
