//! Dropout that keeps mean and variance.

use bytemuck::AnyBitPattern;
use rand::Rng;

use super::dropout::Dropout;
use crate::activations::Selu;
use crate::network::chain::Kind;
use crate::network::settings::checked;
use crate::network::{Batch, Layer, Remember, Scalar, Tensor, Zero};

/// Alpha dropout, for networks of [`Selu`]: in training each scalar is replaced with a probability
/// of `p = PERCENT` per cent by `d` = -1.7581, the value of Selu far to the left, and all are then
/// scaled and shifted such that mean 0 and variance 1 stay so; in inference it is the identity
/// (Klambauer et al. 2017, <https://arxiv.org/abs/1706.02515>).
///
/// `y = a x + b` for what is kept and `a d + b` for what is not, with `q = 1 - p`,
/// `a = 1 / sqrt(q (1 + p d²))` and `b = -a p d`.
///
/// Backward: what was replaced has the derivative 0, what was kept `a`. The mask is a function of a
/// key, drawn once a batch, as that of [`Dropout`] is. With 100 per cent the output is 0.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<20, 64>, Selu, AlphaDropout<10>, Dense<64, 1>];
/// let mut output = [[0.0_f32; 2]; 1];
/// AlphaDropout::<10>.forward(&[[1.5, -2.0]], &mut output);
/// assert_eq!(output, [[1.5, -2.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct AlphaDropout<const PERCENT: u32 = 50>;

crate::no_parameters!(AlphaDropout<PERCENT>, const PERCENT: u32);

/// `d`
const DROPPED: f64 = -Selu::SCALE * Selu::ALPHA;

impl<const PERCENT: u32> AlphaDropout<PERCENT> {
    /// 0, where the setting is in its range.
    const VALID: usize = checked(PERCENT <= 100, "the PERCENT of an `AlphaDropout` must be from 0 to 100");

    /// `a`, and 0 where nothing is kept.
    fn factor() -> f64 {
        let dropped = f64::from(PERCENT.min(100)) / 100.0;
        if PERCENT < 100 { 1.0 / libm::sqrt((1.0 - dropped) * (1.0 + dropped * DROPPED * DROPPED)) } else { 0.0 }
    }
}

impl<X: Tensor, const PERCENT: u32> Layer<X> for AlphaDropout<PERCENT> {
    type Output = X;
    type Tape<B: Batch> = Remember<u64>;
    /// In inference.
    const KIND: Kind = Kind::InPlace;
    const MULTIPLY_ADDS: usize = Self::VALID;

    fn forward(&self, input: &[X], output: &mut [X]) {
        crate::network::batch::copy(output, input);
    }

    fn forward_train<B: Batch>(&self, input: &[X], output: &mut [X], tape: &mut Remember<u64>, rng: &mut impl Rng) {
        tape.0 = rng.next_u64();
        let factor = Self::factor();
        let shift = -factor * DROPPED * f64::from(PERCENT.min(100)) / 100.0;
        let replaced = X::Scalar::from_f64(factor * DROPPED + shift);
        let (factor, shift) = (X::Scalar::from_f64(factor), X::Scalar::from_f64(shift));
        for (index, (y, x)) in (0_u32..).zip(X::flat_mut(output).iter_mut().zip(X::flat(input))) {
            *y = if Dropout::<PERCENT>::keeps(tape.0, index) { factor * *x + shift } else { replaced };
        }
    }

    fn backward<B: Batch>(
        &self,
        _: &[X],
        _: &[X],
        tape: &mut Remember<u64>,
        output_gradient: &mut [X],
        input_gradient: Option<&mut [X]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let factor = X::Scalar::from_f64(Self::factor());
        let gradients = X::flat_mut(input_gradient).iter_mut().zip(X::flat(output_gradient));
        for (index, (dx, g)) in (0_u32..).zip(gradients) {
            *dx = if Dropout::<PERCENT>::keeps(tape.0, index) { factor * *g } else { X::Scalar::ZERO };
        }
    }
}

crate::network::stream::streams_alone!(AlphaDropout<PERCENT>: X, [X: Tensor, const PERCENT: u32]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::init;
    use crate::network::{Inline, Tape, seeded};

    fn new() -> Remember<u64> {
        Tape::EMPTY
    }

    #[test]
    fn mean_and_variance_stay() {
        fn check<const PERCENT: u32>() {
            let rng = &mut seeded(4);
            let input: Vec<[f64; 1000]> = (0..40).map(|_| core::array::from_fn(|_| init::normal(rng))).collect();
            let mut output = input.clone();
            let mut tape = Tape::EMPTY;
            AlphaDropout::<PERCENT>.forward_train::<Inline<40>>(&input, &mut output, &mut tape, rng);
            let y = output.as_flattened();
            let mean = y.iter().sum::<f64>() / 40_000.0;
            let variance = y.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / 40_000.0;
            // Five standard errors of the mean are 0.025; of the variance, whose fourth moment is
            // below 10, 0.08.
            assert!(mean.abs() < 0.025 && (variance - 1.0).abs() < 0.08, "{PERCENT} %: {mean}, {variance}");
        }
        check::<5>();
        check::<20>();
        check::<50>();
    }

    #[test]
    fn known_numbers() {
        // What PyTorch's alpha_dropout makes of 1 at p = 0.5: kept, and replaced.
        let (kept, replaced) = (1.665_598_825_183_963_5, -0.779_193_930_518_031_5);
        let mut output = [[f64::NAN; 100]];
        AlphaDropout::<50>.forward_train::<Inline<1>>(&[[1.0; 100]], &mut output, &mut new(), &mut seeded(1));
        assert!(output[0].iter().all(|y| (y - kept).abs() < 1e-14 || (y - replaced).abs() < 1e-14), "{output:?}");
        assert!(output[0].iter().any(|y| *y > 0.0) && output[0].iter().any(|y| *y < 0.0));
    }

    #[test]
    fn everything_and_nothing() {
        let mut output = [[f32::NAN; 2]];
        AlphaDropout::<100>.forward_train::<Inline<1>>(&[[1.5, 2.0]], &mut output, &mut new(), &mut seeded(1));
        assert_eq!(output, [[0.0, 0.0]]);
        AlphaDropout::<0>.forward_train::<Inline<1>>(&[[1.5, 2.0]], &mut output, &mut new(), &mut seeded(1));
        assert_eq!(output, [[1.5, 2.0]]);
    }
}
