//! What the steps of a recurrent layer are made of.
//!
//! A recurrence cannot be one large product: each step waits for the one before it. So a layer
//! writes its steps as a [`Routine`] over a [`Unit`], and the whole sequence runs inside one choice
//! of the vector unit. Every operation takes one row, whether it is called for one step of a stream
//! or for each step of a sequence: the bits of the two are the same.

use crate::scalar::{Scalar, sigmoid};

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
        for (x, weight) in row.iter().zip(weight.chunks_exact(columns.max(1))) {
            for (sum, w) in sums.iter_mut().zip(weight.iter().skip(first)) {
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

    /// The functions of gates.
    pub(crate) trait Gates: Lanes {
        fn sigmoids<S: Simd>(simd: S, values: &mut [Self]);
        fn tanhs<S: Simd>(simd: S, values: &mut [Self]);
    }

    impl Gates for f32 {
        #[inline(always)]
        fn sigmoids<S: Simd>(_: S, values: &mut [f32]) {
            values.iter_mut().for_each(|x| *x = sigmoid(*x));
        }

        #[inline(always)]
        fn tanhs<S: Simd>(_: S, values: &mut [f32]) {
            values.iter_mut().for_each(|x| *x = tanh(*x));
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

    /// `exp(RATE x) - 1` for `RATE x` in [-88, 88], and an end of that range beyond it.
    ///
    /// With `n` the nearest integer to `RATE x log₂e` and `f` what is left of it, it is
    /// `2ⁿ (2ᶠ - 1) + (2ⁿ - 1)`. `(2ᶠ - 1) / f` is a polynomial whose relative error, by Remez'
    /// exchange, is 1.1e-8 at most. There is no table and no branch, so that the compiler computes
    /// as many at once as the unit has lanes; products are grouped to be short, not few.
    #[inline(always)]
    fn exp_m1<const RATE: i32>(x: f32) -> f32 {
        /// Adding it leaves no bit behind the point, and the integer in the lowest bits.
        const ROUND: f32 = 12_582_912.0;
        /// log₂e is these two.
        const HIGH: f32 = core::f32::consts::LOG2_E;
        const LOW: f32 = 1.925_963e-8;
        let rate = RATE as f32;
        let x = x.clamp(-88.0 / rate.abs(), 88.0 / rate.abs());
        let rounded = x.mul_add(rate * HIGH, ROUND);
        let n = rounded - ROUND;
        let f = x.mul_add(rate * LOW, x.mul_add(rate * HIGH, -n));
        let square = f * f;
        let low = f.mul_add(0.240_226_5, core::f32::consts::LN_2);
        let middle = f.mul_add(0.009_618_238, 0.055_503_573);
        let high = f.mul_add(0.000_154_035_12, 0.001_339_079_2);
        let fraction = f * square.mul_add(square.mul_add(high, middle), low);
        let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(0x3f80_0000));
        power.mul_add(fraction, power - 1.0)
    }

    /// `1 / (1 + exp(-x))`, within 2 units in the last place for `x` in [-88, 88].
    #[inline(always)]
    fn sigmoid(x: f32) -> f32 {
        1.0 / (2.0 + exp_m1::<-1>(x))
    }

    /// `tanh(x)`, within 4 units in the last place.
    #[inline(always)]
    fn tanh(x: f32) -> f32 {
        let e = exp_m1::<2>(x);
        e / (2.0 + e)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// The largest error over a fine grid, in units in the last place of the true value.
        fn largest_error(found: fn(f32) -> f32, exact: fn(f64) -> f64, reach: f32) -> f64 {
            let mut largest = 0.0_f64;
            let steps = 2_000_000;
            for i in -steps..=steps {
                // Fine near zero, coarse far away.
                let at = i as f32 / steps as f32;
                let x = reach * at * at * at;
                let expected = exact(f64::from(x));
                let unit = f64::from((expected as f32).abs()) * f64::from(f32::EPSILON);
                if unit > 0.0 {
                    largest = largest.max((f64::from(found(x)) - expected).abs() / unit);
                }
            }
            largest
        }

        #[test]
        fn bounds_of_the_functions() {
            // A unit in the last place is between one half and one of what is divided by here.
            let sigmoids = largest_error(sigmoid, |x| 1.0 / (1.0 + libm::exp(-x)), 87.0);
            let tanhs = largest_error(tanh, libm::tanh, 20.0);
            println!("{sigmoids} {tanhs}");
            assert!(sigmoids < 2.0, "{sigmoids}");
            assert!(tanhs < 3.0, "{tanhs}");
        }

        #[test]
        fn ends() {
            assert_eq!((sigmoid(f32::INFINITY), tanh(f32::INFINITY)), (1.0, 1.0));
            assert_eq!((tanh(f32::NEG_INFINITY), tanh(0.0)), (-1.0, 0.0));
            assert!((0.0..1e-37).contains(&sigmoid(f32::NEG_INFINITY)));
            assert_eq!(sigmoid(0.0), 0.5);
            assert!(sigmoid(f32::NAN).is_nan() && tanh(f32::NAN).is_nan());
        }
    }
}
