//! The gradient of a weight by outer products, where a vector holds the outputs of a window's place side by side: no
//! sum runs across the lanes of a vector.

use pulp::Simd;

use super::{Products, Strides};
use crate::kernel::lanes::Lanes;

/// Outputs that are transposed at a time: the lanes of the widest vector.
const WIDTH: usize = 16;
/// Pixels of a panel: 16 KB of `f32`.
const PIXELS: usize = 256;

/// The planes of some outputs, pixel after pixel.
#[repr(align(64))]
struct Panel<T>([[T; WIDTH]; PIXELS]);

/// Adds the products of as many outputs as fill whole vectors, and says how many these are: none, where they do not lie
/// side by side in the gradient.
#[inline(always)]
pub(super) fn outer_products<T: Lanes, S: Simd>(
    simd: S,
    task: &Products<'_, T>,
    strides: Strides,
    pixels: usize,
    gradient: &mut [T],
) -> usize {
    let lanes = T::lanes::<S>().max(1);
    if strides.plane != 1 || lanes > WIDTH || task.planes < lanes {
        return 0;
    }
    let whole = task.planes - task.planes % lanes;
    let mut panel = Panel([[T::ZERO; WIDTH]; PIXELS]);
    for output in (0..whole).step_by(lanes) {
        let planes = task.spread.get(output * task.plane..).unwrap_or_default();
        for start in (0..pixels).step_by(PIXELS) {
            let count = PIXELS.min(pixels - start);
            transpose(simd, (planes, task.plane), start, count, lanes, &mut panel.0);
            let part = Part { start, output, spread: panel.0.get(..count).unwrap_or_default() };
            let rows = task.taps.len() * (task.source.len() / task.channel.max(1));
            let mut row = 0;
            while row < rows {
                row += match rows - row {
                    8.. => tile::<T, S, 8>(simd, task, strides, row, part, gradient),
                    4.. => tile::<T, S, 4>(simd, task, strides, row, part, gradient),
                    _ => tile::<T, S, 1>(simd, task, strides, row, part, gradient),
                }
            }
        }
    }
    whole
}

/// Copies `lanes` planes from a pixel on to the panel, pixel after pixel.
#[inline(always)]
fn transpose<T: Lanes, S: Simd>(
    simd: S,
    (planes, plane): (&[T], usize),
    start: usize,
    count: usize,
    lanes: usize,
    panel: &mut [[T; WIDTH]],
) {
    // Whole squares are fast: pixels behind the last one are copied with it, and not read, where there are enough.
    let squares = if start + count.next_multiple_of(lanes) <= plane {
        count.next_multiple_of(lanes)
    } else {
        count - count % lanes
    };
    T::transpose(simd, planes, plane, start..start + squares, lanes, panel);
    if squares < count {
        T::transpose(
            simd,
            planes,
            plane,
            start + squares..start + count,
            lanes,
            panel.get_mut(squares..).unwrap_or_default(),
        );
    }
}

/// The pixels and outputs of one panel.
#[derive(Clone, Copy)]
struct Part<'a, T> {
    /// The first pixel.
    start: usize,
    /// The first output.
    output: usize,
    spread: &'a [[T; WIDTH]],
}

/// `R` places of the window, from one on in the order of channels and taps. Gives `R`.
#[inline(always)]
fn tile<T: Lanes, S: Simd, const R: usize>(
    simd: S,
    task: &Products<'_, T>,
    strides: Strides,
    row: usize,
    part: Part<'_, T>,
    gradient: &mut [T],
) -> usize {
    let places = task.taps.len().max(1);
    let count = part.spread.len();
    let mut runs = [&[][..]; R];
    let mut to = [0; R];
    for (at, (run, to)) in (row..).zip(runs.iter_mut().zip(&mut to)) {
        let (channel, Some(tap)) = (at / places, task.taps.get(at % places)) else { return R };
        let start = channel * task.channel + tap.offset + part.start;
        let Some(pixels) = task.source.get(start..start + count) else { return R };
        (*run, *to) = (pixels, channel * strides.channel + tap.place * strides.place + part.output);
    }
    let mut sums = [T::splat(simd, T::ZERO); R];
    for (at, spread) in part.spread.iter().enumerate() {
        let Some(spread) = T::split::<S>(spread).0.first() else { return R };
        for (sum, run) in sums.iter_mut().zip(&runs) {
            let Some(x) = run.get(at) else { return R };
            *sum = T::fused(simd, T::splat(simd, *x), *spread, *sum);
        }
    }
    for (to, sum) in to.into_iter().zip(sums) {
        let Some(values) = gradient.get_mut(to..to + T::lanes::<S>()) else { return R };
        let Some(values) = T::split_mut::<S>(values).0.first_mut() else { return R };
        *values = T::plus(simd, *values, sum);
    }
    R
}
