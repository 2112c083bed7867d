//! Additive noise.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::network::chain::Kind;
use crate::network::init::normal;
use crate::network::settings::checked;
use crate::network::{Batch, Layer, Scalar, Tensor, decimal};

/// Gaussian noise: in training a normal number of mean 0 and standard deviation
/// `MANTISSA x 10^EXPONENT` is added to each scalar; in inference it is the identity
/// (Bishop 1995, "Training with Noise is Equivalent to Tikhonov Regularization").
///
/// Backward: `dx = g`.
///
/// Keras' `GaussianNoise(stddev)`. PyTorch has no such layer.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![GaussianNoise<1, -1>, Dense<8, 1>]; // a standard deviation of 0.1
/// let mut output = [[0.0_f32; 2]; 1];
/// GaussianNoise::<1, -1>.forward(&[[1.5, -2.0]], &mut output);
/// assert_eq!(output, [[1.5, -2.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct GaussianNoise<const MANTISSA: i32, const EXPONENT: i32>;

crate::no_parameters!(GaussianNoise<MANTISSA, EXPONENT>, const MANTISSA: i32, const EXPONENT: i32);

impl<const MANTISSA: i32, const EXPONENT: i32> GaussianNoise<MANTISSA, EXPONENT> {
    /// The standard deviation.
    pub const DEVIATION: f64 = {
        let deviation = decimal(MANTISSA, EXPONENT);
        checked(
            deviation >= 0.0 && deviation.is_finite(),
            "the standard deviation of a `GaussianNoise` must be finite and not negative",
        );
        deviation
    };
}

impl<X: Tensor, const MANTISSA: i32, const EXPONENT: i32> Layer<X> for GaussianNoise<MANTISSA, EXPONENT> {
    type Output = X;
    type Tape<B: Batch> = ();
    /// In inference.
    const KIND: Kind = Kind::InPlace;
    const MULTIPLY_ADDS: usize = {
        let _ = Self::DEVIATION;
        0
    };

    fn forward(&self, input: &[X], output: &mut [X]) {
        crate::network::batch::copy(output, input);
    }

    fn forward_train<B: Batch>(&self, input: &[X], output: &mut [X], (): &mut (), rng: &mut impl Rng) {
        for (y, x) in X::flat_mut(output).iter_mut().zip(X::flat(input)) {
            *y = *x + X::Scalar::from_f64(Self::DEVIATION * normal(rng));
        }
    }

    fn backward<B: Batch>(
        &self,
        _: &[X],
        _: &[X],
        (): &mut (),
        output_gradient: &mut [X],
        input_gradient: Option<&mut [X]>,
        (): &mut (),
    ) {
        if let Some(input_gradient) = input_gradient {
            crate::network::batch::copy(input_gradient, output_gradient);
        }
    }
}

crate::network::stream::streams_alone!(GaussianNoise<MANTISSA, EXPONENT>: X, [X: Tensor, const MANTISSA: i32, const EXPONENT: i32]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Inline, seeded};

    #[test]
    fn the_noise_has_its_mean_deviation_and_shape() {
        let mut output = [[f64::NAN; 1000]; 20];
        GaussianNoise::<25, -2>.forward_train::<Inline<20>>(&[[3.0; 1000]; 20], &mut output, &mut (), &mut seeded(2));
        let noise = output.as_flattened().iter().map(|y| (y - 3.0) / 0.25);
        let moment = |power: i32| noise.clone().map(|n| n.powi(power)).sum::<f64>() / 20_000.0;
        // Five standard errors: of powers 1 to 4 of a standard normal number the variances are
        // 1, 2, 15 and 96.
        for (power, expected, variance) in [(1, 0.0, 1.0_f64), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let bound = 5.0 * (variance / 20_000.0).sqrt();
            assert!((moment(power) - expected).abs() < bound, "moment {power} is {}", moment(power));
        }
    }

    #[test]
    fn noise_is_added() {
        let mut output = [[f64::NAN; 4]];
        GaussianNoise::<25, -2>.forward_train::<Inline<1>>(&[[3.0; 4]], &mut output, &mut (), &mut seeded(2));
        let rng = &mut seeded(2);
        assert_eq!(output, [core::array::from_fn(|_| 3.0 + 0.25 * normal(rng))]);
    }
}
