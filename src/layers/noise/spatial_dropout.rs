//! Dropout of whole features.

use bytemuck::AnyBitPattern;
use rand::Rng;

use super::dropout::Dropout;
use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::network::chain::Kind;
use crate::network::settings::checked;
use crate::network::{Batch, Layer, Remember, Scalar, Stream, Tensor};

/// Spatial dropout: in training each channel of an image `[[[T; WIDTH]; HEIGHT]; CHANNELS]`, or each
/// feature of a sequence `[[T; FEATURES]; STEPS]`, is dropped as a whole (set to 0) with a probability
/// of `PERCENT` per cent, and what is left is multiplied by `1 / (1 - p)`; in inference it is the
/// identity (Tompson et al. 2014, <https://arxiv.org/abs/1411.4280>).
///
/// Neighbouring pixels and steps say much the same: what [`Dropout`] drops of them, the next layer
/// reads from their neighbours.
///
/// Backward: what was dropped has the derivative 0, what was kept `1 / (1 - p)`. The mask is a
/// function of a key, drawn once a batch, as that of [`Dropout`] is.
///
/// Keras' `SpatialDropout2D` and `SpatialDropout1D`; PyTorch's `Dropout2d`, and its `Dropout1d` of a
/// sequence with the features first.
///
/// ```
/// use typenet::prelude::*;
///
/// let input = [[[[1.0_f32; 2]; 2]; 3]; 1];
/// let mut output = input;
/// SpatialDropout::<50>.forward_train::<Inline<1>>(&input, &mut output, &mut Tape::EMPTY, &mut seeded(1));
/// assert!(output[0].iter().all(|channel| [[[0.0; 2]; 2], [[2.0; 2]; 2]].contains(channel)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct SpatialDropout<const PERCENT: u32 = 50>;

crate::no_parameters!(SpatialDropout<PERCENT>, const PERCENT: u32);

impl<const PERCENT: u32> SpatialDropout<PERCENT> {
    /// 0, where the setting is in its range.
    const VALID: usize = checked(PERCENT <= 100, "the PERCENT of a `SpatialDropout` must be from 0 to 100");

    /// `output = mask x input` for samples of `features` features, of which each has runs of `run`
    /// neighbouring scalars, and as many runs as fit in `size` scalars.
    fn mask<T: Scalar>(key: u64, (features, run, size): (usize, usize, usize), input: &[T], output: &mut [T]) {
        let (features, run, size) = (features.max(1), run.max(1), size.max(1));
        let scale = T::from_f64(Dropout::<PERCENT>::SCALE);
        let samples = in_rows(input, size).zip(in_rows_mut(output, size));
        for (sample, (input, output)) in samples.enumerate() {
            let runs = in_rows(input, run).zip(in_rows_mut(output, run));
            for (at, (input, output)) in runs.enumerate() {
                let index = sample * features + at % features;
                let factor = if Dropout::<PERCENT>::keeps(key, index as u32) { scale } else { T::ZERO };
                for (x, y) in input.iter().zip(output) {
                    *y = if factor == T::ZERO { T::ZERO } else { *x * factor };
                }
            }
        }
    }
}

macro_rules! spatial_dropout {
    ($shape:ty, $features:ident, $run:expr $(, const $size:ident)*) => {
        impl<T: Scalar, const PERCENT: u32 $(, const $size: usize)*> Layer<$shape> for SpatialDropout<PERCENT> {
            type Output = $shape;
            type Tape<B: Batch> = Remember<u64>;
            /// In inference.
            const KIND: Kind = Kind::InPlace;
            const MULTIPLY_ADDS: usize = Self::VALID;

            fn forward(&self, input: &[Self::Output], output: &mut [Self::Output]) {
                crate::network::batch::copy(output, input);
            }

            fn forward_train<B: Batch>(
                &self,
                input: &[Self::Output],
                output: &mut [Self::Output],
                tape: &mut Remember<u64>,
                rng: &mut impl Rng,
            ) {
                tape.0 = rng.next_u64();
                let sizes = ($features, $run, Self::Output::LEN);
                Self::mask(tape.0, sizes, Self::Output::flat(input), Self::Output::flat_mut(output));
            }

            fn backward<B: Batch>(
                &self,
                _: &[Self::Output],
                _: &[Self::Output],
                tape: &mut Remember<u64>,
                output_gradient: &mut [Self::Output],
                input_gradient: Option<&mut [Self::Output]>,
                (): &mut (),
            ) {
                let Some(input_gradient) = input_gradient else { return };
                let (g, dx) = (Self::Output::flat(output_gradient), Self::Output::flat_mut(input_gradient));
                Self::mask(tape.0, ($features, $run, Self::Output::LEN), g, dx);
            }
        }
    };
}

spatial_dropout!([[T; FEATURES]; STEPS], FEATURES, 1, const FEATURES, const STEPS);
spatial_dropout!(
    [[[T; WIDTH]; HEIGHT]; CHANNELS], CHANNELS, WIDTH * HEIGHT, const WIDTH, const HEIGHT, const CHANNELS
);

/// In inference nothing is dropped.
impl<T: Scalar, const N: usize, const PERCENT: u32> Stream<[T; N]> for SpatialDropout<PERCENT> {
    type Output = [T; N];
    type State = ();

    #[inline]
    fn step(&self, (): &mut (), input: &[T; N]) -> [T; N] {
        *input
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Inline, Tape, seeded};

    fn new() -> Remember<u64> {
        Tape::EMPTY
    }

    #[test]
    fn channels_are_kept_or_dropped_as_a_whole_at_the_rate() {
        let input = [[[[3.0_f64; 2]; 3]; 500]; 4];
        let mut output = [[[[f64::NAN; 2]; 3]; 500]; 4];
        SpatialDropout::<25>.forward_train::<Inline<4>>(&input, &mut output, &mut new(), &mut seeded(3));
        let mut dropped = 0.0;
        for channel in output.as_flattened() {
            let first = channel[0][0];
            assert!(first == 0.0 || (first - 4.0).abs() < 1e-12, "{first}");
            assert_eq!(*channel, [[first; 2]; 3]);
            dropped += f64::from(u8::from(first == 0.0));
        }
        // Five standard deviations of a binomial of 2000.
        assert!((dropped - 500.0).abs() <= 5.0 * (2000.0 * 0.25 * 0.75_f64).sqrt(), "{dropped}");
        // The samples have masks of their own.
        assert_ne!(output[0].map(|c| c[0][0]), output[1].map(|c| c[0][0]));
        let by_channel = output.map(|sample| sample.map(|c| c[0][0]));
        assert_ne!(by_channel[0][1..], by_channel[1][..499], "nor those of the sample before, moved on");
    }

    #[test]
    fn features_of_a_sequence_are_dropped_in_every_step() {
        let mut output = [[[f32::NAN; 64]; 5]; 2];
        SpatialDropout::<50>.forward_train::<Inline<2>>(&[[[1.0; 64]; 5]; 2], &mut output, &mut new(), &mut seeded(3));
        for sample in output {
            assert!(sample.iter().all(|step| *step == sample[0]));
            let kept = sample[0].iter().filter(|y| **y == 2.0).count();
            // 32 of 64, deviation 4.
            assert!((12..=52).contains(&kept) && sample[0].iter().filter(|y| **y == 0.0).count() == 64 - kept);
        }
    }

    #[test]
    fn inference_is_the_identity_and_everything_can_be_dropped() {
        let mut output = [[[0.0; 2]; 1]; 1];
        SpatialDropout::<90>.forward(&[[[1.5, -2.0]]], &mut output);
        assert_eq!(output, [[[1.5, -2.0]]]);
        let input = [[[f32::INFINITY, 1.0]]];
        SpatialDropout::<100>.forward_train::<Inline<1>>(&input, &mut output, &mut new(), &mut seeded(1));
        assert_eq!(output, [[[0.0, 0.0]]]);
    }
}
