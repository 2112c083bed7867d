//! What the steps of a recurrent layer are made of.
//!
//! A recurrence cannot be one large product: each step waits for the one before it. So a layer
//! writes its steps as a [`Routine`] over a [`Unit`], and the whole sequence runs inside one choice
//! of the vector unit. Every operation takes one row, whether it is called for one step of a stream
//! or for each step of a sequence: the bits of the two are the same.

#[cfg(feature = "simd")]
mod fast;
#[cfg(feature = "simd")]
mod gates;
#[cfg(all(test, feature = "simd"))]
mod tests;

use crate::kernel::rows::in_rows;
use crate::network::Scalar;
use crate::network::scalar::sigmoid;

/// The operations of a step: by the plain reference, or by a vector unit.
pub trait Unit<T: Scalar>: Copy {
    /// `sums += row weight`: the weight has a row of `columns` for each scalar of `row`. The sums are
    /// those of its columns from `first` on.
    fn add_product(self, row: &[T], weight: &[T], columns: usize, first: usize, sums: &mut [T]);
    /// `sums += row weightᵀ`: the weight has a row for each scalar of `sums`.
    fn add_transposed_product(self, row: &[T], weight: &[T], sums: &mut [T]);
    /// `sums += values`
    fn add(self, values: &[T], sums: &mut [T]);
    /// `sums += factors ⊙ values`
    fn add_scaled(self, factors: &[T], values: &[T], sums: &mut [T]);
    /// `values = factors ⊙ values`
    fn scale(self, factors: &[T], values: &mut [T]);
    /// `values = new + keep ⊙ (values - new)`
    fn blend(self, keep: &[T], new: &[T], values: &mut [T]);
    /// The logistic function of each scalar, in place.
    fn sigmoid(self, values: &mut [T]);
    /// The hyperbolic tangent of each scalar, in place.
    fn tanh(self, values: &mut [T]);
}

/// Work that is written once and runs on any [`Unit`].
pub trait Routine<T: Scalar> {
    /// Does the work.
    fn run<U: Unit<T>>(self, unit: U);
}

/// Multiply, then add, in the order of the indices; elementary functions from `libm`: the same bits
/// on every machine.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl<T: Scalar> Unit<T> for Plain {
    fn add_product(self, row: &[T], weight: &[T], columns: usize, first: usize, sums: &mut [T]) {
        for (x, weight) in row.iter().zip(in_rows(weight, columns)) {
            for (sum, w) in sums.iter_mut().zip(weight.iter().skip(first)) {
                *sum += *x * *w;
            }
        }
    }

    fn add_transposed_product(self, row: &[T], weight: &[T], sums: &mut [T]) {
        for (sum, weight) in sums.iter_mut().zip(in_rows(weight, row.len())) {
            let mut product = T::ZERO;
            for (x, w) in row.iter().zip(weight) {
                product += *x * *w;
            }
            *sum += product;
        }
    }

    fn add(self, values: &[T], sums: &mut [T]) {
        sums.iter_mut().zip(values).for_each(|(sum, x)| *sum += *x);
    }

    fn add_scaled(self, factors: &[T], values: &[T], sums: &mut [T]) {
        sums.iter_mut().zip(factors).zip(values).for_each(|((sum, a), x)| *sum += *a * *x);
    }

    fn scale(self, factors: &[T], values: &mut [T]) {
        values.iter_mut().zip(factors).for_each(|(x, a)| *x *= *a);
    }

    fn blend(self, keep: &[T], new: &[T], values: &mut [T]) {
        values.iter_mut().zip(keep).zip(new).for_each(|((x, z), n)| *x = *n + *z * (*x - *n));
    }

    fn sigmoid(self, values: &mut [T]) {
        values.iter_mut().for_each(|x| *x = sigmoid(*x));
    }

    fn tanh(self, values: &mut [T]) {
        values.iter_mut().for_each(|x| *x = x.tanh());
    }
}

/// Runs the work on the best vector unit of the machine.
#[cfg(feature = "simd")]
pub(crate) use fast::recur;

/// Runs the work on the reference.
#[cfg(not(feature = "simd"))]
#[inline]
pub(crate) fn recur<T: Scalar>(routine: impl Routine<T>) {
    routine.run(Plain);
}
