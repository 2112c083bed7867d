//! Group normalisation.

use bytemuck::AnyBitPattern;

use super::normalize::{CALLS, Groups, or, or_room};
use crate::network::dim::{Const, Divides, Of, Size};
use crate::network::features::run_of;
use crate::network::settings::{checked, checked_epsilon};
use crate::network::{Batch, Layer, Scalar, Tensor, decimal};

/// Group normalisation: the `CHANNELS` channels of an image `[[[T; WIDTH]; HEIGHT]; CHANNELS]` (or the
/// features of a vector `[T; CHANNELS]`) are split into `GROUPS` neighbouring groups, and each group of
/// each sample is normalised over its channels and pixels
/// (Wu, He 2018, <https://arxiv.org/abs/1803.08494>). `GROUPS` divides `CHANNELS`.
///
/// With the mean `m` and the biased variance `v` of the group, in training and inference alike:
/// `x̂ = (x - m) / sqrt(v + epsilon)`, `y = scale x̂ + shift` with a scale and a shift for each
/// channel.
///
/// Backward, with `g` the derivative by `y` and `ĝ = g scale`: `dscale += Σ g x̂`, `dshift += Σ g`,
/// `dx = (ĝ - mean(ĝ) - x̂ mean(ĝ x̂)) / sqrt(v + epsilon)`, the means over the group.
///
/// | | epsilon | write |
/// | --- | --- | --- |
/// | Keras (default) | 1e-3 | `GroupNorm<CHANNELS, GROUPS>` |
/// | PyTorch | 1e-5 | `GroupNorm<CHANNELS, GROUPS, -5>` |
///
/// The lengths of scale and shift come last: `GroupNorm<CHANNELS, GROUPS, -5, f32, 0, 0>` has neither (PyTorch's
/// `affine=False`).
///
/// With one group the whole image is normalised; with as many as channels it is
/// [`InstanceNorm`](crate::layers::InstanceNorm).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = GroupNorm::<4, 2>::ZERO;
/// layer.init(Initializer::default(), &mut seeded(1));
/// let mut output = [[0.0; 4]; 1];
/// layer.forward(&[[1.0, 3.0, 30.0, 10.0]], &mut output);
/// assert!(output[0].iter().zip([-1.0, 1.0, 1.0, -1.0]).all(|(y, e)| (y - e).abs() < 1e-3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct GroupNorm<
    const CHANNELS: usize,
    const GROUPS: usize,
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
    GroupNorm<C, GROUPS, EPSILON, T, SCALE, SHIFT> { scale: Scale [SCALE], shift: Bias [SHIFT] }
        with { epsilon: decimal(1, EPSILON) } lengths { SCALE, SHIFT },
    const C: usize, const GROUPS: usize, const EPSILON: i32, T: Scalar
);

/// Holds for channels that can be split into groups.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot split its channels into groups",
    label = "GROUPS must divide CHANNELS",
    note = "numbers of channels are computed with up to 4096"
)]
pub trait SplitsChannels {}

#[diagnostic::do_not_recommend]
impl<const C: usize, const GROUPS: usize, const EPSILON: i32, T: Scalar, const SCALE: usize, const SHIFT: usize>
    SplitsChannels for GroupNorm<C, GROUPS, EPSILON, T, SCALE, SHIFT>
where
    Const<C>: Size,
    Const<GROUPS>: Size,
    Of<GROUPS>: Divides<Of<C>>,
{
}

impl<const C: usize, const GROUPS: usize, const EPSILON: i32, T: Scalar, const SCALE: usize, const SHIFT: usize>
    GroupNorm<C, GROUPS, EPSILON, T, SCALE, SHIFT>
{
    /// Channels in one group.
    const FEATURES: usize = match C.checked_div(GROUPS) {
        Some(features) => features,
        None => 0,
    };

    fn groups(run: usize) -> Groups<T> {
        Groups { features: Self::FEATURES, run, epsilon: T::from_f64(decimal(1, EPSILON)) }
    }
}

macro_rules! group_norm {
    ($shape:ty $(, const $size:ident)*) => {
        impl<
            T: Scalar,
            const C: usize,
            const GROUPS: usize,
            const EPSILON: i32,
            const SCALE: usize,
            const SHIFT: usize
            $(, const $size: usize)*
        > Layer<$shape> for GroupNorm<C, GROUPS, EPSILON, T, SCALE, SHIFT>
        where
            Self: SplitsChannels,
        {
            type Output = $shape;
            type Tape<B: Batch> = ();
            const MULTIPLY_ADDS: usize = checked_epsilon(
                EPSILON,
                "the epsilon of `GroupNorm` is 10 to the power of EPSILON_EXPONENT, which must be from -37 to 12",
            ) + checked(
                (SCALE == 0 || SCALE == C) && (SHIFT == 0 || SHIFT == C),
                "SCALE and SHIFT of `GroupNorm` must be CHANNELS, or 0 for none",
            );
            /// What stands for arrays that are not there.
            const SCRATCH: usize = size_of::<T>() * (2 * C).saturating_sub(SCALE + SHIFT);
            const CALLS: usize = CALLS;

            fn forward(&self, input: &[Self::Output], output: &mut [Self::Output]) {
                let (input, output) = (Self::Output::flat(input), Self::Output::flat_mut(output));
                let (ones, zeros) = ([T::ONE; C], [T::ZERO; C]);
                let (scale, shift) = (or(&self.scale, &ones), or(&self.shift, &zeros));
                Self::groups(run_of::<Self::Output>(C)).normalize(scale, shift, input, output);
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
                let groups = Self::groups(run_of::<Self::Output>(C));
                let (room, other) = (&mut [T::ZERO; C], &mut [T::ZERO; C]);
                let (by_scale, by_shift) = (or_room(&mut gradient.scale, room), or_room(&mut gradient.shift, other));
                if SCALE + SHIFT > 0 {
                    groups.add_gradients(x, g, by_scale, by_shift);
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
                let groups = Self::groups(run_of::<Self::Output>(C));
                groups.input_gradient(or(&self.scale, &[T::ONE; C]), input, output_gradient, input_gradient);
            }
        }
    };
}

group_norm!([T; C]);
group_norm!([[[T; WIDTH]; HEIGHT]; C], const WIDTH, const HEIGHT);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_channels() {
        // Epsilon 1. The first group has mean 4 and variance 3, the second mean 0 and variance 0.
        let layer = GroupNorm::<4, 2, 0, f64> { scale: [1.0, 2.0, 3.0, 4.0], shift: [0.0, 0.0, 0.5, -1.0] };
        let mut output = [[[[f64::NAN; 2]; 1]; 4]; 1];
        let root = 3.0_f64.sqrt();
        layer.forward(&[[[[4.0 - root, 4.0 + root]], [[4.0 + root, 4.0 - root]], [[0.0; 2]], [[0.0; 2]]]], &mut output);
        let expected = [-root / 2.0, root / 2.0, root, -root, 0.5, 0.5, -1.0, -1.0];
        for (y, e) in output.as_flattened().as_flattened().as_flattened().iter().zip(expected) {
            assert!((y - e).abs() < 1e-14, "{output:?}");
        }
    }
}
