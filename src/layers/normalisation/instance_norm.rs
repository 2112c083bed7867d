//! Instance normalisation.

use bytemuck::AnyBitPattern;

use super::normalize::Groups;
use crate::network::settings::checked_epsilon;
use crate::network::{Batch, Layer, Scalar, Tensor, decimal};

/// Instance normalisation: each channel of each image `[[[T; WIDTH]; HEIGHT]; CHANNELS]` is normalised
/// over its own pixels (Ulyanov, Vedaldi, Lempitsky 2016, <https://arxiv.org/abs/1607.08022>).
///
/// With the mean `m` and the biased variance `v` of the channel, in training and inference alike:
/// `x̂ = (x - m) / sqrt(v + epsilon)`, `y = scale x̂ + shift` with a scale and a shift for each
/// channel.
///
/// Backward, with `g` the derivative by `y` and `ĝ = g scale`: `dscale += Σ g x̂`, `dshift += Σ g`,
/// `dx = (ĝ - mean(ĝ) - x̂ mean(ĝ x̂)) / sqrt(v + epsilon)`, the means over the channel.
///
/// | | epsilon | scale and shift | write |
/// | --- | --- | --- | --- |
/// | Keras (default), `GroupNormalization(groups=-1)` | 1e-3 | learnt | `InstanceNorm<CHANNELS>` |
/// | PyTorch with `affine=True` | 1e-5 | learnt | `InstanceNorm<CHANNELS, -5>` |
/// | PyTorch | 1e-5 | none | `Frozen<InstanceNorm<CHANNELS, -5>>` |
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = InstanceNorm::<2>::ZERO;
/// layer.init(Initializer::default(), &mut seeded(1));
/// let mut output = [[[[0.0; 2]; 1]; 2]; 1];
/// layer.forward(&[[[[1.0, 3.0]], [[30.0, 10.0]]]], &mut output);
/// assert!((output[0][0][0][0] + 1.0).abs() < 1e-3 && (output[0][1][0][0] - 1.0).abs() < 1e-3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct InstanceNorm<const CHANNELS: usize, const EPSILON_EXPONENT: i32 = -3, T: Scalar = f32> {
    /// What each normalised channel is multiplied by.
    pub scale: [T; CHANNELS],
    /// What is added to it.
    pub shift: [T; CHANNELS],
}

crate::parameters!(
    InstanceNorm<C, EPSILON, T> { scale: Scale [C], shift: Bias [C] } with { epsilon: decimal(1, EPSILON) },
    const C: usize, const EPSILON: i32, T: Scalar
);

/// Each channel is a group.
fn groups<T: Scalar>(pixels: usize, epsilon_exponent: i32) -> Groups<T> {
    Groups { features: 1, run: pixels.max(1), epsilon: T::from_f64(decimal(1, epsilon_exponent)) }
}

impl<T: Scalar, const C: usize, const EPSILON: i32, const WIDTH: usize, const HEIGHT: usize>
    Layer<[[[T; WIDTH]; HEIGHT]; C]> for InstanceNorm<C, EPSILON, T>
{
    type Output = [[[T; WIDTH]; HEIGHT]; C];
    type Tape<B: Batch> = ();
    const MULTIPLY_ADDS: usize = checked_epsilon(
        EPSILON,
        "the epsilon of `InstanceNorm` is 10 to the power of EPSILON_EXPONENT, which must be from -37 to 12",
    );

    fn forward(&self, input: &[Self::Output], output: &mut [Self::Output]) {
        let (input, output) = (Self::Output::flat(input), Self::Output::flat_mut(output));
        groups(WIDTH * HEIGHT, EPSILON).normalize(&self.scale, &self.shift, input, output);
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
        groups(WIDTH * HEIGHT, EPSILON).add_gradients(x, g, &mut gradient.scale, &mut gradient.shift);
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
        groups(WIDTH * HEIGHT, EPSILON).input_gradient(&self.scale, input, output_gradient, input_gradient);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_of_each_sample_alone() {
        // Epsilon 1: mean 4 and variance 3, then no variance, then the same with the sign turned.
        let layer = InstanceNorm::<2, 0, f64> { scale: [2.0, 3.0], shift: [1.0, -1.0] };
        let root = 3.0_f64.sqrt();
        let (low, high) = (4.0 - root, 4.0 + root);
        let mut output = [[[[f64::NAN; 2]; 1]; 2]; 2];
        layer.forward(&[[[[low, high]], [[7.0, 7.0]]], [[[high, low]], [[low, high]]]], &mut output);
        let expected =
            [1.0 - root, 1.0 + root, -1.0, -1.0, 1.0 + root, 1.0 - root, -1.0 - 1.5 * root, -1.0 + 1.5 * root];
        for (y, e) in output.as_flattened().as_flattened().as_flattened().iter().zip(expected) {
            assert!((y - e).abs() < 1e-14, "{output:?}");
        }
    }
}
