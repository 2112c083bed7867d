//! The operations of a step by a vector unit.

use core::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};

use super::gates::Gates;
use super::{Plain, Routine, Unit};
use crate::kernel::lanes::Lanes;

/// Runs the work on the best vector unit of the machine.
#[inline]
pub(crate) fn recur<T: Gates, R: Routine<T>>(routine: R) {
    Arch::new().dispatch(On::<T, R>(routine, PhantomData));
}

pub(super) struct On<T, R>(pub R, pub PhantomData<T>);

impl<T: Gates, R: Routine<T>> WithSimd for On<T, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::IS_SCALAR {
            self.0.run(Plain);
        } else {
            self.0.run(Vectors(simd));
        }
    }
}

/// A vector unit.
#[derive(Clone, Copy)]
struct Vectors<S>(S);

impl<T: Gates, S: Simd> Unit<T> for Vectors<S> {
    #[inline(always)]
    fn add_product(self, row: &[T], weight: &[T], columns: usize, first: usize, sums: &mut [T]) {
        let (simd, lanes) = (self.0, T::lanes::<S>());
        let matrix = Matrix { values: weight, columns: columns.max(1) };
        let mut done = 0;
        while done < sums.len() {
            let vectors = (sums.len() - done) / lanes;
            let sums = sums.get_mut(done..).unwrap_or_default();
            // Two sums for each vector: with 6 or 8 of them the latency of a fused
            // multiply-add is hidden. 16 sums need 32 registers; AVX2, with vectors of 8 `f32`,
            // has 16.
            done += if vectors >= 8 && S::F32_LANES != 8 {
                add_block::<T, S, 8>(simd, row, matrix, first + done, sums)
            } else if vectors >= 6 {
                add_block::<T, S, 6>(simd, row, matrix, first + done, sums)
            } else if vectors >= 4 {
                add_block::<T, S, 4>(simd, row, matrix, first + done, sums)
            } else if vectors >= 2 {
                add_block::<T, S, 2>(simd, row, matrix, first + done, sums)
            } else if vectors == 1 {
                add_block::<T, S, 1>(simd, row, matrix, first + done, sums)
            } else {
                add_rest(simd, row, matrix, first + done, sums)
            };
        }
    }

    #[inline(always)]
    fn add_transposed_product(self, row: &[T], weight: &[T], sums: &mut [T]) {
        let columns = row.len().max(1);
        let (groups, rest) = sums.as_chunks_mut::<4>();
        let mut weights = weight.chunks_exact(4 * columns);
        for (sums, weight) in groups.iter_mut().zip(&mut weights) {
            add_dots(self.0, row, weight, sums);
        }
        for (sum, weight) in rest.iter_mut().zip(weights.remainder().chunks_exact(columns)) {
            add_dots(self.0, row, weight, core::array::from_mut(sum));
        }
    }

    #[inline(always)]
    fn add(self, values: &[T], sums: &mut [T]) {
        let simd = self.0;
        elementwise(simd, sums, [values], |sum, [x]| T::plus(simd, sum, x));
    }

    #[inline(always)]
    fn add_scaled(self, factors: &[T], values: &[T], sums: &mut [T]) {
        let simd = self.0;
        elementwise(simd, sums, [factors, values], |sum, [a, x]| T::fused(simd, a, x, sum));
    }

    #[inline(always)]
    fn scale(self, factors: &[T], values: &mut [T]) {
        let simd = self.0;
        let zero = T::splat(simd, T::ZERO);
        elementwise(simd, values, [factors], |x, [a]| T::fused(simd, a, x, zero));
    }

    #[inline(always)]
    fn blend(self, keep: &[T], new: &[T], values: &mut [T]) {
        let simd = self.0;
        let minus_one = T::splat(simd, -T::ONE);
        elementwise(simd, values, [keep, new], |x, [z, n]| T::fused(simd, z, T::fused(simd, n, minus_one, x), n));
    }

    #[inline(always)]
    fn sigmoid(self, values: &mut [T]) {
        T::sigmoids(self.0, values);
    }

    #[inline(always)]
    fn tanh(self, values: &mut [T]) {
        T::tanhs(self.0, values);
    }
}

/// `values = f(values, others)`, vector by vector.
#[inline(always)]
fn elementwise<T: Lanes, S: Simd, const N: usize>(
    simd: S,
    values: &mut [T],
    others: [&[T]; N],
    f: impl Fn(T::Vector<S>, [T::Vector<S>; N]) -> T::Vector<S>,
) {
    let lanes = T::lanes::<S>();
    let whole = values.len() - values.len() % lanes;
    let (vectors, rest) = T::split_mut::<S>(values);
    for (at, value) in vectors.iter_mut().enumerate() {
        let others = others.map(|other| T::split::<S>(other).0.get(at).copied().unwrap_or(*value));
        *value = f(*value, others);
    }
    if !rest.is_empty() {
        let others = others.map(|other| T::load(simd, other.get(whole..).unwrap_or_default()));
        let value = f(T::load(simd, rest), others);
        T::store(simd, rest, value);
    }
}

/// A weight: row after row.
#[derive(Clone, Copy)]
struct Matrix<'a, T> {
    values: &'a [T],
    columns: usize,
}

/// `C` vectors of sums, of the columns from one on. Returns how many sums that are.
#[inline(always)]
fn add_block<T: Lanes, S: Simd, const C: usize>(
    simd: S,
    row: &[T],
    matrix: Matrix<'_, T>,
    column: usize,
    sums: &mut [T],
) -> usize {
    let width = C * T::lanes::<S>();
    let block = |weight: &[T]| {
        let weight = weight.get(column..column + width)?;
        T::split::<S>(weight).0.first_chunk::<C>().copied()
    };
    let place = sums.get_mut(..width).and_then(|sums| T::split_mut::<S>(sums).0.first_chunk_mut::<C>());
    let Some(place) = place else { return width };
    let (mut even, mut odd) = (*place, [T::splat(simd, T::ZERO); C]);
    let (pairs, last) = row.as_chunks::<2>();
    let mut weights = matrix.values.chunks_exact(2 * matrix.columns);
    for ([first, second], weights) in pairs.iter().zip(&mut weights) {
        let (one, two) = weights.split_at_checked(matrix.columns).unwrap_or_default();
        let (Some(one), Some(two)) = (block(one), block(two)) else { break };
        let (first, second) = (T::splat(simd, *first), T::splat(simd, *second));
        for (sum, w) in even.iter_mut().zip(one) {
            *sum = T::fused(simd, first, w, *sum);
        }
        for (sum, w) in odd.iter_mut().zip(two) {
            *sum = T::fused(simd, second, w, *sum);
        }
    }
    if let ([x], Some(weight)) = (last, block(weights.remainder())) {
        for (sum, w) in even.iter_mut().zip(weight) {
            *sum = T::fused(simd, T::splat(simd, *x), w, *sum);
        }
    }
    for ((place, even), odd) in place.iter_mut().zip(even).zip(odd) {
        *place = T::plus(simd, even, odd);
    }
    width
}

/// Less than one vector of sums: what is left after the last block. Returns how many they are.
#[inline(always)]
fn add_rest<T: Lanes, S: Simd>(simd: S, row: &[T], matrix: Matrix<'_, T>, column: usize, sums: &mut [T]) -> usize {
    let width = sums.len();
    let mut sum = T::load(simd, sums);
    for (x, weight) in row.iter().zip(matrix.values.chunks_exact(matrix.columns)) {
        let weight = T::load(simd, weight.get(column..column + width).unwrap_or_default());
        sum = T::fused(simd, T::splat(simd, *x), weight, sum);
    }
    T::store(simd, sums, sum);
    width
}

/// Adds the dot products of one row with `R` rows of a weight, lane by lane.
#[inline(always)]
fn add_dots<T: Lanes, S: Simd, const R: usize>(simd: S, row: &[T], weight: &[T], sums: &mut [T; R]) {
    let mut rows = weight.chunks_exact(row.len().max(1));
    let rows: [&[T]; R] = core::array::from_fn(|_| rows.next().unwrap_or_default());
    let rows = rows.map(T::split::<S>);
    let (vectors, rest) = T::split::<S>(row);
    let mut dots = [T::splat(simd, T::ZERO); R];
    for (at, x) in vectors.iter().enumerate() {
        for (dot, (row, _)) in dots.iter_mut().zip(rows) {
            let Some(w) = row.get(at) else { return };
            *dot = T::fused(simd, *x, *w, *dot);
        }
    }
    for ((sum, dot), (_, odd)) in sums.iter_mut().zip(dots).zip(rows) {
        *sum += T::sum(simd, T::fused(simd, T::load(simd, rest), T::load(simd, odd), dot));
    }
}
