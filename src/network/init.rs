//! How weights start.

use rand::Rng;

use crate::network::scalar::Scalar;

/// A distribution that weights start from.
///
/// With `fan_in` inputs and `fan_out` outputs of a unit, the variance is
///
/// | family | variance | for | source |
/// | --- | --- | --- | --- |
/// | He | `2 / fan_in` | ReLU and its kin | He et al. 2015, <https://arxiv.org/abs/1502.01852> |
/// | Glorot | `2 / (fan_in + fan_out)` | tanh, sigmoid, linear | Glorot, Bengio 2010 |
/// | LeCun | `1 / fan_in` | SELU | LeCun et al. 1998, "Efficient BackProp" |
///
/// The normal forms are truncated at two standard deviations and widened so that the variance
/// is kept, as in Keras. The uniform forms run over `±sqrt(3 x variance)`.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<4, 16>, Tanh, Dense<16, 1>];
/// let network = initialized_with::<Network>(Initializer::GlorotUniform, 1);
/// let limit = (6.0_f32 / (4.0 + 16.0)).sqrt();
/// assert!(network.0.weight.iter().all(|weight| weight.abs() <= limit));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Initializer {
    /// All zeros.
    Zeros,
    /// All the same value.
    Constant(f64),
    /// He, truncated normal: the default.
    #[default]
    HeNormal,
    /// He, uniform.
    HeUniform,
    /// Glorot (Xavier), truncated normal.
    GlorotNormal,
    /// Glorot (Xavier), uniform: the default of Keras.
    GlorotUniform,
    /// LeCun, truncated normal.
    LecunNormal,
    /// LeCun, uniform.
    LecunUniform,
    /// Rows or columns, whichever are fewer, are orthogonal to each other and have this length
    /// (Saxe et al. 2013, <https://arxiv.org/abs/1312.6120>).
    #[cfg(feature = "alloc")]
    Orthogonal(f64),
}

/// The inputs and outputs of one unit, which set the scale of its weights.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut weight = [0.0_f32; 6]; // 3 inputs, 2 outputs
/// Initializer::HeUniform.fill(&mut weight, 2, Fan { input: 3, output: 2 }, &mut seeded(1));
/// assert!(weight.iter().all(|weight| weight.abs() <= 2.0_f32.sqrt()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fan {
    /// Inputs of one output.
    pub input: usize,
    /// Outputs that one input reaches.
    pub output: usize,
}

enum Form {
    Normal,
    Uniform,
}

impl Initializer {
    /// Fills a weight stored row by row, `columns` outputs in a row.
    pub fn fill<T: Scalar>(self, weight: &mut [T], columns: usize, fan: Fan, rng: &mut impl Rng) {
        let (input, output) = (fan.input.max(1) as f64, fan.output.max(1) as f64);
        let (variance, form) = match self {
            Self::Zeros => return weight.fill(T::ZERO),
            Self::Constant(value) => return weight.fill(T::from_f64(value)),
            #[cfg(feature = "alloc")]
            Self::Orthogonal(gain) => return orthogonal(weight, columns, gain, rng),
            Self::HeNormal => (2.0 / input, Form::Normal),
            Self::HeUniform => (2.0 / input, Form::Uniform),
            Self::GlorotNormal => (2.0 / (input + output), Form::Normal),
            Self::GlorotUniform => (2.0 / (input + output), Form::Uniform),
            Self::LecunNormal => (1.0 / input, Form::Normal),
            Self::LecunUniform => (1.0 / input, Form::Uniform),
        };
        let _ = columns;
        match form {
            Form::Normal => {
                // The standard deviation of a standard normal truncated to [-2, 2].
                let scale = libm::sqrt(variance) / 0.879_625_661_034_239_8;
                weight.fill_with(|| T::from_f64(scale * truncated_normal(rng)));
            }
            Form::Uniform => {
                let limit = libm::sqrt(3.0 * variance);
                weight.fill_with(|| T::from_f64(limit * (2.0 * uniform(rng) - 1.0)));
            }
        }
    }
}

/// Uniform in `[0, 1)`, with 53 random bits.
pub(crate) fn uniform(rng: &mut impl Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Standard normal, by Box and Muller's transform.
pub(crate) fn normal(rng: &mut impl Rng) -> f64 {
    let radius = libm::sqrt(-2.0 * libm::log(1.0 - uniform(rng)));
    radius * libm::cos(core::f64::consts::TAU * uniform(rng))
}

/// Standard normal, drawn again until it lies in `[-2, 2]` (95 of 100 draws do).
fn truncated_normal(rng: &mut impl Rng) -> f64 {
    // A bound on the loop, for targets where none may be open: a failing generator gives 0.
    for _ in 0..64 {
        let value = normal(rng);
        if value.abs() <= 2.0 {
            return value;
        }
    }
    0.0
}

/// The orthogonal factor of a random normal matrix, its columns' signs made unique.
#[cfg(feature = "alloc")]
fn orthogonal<T: Scalar>(weight: &mut [T], columns: usize, gain: f64, rng: &mut impl Rng) {
    let columns = columns.max(1);
    let rows = weight.len() / columns;
    if rows == 0 {
        return;
    }
    let (long, short) = (rows.max(columns), rows.min(columns));
    let decomposition = nalgebra::DMatrix::from_fn(long, short, |_, _| normal(rng)).qr();
    let (q, r) = (decomposition.q(), decomposition.r());
    let signs: alloc::vec::Vec<f64> = r.diagonal().iter().map(|d| if *d < 0.0 { -gain } else { gain }).collect();
    for (row, weights) in crate::kernel::rows::in_rows_mut(weight, columns).enumerate() {
        for (column, weight) in weights.iter_mut().enumerate() {
            let at = if rows >= columns { (row, column) } else { (column, row) };
            let sign = signs.get(at.1).copied().unwrap_or(gain);
            *weight = T::from_f64(sign * q.get(at).copied().unwrap_or(0.0));
        }
    }
}

/// A generator of random numbers from a seed: the same numbers on every machine.
///
/// ```
/// use typenet::rand::Rng;
/// use typenet::network::seeded;
///
/// assert_eq!(seeded(7).next_u64(), seeded(7).next_u64());
/// assert_ne!(seeded(7).next_u64(), seeded(8).next_u64());
/// ```
#[must_use]
pub fn seeded(seed: u64) -> rand::rngs::Xoshiro256PlusPlus {
    rand::SeedableRng::seed_from_u64(seed)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::Xoshiro256PlusPlus;

    use super::*;

    const ROWS: usize = 300;
    const COLUMNS: usize = 200;
    const FAN: Fan = Fan { input: ROWS, output: COLUMNS };

    fn filled(initializer: Initializer) -> Vec<f64> {
        let mut weight = vec![f64::NAN; ROWS * COLUMNS];
        initializer.fill(&mut weight, COLUMNS, FAN, &mut Xoshiro256PlusPlus::seed_from_u64(7));
        weight
    }

    #[test]
    fn variances_and_limits_are_those_of_the_formulas() {
        let (input, output) = (ROWS as f64, COLUMNS as f64);
        // A sample variance of 60 000 values is within 3 % of the truth by far more than five
        // standard errors (0.6 % each for a normal).
        for (initializer, variance, limit) in [
            (Initializer::HeNormal, 2.0 / input, 2.0 * (2.0 / input).sqrt() / 0.8796),
            (Initializer::HeUniform, 2.0 / input, (6.0 / input).sqrt()),
            (Initializer::GlorotNormal, 2.0 / (input + output), 2.0 * (2.0 / (input + output)).sqrt() / 0.8796),
            (Initializer::GlorotUniform, 2.0 / (input + output), (6.0 / (input + output)).sqrt()),
            (Initializer::LecunNormal, 1.0 / input, 2.0 * (1.0 / input).sqrt() / 0.8796),
            (Initializer::LecunUniform, 1.0 / input, (3.0 / input).sqrt()),
        ] {
            let weight = filled(initializer);
            let mean = weight.iter().sum::<f64>() / weight.len() as f64;
            let found = weight.iter().map(|w| (w - mean) * (w - mean)).sum::<f64>() / weight.len() as f64;
            let largest = weight.iter().fold(0.0_f64, |a, w| a.max(w.abs()));
            assert!((found / variance - 1.0).abs() < 0.03, "{initializer:?}: variance {found}, not {variance}");
            assert!(mean.abs() < 5.0 * (variance / weight.len() as f64).sqrt(), "{initializer:?}: mean {mean}");
            assert!(largest <= limit * 1.0001, "{initializer:?}: largest {largest}, limit {limit}");
            assert!(largest > limit * 0.99, "{initializer:?}: largest {largest}, limit {limit}");
        }
    }

    #[test]
    fn constants_are_constant() {
        assert!(filled(Initializer::Zeros).iter().all(|w| *w == 0.0));
        assert!(filled(Initializer::Constant(0.25)).iter().all(|w| *w == 0.25));
    }

    #[test]
    fn orthogonal_vectors_are_orthogonal() {
        for (rows, columns) in [(5, 5), (7, 3), (3, 7), (1, 4), (4, 1)] {
            let mut weight = vec![f64::NAN; rows * columns];
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
            Initializer::Orthogonal(2.0).fill(&mut weight, columns, FAN, &mut rng);
            let matrix = nalgebra::DMatrix::from_row_slice(rows, columns, &weight);
            let product = if rows >= columns { matrix.transpose() * &matrix } else { &matrix * matrix.transpose() };
            let error = (product - nalgebra::DMatrix::identity(rows.min(columns), rows.min(columns)) * 4.0).abs().max();
            assert!(error < 1e-12, "{rows} x {columns}: {error}");
        }
    }

    #[test]
    fn a_generator_that_only_gives_extremes_ends() {
        struct Stuck;
        impl rand::TryRng for Stuck {
            type Error = core::convert::Infallible;
            fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
                Ok(u32::MAX)
            }
            fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
                Ok(u64::MAX)
            }
            fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
                bytes.fill(u8::MAX);
                Ok(())
            }
        }
        assert_eq!(truncated_normal(&mut Stuck), 0.0);
    }
}
