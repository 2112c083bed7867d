//! What the steps of a recurrent layer are made of.
//!
//! A recurrence cannot be one large product: each step waits for the one before it. So a layer
//! writes its steps as a [`Routine`] over a [`Unit`], and the whole sequence runs inside one choice
//! of the vector unit. Every operation takes one row, whether it is called for one step of a stream
//! or for each step of a sequence: the bits of the two are the same.

use crate::scalar::{Scalar, sigmoid};

/// The operations of a step: by the plain reference, or by a vector unit.
pub trait Unit<T: Scalar>: Copy {
    /// `sums += row weight`: the weight has a row for each scalar of `row`. Its rows are `stride`
    /// apart, and the first scalars of each are taken.
    fn add_product(self, row: &[T], weight: &[T], stride: usize, sums: &mut [T]);
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
    fn add_product(self, row: &[T], weight: &[T], stride: usize, sums: &mut [T]) {
        for (x, weight) in row.iter().zip(weight.chunks(stride.max(1))) {
            for (sum, w) in sums.iter_mut().zip(weight) {
                *sum += *x * *w;
            }
        }
    }

    fn add_transposed_product(self, row: &[T], weight: &[T], sums: &mut [T]) {
        for (sum, weight) in sums.iter_mut().zip(weight.chunks_exact(row.len().max(1))) {
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

#[cfg(feature = "simd")]
pub(super) mod fast {
    use pulp::{Arch, Simd, WithSimd};

    use super::{Plain, Routine, Unit};
    use crate::kernel::lanes::Lanes;

    /// Runs the work on the best vector unit of the machine.
    #[inline]
    pub(crate) fn recur<T: Gates, R: Routine<T>>(routine: R) {
        Arch::new().dispatch(On::<T, R>(routine, core::marker::PhantomData));
    }

    pub(in crate::kernel) struct On<T, R>(pub R, pub core::marker::PhantomData<T>);

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
        fn add_product(self, row: &[T], weight: &[T], stride: usize, sums: &mut [T]) {
            let (simd, columns, lanes) = (self.0, sums.len(), T::lanes::<S>());
            let mut column = 0;
            while column < columns {
                let vectors = (columns - column) / lanes;
                // Two sums for each vector: with 6 or 8 of them the latency of a fused
                // multiply-add is hidden. 16 sums need 32 registers; AVX2, with vectors of 8 `f32`,
                // has 16.
                column += if vectors >= 8 && S::F32_LANES != 8 {
                    add_block::<T, S, 8>(simd, row, (weight, stride), column, sums)
                } else if vectors >= 6 {
                    add_block::<T, S, 6>(simd, row, (weight, stride), column, sums)
                } else if vectors >= 4 {
                    add_block::<T, S, 4>(simd, row, (weight, stride), column, sums)
                } else if vectors >= 2 {
                    add_block::<T, S, 2>(simd, row, (weight, stride), column, sums)
                } else if vectors == 1 {
                    add_block::<T, S, 1>(simd, row, (weight, stride), column, sums)
                } else {
                    add_rest(simd, row, (weight, stride), column, sums)
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

    /// `C` vectors of the sums from a column on. Returns the columns done.
    #[inline(always)]
    fn add_block<T: Lanes, S: Simd, const C: usize>(
        simd: S,
        row: &[T],
        (weight, stride): (&[T], usize),
        column: usize,
        sums: &mut [T],
    ) -> usize {
        let width = C * T::lanes::<S>();
        let place = sums.get_mut(column..column + width).map(|sums| T::split_mut::<S>(sums).0.first_chunk_mut::<C>());
        let Some(Some(place)) = place else { return width };
        let (mut even, mut odd) = (*place, [T::splat(simd, T::ZERO); C]);
        let mut rows = weight.get(column..).unwrap_or_default().chunks(stride.max(1)).map_while(|row| {
            let row = row.get(..width)?;
            T::split::<S>(row).0.first_chunk::<C>()
        });
        let (pairs, last) = row.as_chunks::<2>();
        for [first, second] in pairs {
            let (Some(one), Some(two)) = (rows.next(), rows.next()) else { break };
            let (first, second) = (T::splat(simd, *first), T::splat(simd, *second));
            for (sum, w) in even.iter_mut().zip(one) {
                *sum = T::fused(simd, first, *w, *sum);
            }
            for (sum, w) in odd.iter_mut().zip(two) {
                *sum = T::fused(simd, second, *w, *sum);
            }
        }
        for (x, weight) in last.iter().zip(rows) {
            for (sum, w) in even.iter_mut().zip(weight) {
                *sum = T::fused(simd, T::splat(simd, *x), *w, *sum);
            }
        }
        for ((place, even), odd) in place.iter_mut().zip(even).zip(odd) {
            *place = T::plus(simd, even, odd);
        }
        width
    }

    /// Less than one vector: what is left after the last column block. Returns the columns done.
    #[inline(always)]
    fn add_rest<T: Lanes, S: Simd>(
        simd: S,
        row: &[T],
        (weight, stride): (&[T], usize),
        column: usize,
        sums: &mut [T],
    ) -> usize {
        let width = sums.len() - column;
        let place = sums.get_mut(column..).unwrap_or_default();
        let mut sum = T::load(simd, place);
        for (x, weight) in row.iter().zip(weight.chunks(stride.max(1))) {
            let weight = T::load(simd, weight.get(column..column + width).unwrap_or_default());
            sum = T::fused(simd, T::splat(simd, *x), weight, sum);
        }
        T::store(simd, place, sum);
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

    /// The functions of gates.
    pub(crate) trait Gates: Lanes {
        fn sigmoids<S: Simd>(simd: S, values: &mut [Self]);
        fn tanhs<S: Simd>(simd: S, values: &mut [Self]);
    }

    impl Gates for f32 {
        #[inline(always)]
        fn sigmoids<S: Simd>(_: S, values: &mut [f32]) {
            // σ(x) = 1/2 + 1/2 tanh(x / 2)
            for x in values {
                *x = 0.5 * tanh(0.5 * *x) + 0.5;
            }
        }

        #[inline(always)]
        fn tanhs<S: Simd>(_: S, values: &mut [f32]) {
            for x in values {
                *x = tanh(*x);
            }
        }
    }

    impl Gates for f64 {
        #[inline(always)]
        fn sigmoids<S: Simd>(_: S, values: &mut [f64]) {
            Plain.sigmoid(values);
        }

        #[inline(always)]
        fn tanhs<S: Simd>(_: S, values: &mut [f64]) {
            Plain.tanh(values);
        }
    }

    #[inline(always)]
    fn tanh(x: f32) -> f32 {
        1.0 - 2.0 / (1.0 + exp(2.0 * x))
    }

    #[inline(always)]
    fn exp(x: f32) -> f32 {
        const MAGIC: f32 = 12_582_912.0;
        let x = x.clamp(-80.0, 80.0);
        let shifted = x.mul_add(core::f32::consts::LOG2_E, MAGIC);
        let n = shifted - MAGIC;
        let r = n.mul_add(-0.693_145_75, x);
        let r = n.mul_add(-1.428_606_8e-6, r);
        let p = r.mul_add(1.0 / 720.0, 1.0 / 120.0);
        let p = r.mul_add(p, 1.0 / 24.0);
        let p = r.mul_add(p, 1.0 / 6.0);
        let p = r.mul_add(p, 0.5);
        let p = r.mul_add(p, 1.0);
        let p = r.mul_add(p, 1.0);
        let scale = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
        p * scale
    }
}
