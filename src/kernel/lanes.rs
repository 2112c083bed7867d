//! Vectors of a scalar, over pulp's safe vector units.

use core::ops::Range;

use pulp::Simd;

use crate::network::Scalar;

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
    /// 0 where a lane is negative; not-a-number stays.
    fn rectified<S: Simd>(simd: S, vector: Self::Vector<S>) -> Self::Vector<S>;
    /// The sum of the lanes.
    fn sum<S: Simd>(simd: S, vector: Self::Vector<S>) -> Self;
    /// Up to a vector's number of scalars, zeros behind them.
    fn load<S: Simd>(simd: S, values: &[Self]) -> Self::Vector<S>;
    /// The first lanes, as many as there is room for.
    fn store<S: Simd>(simd: S, values: &mut [Self], vector: Self::Vector<S>);
    /// `to[column - first][row] = from[row][column]` for some columns of the first rows of a matrix
    /// whose rows are `stride` apart.
    fn transpose<S: Simd, const WIDTH: usize>(
        simd: S,
        from: &[Self],
        stride: usize,
        columns: Range<usize>,
        rows: usize,
        to: &mut [[Self; WIDTH]],
    );
}

/// One row of [`Lanes::transpose`].
#[inline(always)]
fn scatter<T: Copy, const WIDTH: usize>(row: usize, from: &[T], to: &mut [[T; WIDTH]]) {
    for (from, to) in from.iter().zip(to) {
        if let Some(place) = to.get_mut(row) {
            *place = *from;
        }
    }
}

macro_rules! lanes {
    ($scalar:ty, $vector:ident, $lanes:ident, $as_simd:ident, $as_mut_simd:ident, $splat:ident, $fused:ident,
     $add:ident, $max:ident, $sum:ident, $load:ident, $store:ident, $deinterleave:ident, $squares:path) => {
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
            fn rectified<S: Simd>(simd: S, vector: S::$vector) -> S::$vector {
                // Of two numbers of which neither is larger x86 gives the second: not-a-number and -0. Elsewhere
                // not-a-number stays too, and -0 becomes 0.
                simd.$max(simd.$splat(0.0), vector)
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

            #[inline(always)]
            fn transpose<S: Simd, const WIDTH: usize>(
                simd: S,
                from: &[Self],
                stride: usize,
                columns: Range<usize>,
                rows: usize,
                to: &mut [[Self; WIDTH]],
            ) {
                // In squares of 128 bits a side, as many at once as a vector has.
                const SIDE: usize = 16 / size_of::<$scalar>();
                let mut row = $squares(S::$lanes, from, stride, &columns, rows, to);
                let lines = from.chunks(stride.max(1)).take(rows).skip(row);
                let mut lines = lines.map(|row| row.get(columns.clone()).unwrap_or_default());
                while row + SIDE <= rows {
                    let group: [&[Self]; SIDE] = core::array::from_fn(|_| lines.next().unwrap_or_default());
                    let vectors = group.map(|line| S::$as_simd(line).0);
                    let count = vectors.iter().fold(usize::MAX, |count, line| count.min(line.len()));
                    let vectors = vectors.map(|line| line.get(..count).unwrap_or_default());
                    let mut blocks = to.chunks_mut(S::$lanes);
                    for (index, to) in (0..count).zip(blocks.by_ref()) {
                        let square = vectors.map(|line| line.get(index).copied().unwrap_or(simd.$splat(0.0)));
                        let square = simd.$deinterleave(square);
                        for (column, vector) in square.iter().enumerate() {
                            let parts: &[[Self; SIDE]] =
                                bytemuck::try_cast_slice(core::slice::from_ref(vector)).unwrap_or_default();
                            for (part, to) in parts.iter().zip(to.chunks_exact_mut(SIDE)) {
                                let place = to.get_mut(column).and_then(|to| to.get_mut(row..));
                                if let Some(place) = place.and_then(|to| to.first_chunk_mut::<SIDE>()) {
                                    *place = *part;
                                }
                            }
                        }
                    }
                    if count * S::$lanes < columns.len() {
                        let to = to.get_mut(count * S::$lanes..).unwrap_or_default();
                        for (index, line) in group.iter().enumerate() {
                            scatter(row + index, line.get(count * S::$lanes..).unwrap_or_default(), to);
                        }
                    }
                    row += SIDE;
                }
                for (index, line) in lines.enumerate() {
                    scatter(row + index, line, to);
                }
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
    max_f32s,
    reduce_sum_f32s,
    partial_load_f32s,
    partial_store_f32s,
    deinterleave_shfl_f32s,
    crate::kernel::squares::transpose
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
    max_f64s,
    reduce_sum_f64s,
    partial_load_f64s,
    partial_store_f64s,
    deinterleave_shfl_f64s,
    crate::kernel::squares::none
);
