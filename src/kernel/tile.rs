//! Products by register blocks: a tile of the result is held in registers while the whole inner
//! dimension passes by.
//!
//! A tile has up to 4 rows of 4 vectors with 32 registers (AVX-512, NEON) and 4 rows of 2 with 16
//! (AVX2): enough independent sums to hide the latency of a fused multiply-add, and each vector
//! that is loaded is used 4 times. Fewer rows take more vectors each.

use pulp::Simd;

use crate::kernel::lanes::Lanes;

/// Rows of a tile. It divides the batch sizes in use.
const ROWS: usize = 4;

/// Whether the unit has 32 registers. AVX2, with vectors of 8 `f32`, has 16.
#[inline(always)]
fn has_many_registers<S: Simd>() -> bool {
    S::F32_LANES != 8
}

/// A matrix: its scalars row after row, and its number of columns.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a, T> {
    pub values: &'a [T],
    pub columns: usize,
}

impl<'a, T> Matrix<'a, T> {
    #[inline(always)]
    pub(super) fn new(values: &'a [T], columns: usize) -> Self {
        Self { values, columns: columns.max(1) }
    }

    /// A row, empty beyond the last.
    #[inline(always)]
    pub(super) fn row(self, row: usize) -> &'a [T] {
        let start = row * self.columns;
        self.values.get(start..start + self.columns).unwrap_or_default()
    }

    /// The scalars of each row from a column on: `width` of them are in this block.
    #[inline(always)]
    pub(super) fn block(self, column: usize, width: usize) -> impl Iterator<Item = &'a [T]> {
        let mut at = column;
        core::iter::from_fn(move || {
            let part = self.values.get(at..at.wrapping_add(width))?;
            at += self.columns;
            Some(part)
        })
    }
}

/// How a tile's sums start.
#[derive(Clone, Copy)]
pub(super) enum Start<'a, T> {
    /// From zero.
    Zero,
    /// From the same row for every row of the tile.
    Row(&'a [T]),
    /// From zero, and what is there is added at the end: a tile need not wait for it.
    There,
}

impl<'a, T> Start<'a, T> {
    /// From a bias, where there is one.
    #[inline(always)]
    pub(super) fn of(bias: Option<&'a [T]>) -> Self {
        match bias {
            None | Some([]) => Self::Zero,
            Some(bias) => Self::Row(bias),
        }
    }
}

/// One product `result = start + left right`: each row of `right` is multiplied by a scalar of
/// `left` and added to a row of the result.
pub(super) struct Product<'a, T, L> {
    pub left: L,
    pub right: Matrix<'a, T>,
    pub start: Start<'a, T>,
    /// Whether what is negative in the result becomes 0.
    pub rectify: bool,
}

/// Gives the scalars that a tile's rows are multiplied with, step by step along the inner
/// dimension.
pub(super) trait Left<T>: Copy {
    /// The scalars of `R` rows from `row` on, one array for each inner step. Nothing beyond the last row.
    fn steps<const R: usize>(self, row: usize) -> Option<impl Iterator<Item = [T; R]>>;
}

/// Some columns of the rows of a matrix: the first, and how many.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a, T>(pub Matrix<'a, T>, pub usize, pub usize);

impl<T: Lanes> Left<T> for Rows<'_, T> {
    #[inline(always)]
    fn steps<const R: usize>(self, row: usize) -> Option<impl Iterator<Item = [T; R]>> {
        let Self(matrix, first, inner) = self;
        let mut rows = [&[][..]; R];
        for (at, row) in (row..).zip(&mut rows) {
            // All of the same length, which the compiler sees: one check serves all rows.
            *row = matrix.values.get(at * matrix.columns + first..)?.get(..inner)?;
        }
        let mut k = 0;
        Some(core::iter::from_fn(move || {
            // Ends the loop rather than putting a zero in place, so that a scalar goes from memory to all lanes.
            let mut values = [T::ZERO; R];
            for (value, row) in values.iter_mut().zip(&rows) {
                *value = *row.get(k)?;
            }
            k += 1;
            Some(values)
        }))
    }
}

/// The columns of a matrix: its transpose's rows.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a, T>(pub Matrix<'a, T>);

impl<T: Lanes> Left<T> for Columns<'_, T> {
    #[inline(always)]
    fn steps<const R: usize>(self, row: usize) -> Option<impl Iterator<Item = [T; R]>> {
        Some(self.0.block(row, R).map(|values| values.first_chunk::<R>().copied().unwrap_or([T::ZERO; R])))
    }
}

impl<T: Lanes, L: Left<T>> Product<'_, T, L> {
    /// Computes the first `width` columns of a result whose rows are `columns` apart.
    #[inline(always)]
    pub(super) fn run<S: Simd>(&self, simd: S, result: &mut [T], columns: usize, width: usize) {
        let columns = columns.max(1);
        let rows = result.len().div_ceil(columns);
        let lanes = T::lanes::<S>();
        let tiled = rows - rows % ROWS;
        // A block of columns first: its part of `right` stays in the cache for all rows.
        let mut column = 0;
        while column < width {
            let vectors = (width - column) / lanes;
            let step;
            let mut row = 0;
            if vectors >= 4 && has_many_registers::<S>() {
                step = 4 * lanes;
                while row < tiled {
                    self.tile::<S, ROWS, 4>(simd, row, column, result, columns);
                    row += ROWS;
                }
            } else if vectors >= 2 {
                step = 2 * lanes;
                while row < tiled {
                    self.tile::<S, ROWS, 2>(simd, row, column, result, columns);
                    row += ROWS;
                }
            } else if vectors == 1 {
                step = lanes;
                while row < tiled {
                    self.tile::<S, ROWS, 1>(simd, row, column, result, columns);
                    row += ROWS;
                }
            } else {
                step = width - column;
                while row < tiled {
                    self.narrow_tile::<S, ROWS>(simd, row, column, step, result, columns);
                    row += ROWS;
                }
            }
            column += step;
        }
        for row in tiled..rows {
            self.single_row(simd, row, width, result, columns);
        }
    }

    /// One row, in wider blocks.
    #[inline(always)]
    fn single_row<S: Simd>(&self, simd: S, row: usize, width: usize, result: &mut [T], columns: usize) {
        let lanes = T::lanes::<S>();
        let mut column = 0;
        while column < width {
            let vectors = (width - column) / lanes;
            column += if vectors >= 8 {
                self.tile::<S, 1, 8>(simd, row, column, result, columns);
                8 * lanes
            } else if vectors >= 4 {
                self.tile::<S, 1, 4>(simd, row, column, result, columns);
                4 * lanes
            } else if vectors >= 1 {
                self.tile::<S, 1, 1>(simd, row, column, result, columns);
                lanes
            } else {
                self.narrow_tile::<S, 1>(simd, row, column, width - column, result, columns);
                width - column
            };
        }
    }

    /// `R` rows of `C` vectors.
    #[inline(always)]
    fn tile<S: Simd, const R: usize, const C: usize>(
        &self,
        simd: S,
        row: usize,
        column: usize,
        result: &mut [T],
        columns: usize,
    ) {
        let width = C * T::lanes::<S>();
        let mut tile = [[T::splat(simd, T::ZERO); C]; R];
        if let Start::Row(values) = self.start {
            let values = values.get(column..column + width).unwrap_or_default();
            let Some(values) = T::split::<S>(values).0.first_chunk::<C>() else { return };
            tile = [*values; R];
        }
        let Some(steps) = self.left.steps::<R>(row) else { return };
        for (left, right) in steps.zip(self.right.block(column, width)) {
            let Some(right) = T::split::<S>(right).0.first_chunk::<C>() else { return };
            for (tile, left) in tile.iter_mut().zip(left) {
                let left = T::splat(simd, left);
                for (sum, right) in tile.iter_mut().zip(right) {
                    *sum = T::fused(simd, left, *right, *sum);
                }
            }
        }
        for (r, tile) in tile.iter().enumerate() {
            let at = (row + r) * columns + column;
            let Some(values) = result.get_mut(at..at + width) else { return };
            let Some(values) = T::split_mut::<S>(values).0.first_chunk_mut::<C>() else { return };
            for (value, sum) in values.iter_mut().zip(tile) {
                let sum = match self.start {
                    Start::There => T::plus(simd, *value, *sum),
                    _ => *sum,
                };
                *value = if self.rectify { T::rectified(simd, sum) } else { sum };
            }
        }
    }

    /// `R` rows of less than one vector.
    #[inline(always)]
    fn narrow_tile<S: Simd, const R: usize>(
        &self,
        simd: S,
        row: usize,
        column: usize,
        width: usize,
        result: &mut [T],
        columns: usize,
    ) {
        let mut tile = [T::splat(simd, T::ZERO); R];
        if let Start::Row(values) = self.start {
            tile = [T::load(simd, values.get(column..column + width).unwrap_or_default()); R];
        }
        let Some(steps) = self.left.steps::<R>(row) else { return };
        for (left, right) in steps.zip(self.right.block(column, width)) {
            let right = T::load(simd, right);
            for (tile, left) in tile.iter_mut().zip(left) {
                *tile = T::fused(simd, T::splat(simd, left), right, *tile);
            }
        }
        for (r, tile) in tile.iter().enumerate() {
            let at = (row + r) * columns + column;
            let values = result.get_mut(at..at + width).unwrap_or_default();
            let sum = match self.start {
                Start::There => T::plus(simd, T::load(simd, values), *tile),
                _ => *tile,
            };
            let sum = if self.rectify { T::rectified(simd, sum) } else { sum };
            T::store(simd, values, sum);
        }
    }
}
