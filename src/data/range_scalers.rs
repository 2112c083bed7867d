//! Scaling by range and by quantiles.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::data::scaler::{apply, check_finite};
use crate::error::Error;
use crate::network::{Scalar, Tensor, Zero};

/// Measures centre and scale of each feature, from its sorted values.
fn measure<X: Tensor>(
    samples: &[X],
    center: &mut X,
    scale: &mut X,
    mut measure: impl FnMut(&[f64]) -> [f64; 2],
) -> Result<(), Error> {
    if samples.is_empty() {
        return Err(Error::Empty("fit a scaler to"));
    }
    check_finite(samples)?;
    let centers = X::flat_mut(core::slice::from_mut(center)).iter_mut();
    let scales = X::flat_mut(core::slice::from_mut(scale));
    let mut column = Vec::with_capacity(samples.len());
    for (feature, (center, scale)) in centers.zip(scales).enumerate() {
        column.clear();
        column.extend(X::flat(samples).iter().skip(feature).step_by(X::LEN.max(1)).map(|x| x.to_f64()));
        column.sort_by(f64::total_cmp);
        let [middle, width] = measure(&column);
        *center = X::Scalar::from_f64(middle);
        *scale = X::Scalar::from_f64(width);
        Error::check("the range of a feature", scale.to_f64(), "finite", scale.is_finite())?;
        if *scale == X::Scalar::ZERO {
            *scale = X::Scalar::ONE;
        }
        // Outliers of a feature that is nearly constant may be beyond every number.
        for extreme in [column.first(), column.last()].into_iter().flatten() {
            let scaled = (X::Scalar::from_f64(*extreme) - *center) / *scale;
            Error::check("a value after scaling", scaled.to_f64(), "finite", scaled.is_finite())?;
        }
    }
    Ok(())
}

macro_rules! scaler {
    ($(#[$doc:meta])+ $scaler:ident { $(#[$center_doc:meta])+ $center:ident, $(#[$scale_doc:meta])+ $scale:ident },
     $measure:expr) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, bytemuck::Zeroable)]
        pub struct $scaler<X> {
            $(#[$center_doc])+
            pub $center: X,
            $(#[$scale_doc])+
            pub $scale: X,
        }

        impl<X: Tensor> $scaler<X> {
            /// Measures each feature. Fit it on the training rows only. Of sequences, the scaler of a step measures
            /// each feature over all steps, as a [`StandardScaler`](crate::data::StandardScaler) does.
            ///
            /// # Errors
            ///
            /// [`Error::Empty`] without samples; [`Error::NotFinite`] for the first value that is not;
            /// [`Error::Setting`] where the range of a feature, or a value after scaling, is not.
            pub fn fit(samples: &[X]) -> Result<Self, Error> {
                let mut scaler = Self { $center: X::ZERO, $scale: X::ZERO };
                measure(samples, &mut scaler.$center, &mut scaler.$scale, $measure)?;
                Ok(scaler)
            }

            /// The same on the heap, of samples whose ranges may be too large for the stack.
            ///
            /// # Errors
            ///
            /// The same.
            pub fn fit_boxed(samples: &[X]) -> Result<Box<Self>, Error> {
                let mut scaler: Box<Self> = bytemuck::zeroed_box();
                let Self { $center: center, $scale: scale } = &mut *scaler;
                measure(samples, center, scale, $measure)?;
                Ok(scaler)
            }

            /// Scales samples in place.
            pub fn transform(&self, samples: &mut [X]) {
                apply(samples, &self.$center, &self.$scale, |x, center, scale| (x - center) / scale);
            }

            /// Undoes [`transform`](Self::transform).
            pub fn inverse_transform(&self, samples: &mut [X]) {
                apply(samples, &self.$center, &self.$scale, |x, center, scale| x * scale + center);
            }
        }
    };
}

scaler!(
    /// Moves each feature into `[0, 1]`: `(x - minimum) / range`, as scikit-learn's `MinMaxScaler` does. A
    /// feature that is constant has range 1.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut samples = [[1.0_f32, 10.0], [3.0, 10.0], [2.0, 10.0]];
    /// MinMaxScaler::fit(&samples)?.transform(&mut samples);
    /// assert_eq!(samples, [[0.0, 0.0], [1.0, 0.0], [0.5, 0.0]]);
    /// # Ok::<(), typenet::Error>(())
    /// ```
    MinMaxScaler {
        /// The smallest value of each feature.
        minimum,
        /// The largest less the smallest value of each feature, or 1 where it is constant.
        range
    },
    |sorted| match sorted {
        [smallest, .., largest] => [*smallest, largest - smallest],
        [only] => [*only, 0.0],
        [] => [0.0; 2],
    }
);

scaler!(
    /// Scales each feature by its median and the distance of its quartiles, `(x - median) / (third quartile -
    /// first quartile)`, as scikit-learn's `RobustScaler` does: outliers move neither. A feature whose
    /// quartiles are equal has range 1.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut samples = [[1.0_f64], [2.0], [3.0], [4.0], [1000.0]];
    /// RobustScaler::fit(&samples)?.transform(&mut samples);
    /// assert_eq!(samples, [[-1.0], [-0.5], [0.0], [0.5], [498.5]]);
    /// # Ok::<(), typenet::Error>(())
    /// ```
    RobustScaler {
        /// The median of each feature.
        median,
        /// The distance of the quartiles of each feature, or 1 where they are equal.
        range
    },
    |sorted| [quantile(sorted, 0.5), quantile(sorted, 0.75) - quantile(sorted, 0.25)]
);

/// The value at a share of the sorted values, on a straight line between two (the definition of NumPy).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let below = libm::floor(place);
    let at = |place: f64| sorted.get(place as usize).or(sorted.last()).copied().unwrap_or(0.0);
    at(below) + (at(below + 1.0) - at(below)) * (place - below)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLES: [[[f64; 2]; 1]; 4] = [[[4.0, 7.0]], [[-1.0, 7.0]], [[9.0, 7.0]], [[0.0, 7.0]]];

    #[test]
    fn by_hand() {
        let scaler = MinMaxScaler::fit(&SAMPLES).unwrap();
        assert_eq!((scaler.minimum, scaler.range), ([[-1.0, 7.0]], [[10.0, 1.0]]));
        // Sorted -1, 0, 4, 9: quartiles at 0.75, 1.5 and 2.25.
        let scaler = RobustScaler::fit(&SAMPLES).unwrap();
        assert_eq!((scaler.median, scaler.range), ([[2.0, 7.0]], [[5.25 - -0.25, 1.0]]));
    }

    #[test]
    fn a_range_that_is_no_number_is_refused() {
        let infinite = |result: Result<(), Error>| {
            assert!(matches!(result, Err(Error::Setting { name: "the range of a feature", .. })), "{result:?}");
        };
        infinite(MinMaxScaler::fit(&[[3e38_f32], [-3e38]]).map(drop));
        infinite(MinMaxScaler::fit(&[[1.5e308_f64], [-1.5e308]]).map(drop));
        assert!(MinMaxScaler::fit(&[[1.5e38_f32], [-1.5e38]]).is_ok());
        // Quartiles of 0 and 1e-5, and an outlier that is then beyond f32.
        let error = RobustScaler::fit(&[[0.0_f32], [0.0], [1e-5], [1e-5], [3e38]]).unwrap_err();
        assert!(matches!(error, Error::Setting { name: "a value after scaling", .. }), "{error}");
        assert!(RobustScaler::fit(&[[0.0_f32], [0.0], [1e-5], [1e-5], [3e32]]).is_ok());
    }

    #[test]
    fn features_of_sequences_are_measured_over_all_steps() {
        let samples = [[[0.0_f32, 7.0], [3.0, 7.0]], [[1.0, 7.0], [5.0, 7.0]]];
        let scaler = MinMaxScaler::fit(samples.as_flattened()).unwrap();
        assert_eq!(scaler, MinMaxScaler { minimum: [0.0, 7.0], range: [5.0, 1.0] });
        let scaler = RobustScaler::fit(samples.as_flattened()).unwrap();
        assert_eq!(scaler, RobustScaler { median: [2.0, 7.0], range: [3.5 - 0.75, 1.0] });
        assert_eq!(*RobustScaler::fit_boxed(&samples).unwrap(), RobustScaler::fit(&samples).unwrap());
    }

    #[test]
    fn the_inverse_gives_back() {
        let mut samples = SAMPLES;
        let scaler = RobustScaler::fit(&samples).unwrap();
        scaler.transform(&mut samples);
        assert_eq!(samples[0], [[2.0 / 5.5, 0.0]]);
        scaler.inverse_transform(&mut samples);
        for (found, expected) in samples.as_flattened().as_flattened().iter().zip(SAMPLES.as_flattened().as_flattened())
        {
            assert!((found - expected).abs() < 1e-14);
        }
        let mut samples = SAMPLES;
        let scaler = MinMaxScaler::fit(&samples).unwrap();
        scaler.transform(&mut samples);
        assert_eq!(samples.map(|[[x, _]]| x), [0.5, 0.0, 1.0, 0.1]);
        scaler.inverse_transform(&mut samples);
        assert_eq!(samples, SAMPLES);
    }

    #[test]
    fn one_sample_none_and_not_a_number() {
        let one = MinMaxScaler::fit(&[[3.0_f32]]).unwrap();
        assert_eq!((one.minimum, one.range), ([3.0], [1.0]));
        assert_eq!(RobustScaler::fit(&[[3.0_f32]]).unwrap().median, [3.0]);
        assert!(MinMaxScaler::<[f32; 1]>::fit(&[]).is_err());
        let error = MinMaxScaler::fit(&[[1.0, 2.0], [f64::INFINITY, 2.0]]).unwrap_err();
        assert_eq!(error, Error::NotFinite { sample: 1, feature: 0, value: f64::INFINITY });
        assert!(RobustScaler::fit(&[[1.0], [f64::INFINITY]]).is_err());
    }
}
