//! Standard scaling.

use crate::error::Error;
use crate::kernel::rows::{in_blocks_mut, in_rows, in_rows_mut};
use crate::network::{Scalar, Tensor};

/// Makes each feature have mean 0 and standard deviation 1: `(x - mean) / scale`, for each scalar
/// position of `X` over the samples, as scikit-learn's `StandardScaler` does.
///
/// The variance is the biased one, `Σ (x - mean)² / n`. A feature that is constant has scale 1.
/// Statistics are summed up in `f64` and kept as `X`, so that a scaler fitted on a desktop can be
/// a constant on a microcontroller: it needs no heap.
///
/// Fit it on the training rows only, and apply it to both sides.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut train = [[1.0_f32, 10.0], [3.0, 10.0]];
/// let mut test = [[4.0_f32, 11.0]];
/// let scaler = StandardScaler::fit(&train)?;
/// scaler.transform(&mut train);
/// scaler.transform(&mut test);
/// assert_eq!(train, [[-1.0, 0.0], [1.0, 0.0]]);
/// assert_eq!(test, [[2.0, 1.0]]);
/// # Ok::<(), typenet::Error>(())
/// ```
///
/// A scaler of a whole sequence `[[T; FEATURES]; STEPS]` has a mean for each feature of each step. For one mean for each
/// feature over all steps, take the scaler of a step, which a stream on a device needs, too:
///
/// ```
/// use typenet::prelude::*;
///
/// let mut sequences = [[[1.0_f32, 7.0], [3.0, 7.0]], [[1.0, 7.0], [3.0, 7.0]]];
/// let scaler = StandardScaler::fit(sequences.as_flattened())?; // counts steps: sample 3 is the last
/// assert_eq!(scaler, StandardScaler { mean: [2.0, 7.0], scale: [1.0, 1.0] });
/// scaler.transform(sequences.as_flattened_mut());
/// assert_eq!(sequences, [[[-1.0, 0.0], [1.0, 0.0]]; 2]);
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Zeroable)]
pub struct StandardScaler<X> {
    /// The mean of each feature.
    pub mean: X,
    /// The standard deviation of each feature, or 1 where it is constant.
    pub scale: X,
}

/// Features that are summed up in one pass over the samples: a cache line of `f32`.
const BLOCK: usize = 16;

impl<X: Tensor> StandardScaler<X> {
    /// Measures mean and standard deviation of each feature.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] without samples; [`Error::NotFinite`] for a value that is not; [`Error::Setting`]
    /// where a mean, a variance or a value less its mean is not.
    pub fn fit(samples: &[X]) -> Result<Self, Error> {
        let mut scaler = Self { mean: X::ZERO, scale: X::ZERO };
        scaler.measure(samples)?;
        Ok(scaler)
    }

    /// The same on the heap, of samples whose statistics may be too large for the stack.
    ///
    /// # Errors
    ///
    /// The same.
    #[cfg(feature = "alloc")]
    pub fn fit_boxed(samples: &[X]) -> Result<alloc::boxed::Box<Self>, Error> {
        let mut scaler: alloc::boxed::Box<Self> = bytemuck::zeroed_box();
        scaler.measure(samples)?;
        Ok(scaler)
    }

    fn measure(&mut self, samples: &[X]) -> Result<(), Error> {
        if samples.is_empty() {
            return Err(Error::Empty("fit a scaler to"));
        }
        check_finite(samples)?;
        let count = samples.len() as f64;
        let rows = || in_rows(X::flat(samples), X::LEN);
        let means = in_blocks_mut(X::flat_mut(core::slice::from_mut(&mut self.mean)), BLOCK);
        let scales = in_blocks_mut(X::flat_mut(core::slice::from_mut(&mut self.scale)), BLOCK);
        for (block, (means, scales)) in means.zip(scales).enumerate() {
            let first = block * BLOCK;
            let mut center = [0.0; BLOCK];
            for row in rows() {
                center.iter_mut().zip(row.iter().skip(first)).for_each(|(sum, x)| *sum += x.to_f64());
            }
            center.iter_mut().for_each(|sum| *sum /= count);
            let mut deviation = [[0.0; 2]; BLOCK];
            let mut farthest = [0.0; BLOCK];
            for row in rows() {
                let sums = deviation.iter_mut().zip(&mut farthest).zip(&center);
                for ((([sum, squares], farthest), center), x) in sums.zip(row.iter().skip(first)) {
                    let difference = x.to_f64() - center;
                    *sum += difference;
                    *squares += difference * difference;
                    *farthest = difference.abs().max(*farthest);
                }
            }
            // In the type of the samples the way from the mean may be too far for a number.
            for farthest in farthest {
                let holds = X::Scalar::from_f64(farthest).is_finite();
                Error::check("the distance of a value from its feature's mean", farthest, "finite as a sample", holds)?;
            }
            for (((mean, scale), center), [sum, squares]) in means.iter_mut().zip(scales).zip(center).zip(deviation) {
                // The second term takes out what the mean was rounded by.
                let variance = (squares - sum * sum / count) / count;
                Error::check("the mean of a feature", center, "finite", center.is_finite())?;
                Error::check("the variance of a feature", variance, "finite", variance.is_finite())?;
                *mean = X::Scalar::from_f64(center);
                *scale = scale_of(center, variance, count);
            }
        }
        Ok(())
    }

    /// Scales samples in place.
    pub fn transform(&self, samples: &mut [X]) {
        self.apply(samples, |x, mean, scale| (x - mean) / scale);
    }

    /// Undoes [`transform`](Self::transform).
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut samples = [[1.0_f32], [3.0]];
    /// let scaler = StandardScaler::fit(&samples)?;
    /// scaler.transform(&mut samples);
    /// scaler.inverse_transform(&mut samples);
    /// assert_eq!(samples, [[1.0], [3.0]]);
    /// # Ok::<(), typenet::Error>(())
    /// ```
    pub fn inverse_transform(&self, samples: &mut [X]) {
        self.apply(samples, |x, mean, scale| x * scale + mean);
    }

    fn apply(&self, samples: &mut [X], f: impl Fn(X::Scalar, X::Scalar, X::Scalar) -> X::Scalar) {
        apply(samples, &self.mean, &self.scale, f);
    }
}

/// Finds the first number that is not finite.
pub(super) fn check_finite<X: Tensor>(samples: &[X]) -> Result<(), Error> {
    let mut values = X::flat(samples).iter().map(|x| x.to_f64()).enumerate();
    let length = X::LEN.max(1);
    values
        .find(|(_, value)| !value.is_finite())
        .map_or(Ok(()), |(at, value)| Err(Error::NotFinite { sample: at / length, feature: at % length, value }))
}

/// Changes each scalar by its feature's centre and scale.
pub(super) fn apply<X: Tensor>(
    samples: &mut [X],
    center: &X,
    scale: &X,
    f: impl Fn(X::Scalar, X::Scalar, X::Scalar) -> X::Scalar,
) {
    let (centers, scales) = (X::flat(core::slice::from_ref(center)), X::flat(core::slice::from_ref(scale)));
    for sample in in_rows_mut(X::flat_mut(samples), X::LEN) {
        for ((x, center), scale) in sample.iter_mut().zip(centers).zip(scales) {
            *x = f(*x, *center, *scale);
        }
    }
}

/// The standard deviation, or 1 for a feature that is constant up to rounding.
fn scale_of<T: Scalar>(mean: f64, variance: f64, count: f64) -> T {
    // How far the variance of a constant can be from 0 for its sums' rounding alone: the bound
    // of scikit-learn.
    let rounding = count * mean * f64::EPSILON;
    let constant = variance <= count * f64::EPSILON * variance + rounding * rounding;
    let scale = T::from_f64(libm::sqrt(variance));
    if constant || scale == T::ZERO { T::ONE } else { scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of scikit-learn 1.9: `StandardScaler().fit(x).mean_` and `.scale_`.
    #[test]
    fn statistics_are_those_of_scikit_learn() {
        let samples: [[f64; 3]; 4] =
            [[1.0, -2.0, 1e6], [2.0, 0.5, 1e6 + 1.0], [4.0, 7.25, 1e6 + 3.0], [8.0, 0.125, 1e6 - 2.0]];
        let scaler = StandardScaler::fit(&samples).unwrap();
        let mean = [3.75, 1.46875, 1000000.5];
        let scale = [2.680_951_323_690_902, 3.471_282_859_045_053_3, 1.802_775_637_731_994_6];
        for ((found, expected), tolerance) in
            scaler.mean.iter().zip(mean).chain(scaler.scale.iter().zip(scale)).zip([1e-15; 6])
        {
            // A few roundings of f64.
            assert!((found / expected - 1.0).abs() < 4.0 * tolerance, "{found}, not {expected}");
        }
        let mut scaled = samples;
        scaler.transform(&mut scaled);
        assert!((scaled[3][0] - 1.585_258_174_008_533_4).abs() < 1e-14);
        assert!((scaled[0][1] + 0.999_270_339_195_075).abs() < 1e-14);
        scaler.inverse_transform(&mut scaled);
        for (found, expected) in scaled.as_flattened().iter().zip(samples.as_flattened()) {
            assert!((found - expected).abs() <= 1e-15 * expected.abs().max(4.0), "{found}, not {expected}");
        }
    }

    #[test]
    fn constant_features_are_only_moved() {
        // The mean of three times 0.1 is not 0.1 in floating point.
        let mut samples = [[0.1, 7.0], [0.1, 7.0], [0.1, 7.0]];
        let scaler = StandardScaler::fit(&samples).unwrap();
        assert_eq!(scaler.scale, [1.0, 1.0]);
        scaler.transform(&mut samples);
        assert!(samples.as_flattened().iter().all(|x: &f64| x.abs() < 1e-15));
        // Half of the smallest f32 rounds to 0, which cannot divide.
        let scaler = StandardScaler::fit(&[0.0_f32, 1e-45]).unwrap();
        assert_eq!(scaler.scale, 1.0);
    }

    #[test]
    fn positions_beyond_a_block_and_nested_tensors_have_their_own_statistics() {
        // Position i holds i - 1 and i + 1 times (i + 1).
        let mut low = [[0.0_f32; 19]; 3];
        let mut high = low;
        for (i, (low, high)) in low.as_flattened_mut().iter_mut().zip(high.as_flattened_mut()).enumerate() {
            *low = -(i as f32 + 1.0);
            *high = 3.0 * (i as f32 + 1.0);
        }
        let scaler = StandardScaler::fit(&[low, high]).unwrap();
        for (i, (mean, scale)) in scaler.mean.as_flattened().iter().zip(scaler.scale.as_flattened()).enumerate() {
            assert_eq!((*mean, *scale), (i as f32 + 1.0, 2.0 * (i as f32 + 1.0)));
        }
    }

    #[test]
    fn sums_are_in_double_precision() {
        // In f32, 2^24 + 1 is 2^24: a sum would stop counting there.
        let mut samples = std::vec![[1.0_f32]; 1000];
        samples[0] = [16_777_216.0];
        let scaler = StandardScaler::fit(&samples).unwrap();
        assert_eq!(scaler.mean, [16_778.215]);
    }

    #[test]
    fn values_that_would_become_infinite_are_refused() {
        // The last is further from the mean than the largest f32 from 0.
        let samples = [[3.4e38_f32], [3.4e38], [-3.4e38]];
        let error = StandardScaler::fit(&samples).unwrap_err();
        assert!(error.to_string().starts_with("the distance of a value from its feature's mean is 4533333"), "{error}");
        for samples in [[[3.4e38_f32], [-3.4e38], [0.0]], [[1.0], [1e38], [-1e38]], [[1e-45], [0.0], [3e-45]]] {
            let mut scaled = samples;
            StandardScaler::fit(&samples).unwrap().transform(&mut scaled);
            assert!(scaled.as_flattened().iter().all(|x| x.is_finite()), "{samples:?}: {scaled:?}");
        }
    }

    #[cfg(feature = "alloc")]
    #[test]
    fn the_same_on_the_heap() {
        let samples = [[1.0_f32, 5.0], [2.0, 7.0]];
        assert_eq!(*StandardScaler::fit_boxed(&samples).unwrap(), StandardScaler::fit(&samples).unwrap());
        assert!(StandardScaler::<[f32; 2]>::fit_boxed(&[]).is_err());
    }

    #[test]
    fn unusable_samples_are_errors() {
        assert_eq!(StandardScaler::<[f32; 2]>::fit(&[]), Err(Error::Empty("fit a scaler to")));
        for (bad, sentence) in [
            (f64::NAN, "feature 1 of sample 1 is NaN, but must be finite (both are counted from 0)"),
            (f64::INFINITY, "feature 1 of sample 1 is inf, but must be finite (both are counted from 0)"),
            (1e200, "the variance of a feature is inf, but must be finite"),
        ] {
            let error = StandardScaler::fit(&[[0.0, 1.0], [0.0, bad]]).unwrap_err();
            assert_eq!(error.to_string(), sentence);
        }
        assert_eq!(StandardScaler::fit(&[[0.0_f32; 0]]), Ok(StandardScaler { mean: [], scale: [] }));
    }
}
