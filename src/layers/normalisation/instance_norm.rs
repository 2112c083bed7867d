//! Instance normalisation.

use bytemuck::AnyBitPattern;

use super::normalize::{Groups, or, or_room};
use crate::network::settings::{checked, checked_epsilon};
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
/// | PyTorch | 1e-5 | none | `InstanceNorm<CHANNELS, -5, f32, 0, 0>` |
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
pub struct InstanceNorm<
    const CHANNELS: usize,
    const EPSILON_EXPONENT: i32 = -3,
    T: Scalar = f32,
    const SCALE: usize = CHANNELS,
    const SHIFT: usize = CHANNELS,
> {
    /// What each normalised channel is multiplied by; may be empty.
    pub scale: [T; SCALE],
    /// What is added to it; may be empty.
    pub shift: [T; SHIFT],
}

crate::parameters!(
    InstanceNorm<C, EPSILON, T, SCALE, SHIFT> { scale: Scale [SCALE], shift: Bias [SHIFT] }
        with { epsilon: decimal(1, EPSILON) } lengths { SCALE, SHIFT },
    const C: usize, const EPSILON: i32, T: Scalar
);

/// Each channel is a group.
fn groups<T: Scalar>(pixels: usize, epsilon_exponent: i32) -> Groups<T> {
    Groups { features: 1, run: pixels.max(1), epsilon: T::from_f64(decimal(1, epsilon_exponent)) }
}

impl<
    T: Scalar,
    const C: usize,
    const EPSILON: i32,
    const WIDTH: usize,
    const HEIGHT: usize,
    const SCALE: usize,
    const SHIFT: usize,
> Layer<[[[T; WIDTH]; HEIGHT]; C]> for InstanceNorm<C, EPSILON, T, SCALE, SHIFT>
{
    type Output = [[[T; WIDTH]; HEIGHT]; C];
    type Tape<B: Batch> = ();
    const MULTIPLY_ADDS: usize = checked_epsilon(
        EPSILON,
        "the epsilon of `InstanceNorm` is 10 to the power of EPSILON_EXPONENT, which must be from -37 to 12",
    ) + checked(
        (SCALE == 0 || SCALE == C) && (SHIFT == 0 || SHIFT == C),
        "SCALE and SHIFT of `InstanceNorm` must be CHANNELS, or 0 for none",
    );
    /// What stands for arrays that are not there.
    const SCRATCH: usize = size_of::<T>() * (2 * C).saturating_sub(SCALE + SHIFT);

    fn forward(&self, input: &[Self::Output], output: &mut [Self::Output]) {
        let (input, output) = (Self::Output::flat(input), Self::Output::flat_mut(output));
        let (ones, zeros) = ([T::ONE; C], [T::ZERO; C]);
        let (scale, shift) = (or(&self.scale, &ones), or(&self.shift, &zeros));
        groups(WIDTH * HEIGHT, EPSILON).normalize(scale, shift, input, output);
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
        let (room, other) = (&mut [T::ZERO; C], &mut [T::ZERO; C]);
        let (by_scale, by_shift) = (or_room(&mut gradient.scale, room), or_room(&mut gradient.shift, other));
        if SCALE + SHIFT > 0 {
            groups(WIDTH * HEIGHT, EPSILON).add_gradients(x, g, by_scale, by_shift);
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
        groups(WIDTH * HEIGHT, EPSILON).input_gradient(
            or(&self.scale, &[T::ONE; C]),
            input,
            output_gradient,
            input_gradient,
        );
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
