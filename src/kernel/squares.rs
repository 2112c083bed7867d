//! The transpose of squares of 16 x 16 `f32`, in the registers of AVX-512.
//!
//! By 128 bits at a time it takes 64 stores a square; here it takes 16.

#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::__m512;
use core::ops::Range;

/// Transposes as [`Lanes::transpose`](crate::kernel::lanes::Lanes::transpose) does, as many of the first rows as make
/// up whole squares, and returns how many these are: none without AVX-512, or where the columns do not
/// make up squares.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn transpose<const WIDTH: usize>(
    lanes: usize,
    from: &[f32],
    stride: usize,
    columns: &Range<usize>,
    rows: usize,
    to: &mut [[f32; WIDTH]],
) -> usize {
    if lanes != SIDE || !columns.len().is_multiple_of(SIDE) {
        return 0;
    }
    let Some(unit) = pulp::x86::V4::try_new() else { return 0 };
    let whole = rows - rows % SIDE;
    for row in (0..whole).step_by(SIDE) {
        for (column, to) in columns.clone().step_by(SIDE).zip(to.chunks_exact_mut(SIDE)) {
            let from = from.get(row * stride + column..).unwrap_or_default();
            // Not by `map`, which would not be compiled for the unit.
            let (a, b) = (quarter(unit, from, 0, stride), quarter(unit, from, 4, stride));
            let (c, d) = (quarter(unit, from, 8, stride), quarter(unit, from, 12, stride));
            let parts = a.into_iter().zip(b).zip(c).zip(d);
            for (index, (((a, b), c), d)) in parts.enumerate() {
                for (column, to) in unite(unit, a, b, c, d).into_iter().zip(to.iter_mut().skip(index).step_by(4)) {
                    if let Some(place) = to.get_mut(row..).and_then(<[f32]>::first_chunk_mut::<SIDE>) {
                        *place = bytemuck::must_cast(column);
                    }
                }
            }
        }
    }
    whole
}

#[cfg(target_arch = "x86_64")]
const SIDE: usize = 16;

/// Four rows from `first` on: their columns `c`, `c + 4`, `c + 8` and `c + 12` in vector `c`.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn quarter(unit: pulp::x86::V4, from: &[f32], first: usize, stride: usize) -> [__m512; 4] {
    let (a, b) = (line(from, first * stride), line(from, (first + 1) * stride));
    let (c, d) = (line(from, (first + 2) * stride), line(from, (first + 3) * stride));
    let unit = unit.avx512f;
    let (low, other_low) = (unit._mm512_unpacklo_ps(a, b), unit._mm512_unpacklo_ps(c, d));
    let (high, other_high) = (unit._mm512_unpackhi_ps(a, b), unit._mm512_unpackhi_ps(c, d));
    let (low, other_low) = (bytemuck::must_cast(low), bytemuck::must_cast(other_low));
    let (high, other_high) = (bytemuck::must_cast(high), bytemuck::must_cast(other_high));
    [
        bytemuck::must_cast(unit._mm512_unpacklo_pd(low, other_low)),
        bytemuck::must_cast(unit._mm512_unpackhi_pd(low, other_low)),
        bytemuck::must_cast(unit._mm512_unpacklo_pd(high, other_high)),
        bytemuck::must_cast(unit._mm512_unpackhi_pd(high, other_high)),
    ]
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn line(from: &[f32], start: usize) -> __m512 {
    let values = from.get(start..).unwrap_or_default().first_chunk::<SIDE>();
    bytemuck::must_cast(values.copied().unwrap_or([0.0; SIDE]))
}

/// Column `n` of four of all rows in vector `n`, from the parts `n` of one vector of each quarter.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn unite(unit: pulp::x86::V4, a: __m512, b: __m512, c: __m512, d: __m512) -> [__m512; 4] {
    const EVEN: i32 = 0b10_00_10_00;
    const ODD: i32 = 0b11_01_11_01;
    let unit = unit.avx512f;
    let (even, other_even) = (unit._mm512_shuffle_f32x4::<EVEN>(a, b), unit._mm512_shuffle_f32x4::<EVEN>(c, d));
    let (odd, other_odd) = (unit._mm512_shuffle_f32x4::<ODD>(a, b), unit._mm512_shuffle_f32x4::<ODD>(c, d));
    [
        unit._mm512_shuffle_f32x4::<EVEN>(even, other_even),
        unit._mm512_shuffle_f32x4::<EVEN>(odd, other_odd),
        unit._mm512_shuffle_f32x4::<ODD>(even, other_even),
        unit._mm512_shuffle_f32x4::<ODD>(odd, other_odd),
    ]
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(super) fn transpose<const WIDTH: usize>(
    _: usize,
    _: &[f32],
    _: usize,
    _: &Range<usize>,
    _: usize,
    _: &mut [[f32; WIDTH]],
) -> usize {
    0
}

/// Of other scalars there are no squares.
#[inline(always)]
pub(super) fn none<T, const WIDTH: usize>(
    _: usize,
    _: &[T],
    _: usize,
    _: &Range<usize>,
    _: usize,
    _: &mut [[T; WIDTH]],
) -> usize {
    0
}
