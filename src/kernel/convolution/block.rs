//! The fast form: tiles of 4 outputs by up to 4 vectors of pixels, held in registers while channels and taps pass
//! by. The last vectors of a row, or of a plane, overlap those before: no pixel is left to a slower path.

use pulp::{Arch, Simd, WithSimd};

use super::{Correlation, Grid, Products, SPARE, Strides, Tap, outer, reference};
use crate::kernel::lanes::Lanes;

/// Outputs of a tile.
const ROWS: usize = 4;
/// Taps of a tile of dot products: windows of 3 x 3 are made of them.
const TAPS: usize = 3;
/// Pixels of a tile, at most: 4 vectors of 16.
const WIDTH: usize = 64;

/// Every output of a [`Correlation`], one plane of `result` after the other.
pub(crate) fn correlate<T: Lanes>(task: &Correlation<'_, T>, result: &mut [T]) {
    Arch::new().dispatch(Correlate { task, result });
}

pub(super) struct Correlate<'a, T> {
    pub task: &'a Correlation<'a, T>,
    pub result: &'a mut [T],
}

impl<T: Lanes> WithSimd for Correlate<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::IS_SCALAR || self.task.grid.pixels() < T::lanes::<S>() {
            reference::correlate(self.task, self.result);
        } else {
            self.run(simd);
        }
    }
}

impl<T: Lanes> Correlate<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { task, result } = self;
        let plane = (task.grid.height * task.grid.width).max(1);
        let outputs = result.len() / plane;
        let mut output = 0;
        for planes in result.chunks_mut(plane * ROWS) {
            if planes.len() == plane * ROWS {
                rows::<T, S, ROWS>(simd, task, output, planes, plane);
            } else {
                for (at, plane_of) in planes.chunks_exact_mut(plane).enumerate() {
                    rows::<T, S, 1>(simd, task, output + at, plane_of, plane);
                }
            }
            output += ROWS.min(outputs);
        }
    }
}

/// Where the vectors of a tile are read, and where they go.
#[derive(Clone, Copy)]
struct Vectors<const C: usize> {
    /// From the first pixel of the grid.
    from: [usize; C],
    /// From the start of a plane of the result. Nothing where pixels do not lie there as they lie in the grid: side by
    /// side, in one row after the other.
    to: Option<[usize; C]>,
}

/// The vectors that cover the pixels: row by row, where these are wide enough and have to move closer together, or else
/// as if all were one row.
#[derive(Clone, Copy)]
struct Cover {
    /// Vectors of a row.
    vectors: usize,
    lanes: usize,
    /// Pixels of a row.
    used: usize,
    pitch: usize,
    width: usize,
    rows: usize,
    is_direct: bool,
}

impl Cover {
    #[inline(always)]
    fn new(grid: &Grid, lanes: usize) -> Self {
        let pixels = grid.pixels();
        let by_row = grid.used.div_ceil(lanes);
        // What the overlapping vectors of rows compute twice must cost less than moving rows.
        if grid.is_compaction() && grid.used >= lanes && 4 * by_row * lanes * grid.rows <= 5 * pixels {
            let Grid { used, pitch, width, rows, .. } = *grid;
            return Self { vectors: by_row, lanes, used, pitch, width, rows, is_direct: true };
        }
        let vectors = pixels.div_ceil(lanes);
        Self { vectors, lanes, used: pixels, pitch: 0, width: 0, rows: 1, is_direct: grid.is_contiguous() }
    }

    /// The vectors from one on. The last of a row ends with its last pixel.
    #[inline(always)]
    fn get<const C: usize>(&self, first: usize) -> Vectors<C> {
        let (mut from, mut to) = ([0; C], [0; C]);
        for (at, (from, to)) in (first..).zip(from.iter_mut().zip(&mut to)) {
            let (y, vector) = (at / self.vectors.max(1), at % self.vectors.max(1));
            let x = (vector * self.lanes).min(self.used.saturating_sub(self.lanes));
            (*from, *to) = (y * self.pitch + x, y * self.width + x);
        }
        Vectors { from, to: self.is_direct.then_some(to) }
    }
}

/// All pixels of `R` outputs.
#[inline(always)]
fn rows<T: Lanes, S: Simd, const R: usize>(
    simd: S,
    task: &Correlation<'_, T>,
    output: usize,
    planes: &mut [T],
    plane: usize,
) {
    let cover = Cover::new(&task.grid, T::lanes::<S>());
    // AVX2 has 16 registers, and 4 x 4 sums would fill them.
    let many = S::F32_LANES != 8 || R == 1;
    let count = cover.rows * cover.vectors;
    // Pixels that have to be moved must lie side by side in a tile: no vector overlaps another one there.
    let free = if cover.is_direct { count } else { cover.used / cover.lanes };
    let mut at = 0;
    while at < count {
        let left = free.saturating_sub(at);
        at += if left >= 4 && many {
            tile::<T, S, R, 4>(simd, task, output, cover.get(at), planes, plane);
            4
        } else if left >= 2 {
            tile::<T, S, R, 2>(simd, task, output, cover.get(at), planes, plane);
            2
        } else {
            tile::<T, S, R, 1>(simd, task, output, cover.get(at), planes, plane);
            1
        };
    }
}

/// `R` outputs of `C` vectors.
#[inline(always)]
fn tile<T: Lanes, S: Simd, const R: usize, const C: usize>(
    simd: S,
    task: &Correlation<'_, T>,
    output: usize,
    vectors: Vectors<C>,
    planes: &mut [T],
    plane: usize,
) {
    let lanes = T::lanes::<S>();
    let mut tile = [[T::splat(simd, T::ZERO); C]; R];
    if let Some(bias) = task.bias.and_then(|bias| bias.get(output..)).and_then(|bias| bias.first_chunk::<R>()) {
        for (tile, bias) in tile.iter_mut().zip(bias) {
            *tile = [T::splat(simd, *bias); C];
        }
    }
    let starts = vectors.from.map(|from| task.first + from);
    let mut channel = 0;
    let mut row = task.column + output;
    for _ in 0..task.channels {
        for tap in task.taps {
            let place = row + tap.place * task.columns;
            let Some(weights) = task.weight.get(place..place + R).and_then(|weights| weights.first_chunk::<R>()) else {
                return;
            };
            let mut run = [T::splat(simd, T::ZERO); C];
            for (x, start) in run.iter_mut().zip(starts) {
                let start = start + channel;
                let at = if task.backwards { start.wrapping_sub(tap.offset) } else { start + tap.offset };
                let Some(source) = task.source.get(at..at.wrapping_add(lanes)) else { return };
                let Some(source) = T::split::<S>(source).0.first() else { return };
                *x = *source;
            }
            for (tile, weight) in tile.iter_mut().zip(weights) {
                let weight = T::splat(simd, *weight);
                for (sum, x) in tile.iter_mut().zip(run) {
                    *sum = T::fused(simd, weight, x, *sum);
                }
            }
        }
        channel += task.channel;
        row += task.places * task.columns;
    }
    // Short loops of a known length, which are unrolled: otherwise the tile would not stay in registers.
    if let Some(to) = vectors.to {
        for (row, tile) in tile.iter().enumerate() {
            for (to, vector) in to.into_iter().zip(tile) {
                let at = row * plane + to;
                let Some(values) = planes.get_mut(at..at + lanes) else { return };
                let Some(values) = T::split_mut::<S>(values).0.first_mut() else { return };
                *values = *vector;
            }
        }
        return;
    }
    let mut values = [[T::ZERO; WIDTH + SPARE]; R];
    for (values, tile) in values.iter_mut().zip(&tile) {
        let Some(values) = T::split_mut::<S>(values).0.first_chunk_mut::<C>() else { return };
        *values = *tile;
    }
    let compaction = task.grid.is_compaction();
    let [pixel, ..] = vectors.from.as_slice() else { return };
    for (values, plane) in values.iter().zip(planes.chunks_exact_mut(plane)) {
        if compaction {
            task.grid.compact(*pixel, values, C * lanes, plane);
            continue;
        }
        task.grid.place(*pixel, values.get(..C * lanes).unwrap_or_default(), plane);
    }
}

/// Adds the dot products to the gradient of the weight, and the sums of the spread to that of the bias.
pub(crate) fn products<T: Lanes>(task: &Products<'_, T>, strides: Strides, gradient: &mut [T], bias: &mut [T]) {
    Arch::new().dispatch(Multiply { task, strides, gradient, bias });
}

pub(super) struct Multiply<'a, T> {
    pub task: &'a Products<'a, T>,
    pub strides: Strides,
    pub gradient: &'a mut [T],
    pub bias: &'a mut [T],
}

impl<T: Lanes> WithSimd for Multiply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { task, strides, gradient, bias } = self;
        // The places between rows are zero in the spread: whole runs are multiplied.
        let pixels = (task.rows.saturating_sub(1)) * task.pitch + task.used;
        if S::IS_SCALAR {
            reference::products(task, strides, gradient, bias);
            return;
        }
        let first = outer::outer_products(simd, task, strides, pixels, gradient);
        for (c, source) in task.source.chunks_exact(task.channel.max(1)).enumerate() {
            for taps in task.taps.chunks(TAPS) {
                let mut runs = [source; TAPS];
                for (run, tap) in runs.iter_mut().zip(taps) {
                    *run = source.get(tap.offset..).unwrap_or_default();
                }
                let mut output = first;
                while output < task.planes {
                    let spread = task.spread.get(output * task.plane..).unwrap_or_default();
                    let place = Place { first: c * strides.channel + output * strides.plane, taps, strides };
                    let left = task.planes - output;
                    // AVX2 has 16 registers, and 3 x 4 sums with what they are made of would need more.
                    output += if left >= 4 && S::F32_LANES != 8 {
                        dots::<T, S, 4>(simd, runs, (spread, task.plane), pixels, place, gradient);
                        4
                    } else if left >= 2 {
                        dots::<T, S, 2>(simd, runs, (spread, task.plane), pixels, place, gradient);
                        2
                    } else {
                        dots::<T, S, 1>(simd, runs, (spread, task.plane), pixels, place, gradient);
                        1
                    };
                }
            }
        }
        for (output, sum) in bias.iter_mut().enumerate() {
            let spread = task.spread.get(output * task.plane..output * task.plane + pixels).unwrap_or_default();
            let (vectors, odd) = T::split::<S>(spread);
            let mut sums = T::load(simd, odd);
            for vector in vectors {
                sums = T::plus(simd, sums, *vector);
            }
            *sum += T::sum(simd, sums);
        }
    }
}

/// Where the products of some taps go, from the first output on.
#[derive(Clone, Copy)]
struct Place<'a> {
    first: usize,
    taps: &'a [Tap],
    strides: Strides,
}

/// The dot product of each of the runs with each of `C` planes, added to the gradient. Runs without a tap are
/// multiplied for nothing.
#[inline(always)]
fn dots<T: Lanes, S: Simd, const C: usize>(
    simd: S,
    runs: [&[T]; TAPS],
    (spread, plane): (&[T], usize),
    pixels: usize,
    place: Place<'_>,
    gradient: &mut [T],
) {
    let vectors = pixels / T::lanes::<S>().max(1);
    let whole = vectors * T::lanes::<S>();
    // All of the same length, which the compiler sees: no bound is checked in the loop.
    let (mut left, mut left_odd) = ([&[][..]; TAPS], [&[][..]; TAPS]);
    for ((left, odd), run) in left.iter_mut().zip(&mut left_odd).zip(runs) {
        let Some(run) = run.get(..pixels) else { return };
        let Some(vectors) = T::split::<S>(run).0.get(..vectors) else { return };
        (*left, *odd) = (vectors, run.get(whole..).unwrap_or_default());
    }
    let (mut right, mut right_odd) = ([&[][..]; C], [&[][..]; C]);
    for (at, (right, odd)) in right.iter_mut().zip(&mut right_odd).enumerate() {
        let Some(run) = spread.get(at * plane..at * plane + pixels) else { return };
        let Some(vectors) = T::split::<S>(run).0.get(..vectors) else { return };
        (*right, *odd) = (vectors, run.get(whole..).unwrap_or_default());
    }
    let mut sums = [[T::splat(simd, T::ZERO); C]; TAPS];
    for at in 0..vectors {
        for (sums, left) in sums.iter_mut().zip(&left) {
            let Some(left) = left.get(at) else { return };
            for (sum, right) in sums.iter_mut().zip(&right) {
                let Some(right) = right.get(at) else { return };
                *sum = T::fused(simd, *left, *right, *sum);
            }
        }
    }
    if whole < pixels {
        let mut right = [T::splat(simd, T::ZERO); C];
        for (right, odd) in right.iter_mut().zip(right_odd) {
            *right = T::load(simd, odd);
        }
        for (sums, odd) in sums.iter_mut().zip(left_odd) {
            let left = T::load(simd, odd);
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = T::fused(simd, left, right, *sum);
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        let Some(tap) = place.taps.get(row) else { return };
        let first = place.first + tap.place * place.strides.place;
        for (output, sum) in sums.iter().enumerate() {
            if let Some(gradient) = gradient.get_mut(first + output * place.strides.plane) {
                *gradient += T::sum(simd, *sum);
            }
        }
    }
}
