//! Scalers in a file of tensors.

use core::slice::{from_mut, from_ref};
use std::collections::BTreeMap;
use std::format;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use safetensors::Dtype;

use super::arrays::{get, put};
use super::{Mismatch, Tensor, TensorError, TensorFile};
use crate::data::{MinMaxScaler, RobustScaler, StandardScaler};
use crate::network::Scalar;
use crate::network::tensor::{Tensor as Sample, Zero};

/// What the names of scalers start with. No field of a network can be called so.
const PREFIX: &str = "scaler[";

/// Whether a tensor belongs to a scaler.
pub(super) fn is_scaler(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// A scaler that can be kept in a [`TensorFile`]: two numbers for each feature.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(<RobustScaler<[f32; 20]> as SavedScaler>::NAMES, ["median", "range"]);
/// ```
pub trait SavedScaler: Sized {
    /// What is scaled.
    type Sample: Sample;
    /// The names of its two arrays.
    const NAMES: [&'static str; 2];
    /// Its two arrays.
    fn arrays(&self) -> [&Self::Sample; 2];
    /// The scaler of two arrays.
    fn from_arrays(arrays: [Self::Sample; 2]) -> Self;
}

macro_rules! saved {
    ($scaler:ident { $center:ident, $scale:ident }) => {
        impl<X: Sample> SavedScaler for $scaler<X> {
            type Sample = X;
            const NAMES: [&'static str; 2] = [stringify!($center), stringify!($scale)];

            fn arrays(&self) -> [&X; 2] {
                [&self.$center, &self.$scale]
            }

            fn from_arrays([$center, $scale]: [X; 2]) -> Self {
                Self { $center, $scale }
            }
        }
    };
}

saved!(StandardScaler { mean, scale });
saved!(MinMaxScaler { minimum, range });
saved!(RobustScaler { median, range });

fn full_name(scaler: &str, array: &str) -> String {
    format!("{PREFIX}{scaler}].{array}")
}

impl TensorFile {
    /// The same file with a scaler, under a name of one's choice, so that whoever loads the network scales its
    /// inputs as they were scaled in training. Its arrays are vectors of as many numbers as a sample has,
    /// called `scaler[inputs].mean` and so on.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut inputs = [[1.0_f32, 10.0], [3.0, 30.0]];
    /// let scaler = StandardScaler::fit(&inputs)?;
    /// scaler.transform(&mut inputs);
    /// let network = initialized::<Dense<2, 1>>(1);
    /// let file = TensorFile::of(&*network, Names::PyTorch)?.with_scaler("inputs", &scaler)?;
    ///
    /// // The same numbers, to the last bit.
    /// let file = TensorFile::from_bytes(&file.to_bytes()?, "model")?;
    /// assert_eq!(file.scaler::<StandardScaler<[f32; 2]>>("inputs")?, scaler);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TensorError::SameName`] where there is a scaler of that name; [`TensorError::Mismatch`] where it holds a
    /// number that is not finite, or a scale that is not positive.
    pub fn with_scaler<S: SavedScaler>(mut self, name: &str, scaler: &S) -> Result<Self, TensorError> {
        let mismatches = unusable(name, scaler);
        if !mismatches.is_empty() {
            return Err(TensorError::Mismatch { file: self.file, what: "scaler", mismatches });
        }
        for (array, sample) in S::NAMES.into_iter().zip(scaler.arrays()) {
            self.insert(full_name(name, array), tensor(S::Sample::flat(from_ref(sample))))?;
        }
        Ok(self)
    }

    /// A scaler in the file.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let file = TensorFile::new().with_scaler("inputs", &MinMaxScaler::fit(&[[1.0_f32], [3.0]])?)?;
    /// let error = file.scaler::<StandardScaler<[f32; 1]>>("inputs").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the file does not fit the scaler, in 4 places:
    ///   scaler[inputs].mean is missing: the shape [1] is needed
    ///   scaler[inputs].scale is missing: the shape [1] is needed
    ///   scaler[inputs].minimum of shape [1] has no place
    ///   scaler[inputs].range of shape [1] has no place",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TensorError::Mismatch`] lists everything that does not fit: of a scaler of another kind, of another number
    /// of features, or of another type of numbers, which are not converted; numbers that are not finite, scales that
    /// are not positive.
    pub fn scaler<S: SavedScaler>(&self, name: &str) -> Result<S, TensorError> {
        let names = S::NAMES.map(|array| full_name(name, array));
        let mut arrays = [S::Sample::ZERO; 2];
        let mut mismatches = Vec::new();
        for (name, sample) in names.iter().zip(&mut arrays) {
            let values = S::Sample::flat_mut(from_mut(sample));
            mismatches.extend(read(&self.tensors, name, values).err());
        }
        let (first, end) = (full_name(name, ""), names);
        let others = self.tensors.iter().filter(|(name, _)| name.starts_with(&first) && !end.contains(name));
        mismatches.extend(
            others.map(|(name, tensor)| Mismatch::Unexpected { name: name.clone(), found: tensor.shape.clone() }),
        );
        if mismatches.is_empty() {
            let scaler = S::from_arrays(arrays);
            mismatches = unusable(name, &scaler);
            if mismatches.is_empty() {
                return Ok(scaler);
            }
        }
        Err(TensorError::Mismatch { file: self.file.clone(), what: "scaler", mismatches })
    }
}

/// The numbers that nothing can be scaled by: the first array is subtracted, the second divides.
fn unusable<S: SavedScaler>(name: &str, scaler: &S) -> Vec<Mismatch> {
    let needed = [("a finite one", f64::MIN), ("a finite one above 0", f64::MIN_POSITIVE * f64::EPSILON)];
    let arrays = S::NAMES.into_iter().zip(scaler.arrays()).zip(needed);
    let mismatch = |((array, sample), (expected, least)): ((&str, &S::Sample), (&'static str, f64))| {
        let mut numbers = S::Sample::flat(from_ref(sample)).iter().map(|value| value.to_f64());
        let value = numbers.find(|value| !(least..=f64::MAX).contains(value))?;
        Some(Mismatch::Number { name: full_name(name, array), value, expected })
    };
    arrays.filter_map(mismatch).collect()
}

fn dtype<T: Scalar>() -> Dtype {
    if core::any::type_name::<T>() == core::any::type_name::<f32>() { Dtype::F32 } else { Dtype::F64 }
}

fn tensor<T: Scalar>(values: &[T]) -> Tensor {
    let dtype = dtype::<T>();
    let size = if dtype == Dtype::F32 { 4 } else { 8 };
    let mut bytes = vec![0; values.len() * size];
    for (place, value) in values.iter().enumerate() {
        put(&mut bytes, dtype, place, value.to_f64());
    }
    Tensor { dtype, shape: Vec::from([values.len()]), bytes }
}

fn read<T: Scalar>(tensors: &BTreeMap<String, Tensor>, name: &str, values: &mut [T]) -> Result<(), Mismatch> {
    let (name, expected) = (name.to_string(), Vec::from([values.len()]));
    let Some(tensor) = tensors.get(&name) else { return Err(Mismatch::Missing { name, expected }) };
    if tensor.shape != expected {
        return Err(Mismatch::Shape { name, found: tensor.shape.clone(), expected });
    }
    if tensor.dtype != dtype::<T>() {
        let (found, expected) = (format!("{:?}", tensor.dtype), format!("{:?}", dtype::<T>()));
        return Err(Mismatch::Type { name, found, expected });
    }
    for (place, value) in values.iter_mut().enumerate() {
        *value = T::from_f64(get(tensor, place).unwrap_or_default());
    }
    Ok(())
}
