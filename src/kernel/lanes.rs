//! Vectors of a scalar, over pulp's safe vector units.

use pulp::Simd;

use crate::scalar::Scalar;

/// A scalar that vector units compute with.
pub(crate) trait Lanes: Scalar {
    /// As many scalars as the unit computes at once.
    type Vector<S: Simd>: Copy;

    /// The whole vectors of a slice and what is left.
    fn split<S: Simd>(values: &[Self]) -> (&[Self::Vector<S>], &[Self]);
    /// The same, to write to.
    fn split_mut<S: Simd>(values: &mut [Self]) -> (&mut [Self::Vector<S>], &mut [Self]);
    /// Scalars in a vector.
    fn lanes<S: Simd>() -> usize;
    /// The same scalar in every lane.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// `factor x other + summand`, rounded once.
    fn fused<S: Simd>(
        simd: S,
        factor: Self::Vector<S>,
        other: Self::Vector<S>,
        summand: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// `summand + other`
    fn plus<S: Simd>(simd: S, summand: Self::Vector<S>, other: Self::Vector<S>) -> Self::Vector<S>;
    /// The sum of the lanes.
    fn sum<S: Simd>(simd: S, vector: Self::Vector<S>) -> Self;
    /// Up to a vector's number of scalars, zeros behind them.
    fn load<S: Simd>(simd: S, values: &[Self]) -> Self::Vector<S>;
    /// The first lanes, as many as there is room for.
    fn store<S: Simd>(simd: S, values: &mut [Self], vector: Self::Vector<S>);
}

macro_rules! lanes {
    ($scalar:ty, $vector:ident, $lanes:ident, $as_simd:ident, $as_mut_simd:ident, $splat:ident, $fused:ident,
     $add:ident, $sum:ident, $load:ident, $store:ident) => {
        impl Lanes for $scalar {
            type Vector<S: Simd> = S::$vector;

            #[inline(always)]
            fn split<S: Simd>(values: &[Self]) -> (&[S::$vector], &[Self]) {
                S::$as_simd(values)
            }

            #[inline(always)]
            fn split_mut<S: Simd>(values: &mut [Self]) -> (&mut [S::$vector], &mut [Self]) {
                S::$as_mut_simd(values)
            }

            #[inline(always)]
            fn lanes<S: Simd>() -> usize {
                S::$lanes
            }

            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: Self) -> S::$vector {
                simd.$splat(value)
            }

            #[inline(always)]
            fn fused<S: Simd>(simd: S, factor: S::$vector, other: S::$vector, summand: S::$vector) -> S::$vector {
                simd.$fused(factor, other, summand)
            }

            #[inline(always)]
            fn plus<S: Simd>(simd: S, summand: S::$vector, other: S::$vector) -> S::$vector {
                simd.$add(summand, other)
            }

            #[inline(always)]
            fn sum<S: Simd>(simd: S, vector: S::$vector) -> Self {
                simd.$sum(vector)
            }

            #[inline(always)]
            fn load<S: Simd>(simd: S, values: &[Self]) -> S::$vector {
                simd.$load(values)
            }

            #[inline(always)]
            fn store<S: Simd>(simd: S, values: &mut [Self], vector: S::$vector) {
                simd.$store(values, vector);
            }
        }
    };
}

lanes!(
    f32,
    f32s,
    F32_LANES,
    as_simd_f32s,
    as_mut_simd_f32s,
    splat_f32s,
    mul_add_f32s,
    add_f32s,
    reduce_sum_f32s,
    partial_load_f32s,
    partial_store_f32s
);
lanes!(
    f64,
    f64s,
    F64_LANES,
    as_simd_f64s,
    as_mut_simd_f64s,
    splat_f64s,
    mul_add_f64s,
    add_f64s,
    reduce_sum_f64s,
    partial_load_f64s,
    partial_store_f64s
);
