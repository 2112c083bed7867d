//! The three products of a dense layer, in tiles.
//!
//! A factor that does not lie in memory as the tiles read it is copied first, panel by panel, to a
//! panel on the stack that fits the cache: always where it must be transposed, and where a large
//! one is read by many rows.

use pulp::Simd;

use crate::kernel::BLOCK;
use crate::kernel::dispatch::Affine;
use crate::kernel::lanes::Lanes;
use crate::kernel::tile::{Columns, Matrix, Product, Rows, Start};

/// Columns of a panel: those of a tile with 16 `f32` in a vector.
const WIDTH: usize = 64;

/// Rows of a large panel: 32 KB of `f32`.
const DEPTH: usize = 128;

/// A part of a matrix, in memory as the tiles read it.
#[repr(align(64))]
struct Panel<T, const ROWS: usize>([[T; WIDTH]; ROWS]);

impl<T: Lanes, const ROWS: usize> Panel<T, ROWS> {
    const EMPTY: Self = Self([[T::ZERO; WIDTH]; ROWS]);

    /// Copies a block of at most `ROWS` rows and `WIDTH` columns.
    #[inline(always)]
    fn copy(&mut self, from: Matrix<'_, T>, row: usize, rows: usize, column: usize, width: usize) {
        for (panel, from) in self.0.iter_mut().zip(from.block(row * from.columns + column, width).take(rows)) {
            if let (Some(panel), Some(from)) = (panel.first_chunk_mut::<WIDTH>(), from.first_chunk::<WIDTH>()) {
                *panel = *from;
            } else {
                for (panel, from) in panel.iter_mut().zip(from) {
                    *panel = *from;
                }
            }
        }
    }

    /// Copies the transpose of a block of at most `WIDTH` rows and `ROWS` columns.
    #[inline(always)]
    fn transpose<S: Simd>(
        &mut self,
        simd: S,
        from: Matrix<'_, T>,
        row: usize,
        rows: usize,
        column: usize,
        width: usize,
    ) {
        let from = from.values.get(row * from.columns..).map(|values| Matrix::new(values, from.columns));
        let Some(from) = from else { return };
        T::transpose(simd, from.values, from.columns, column..column + width, rows, &mut self.0);
    }

    #[inline(always)]
    fn matrix(&self, rows: usize) -> Matrix<'_, T> {
        Matrix::new(self.0.get(..rows).unwrap_or_default().as_flattened(), WIDTH)
    }
}

/// The blocks of a dimension: where each starts and how long it is.
#[inline(always)]
fn blocks(len: usize, block: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..len).step_by(block).map(move |start| (start, block.min(len - start)))
}

/// Whether a right factor of this size, read by this many rows, is worth a copy.
#[inline(always)]
fn is_large(rows: usize, depth: usize, columns: usize) -> bool {
    rows >= 64 && columns > WIDTH && depth * columns > 4 * DEPTH * WIDTH
}

/// `output = input weight + bias`, or 0 where that is negative and `rectify` is set, of some samples of a batch of
/// `samples`. An empty bias is as good as zeros.
#[inline(always)]
pub(super) fn affine<T: Lanes, S: Simd>(simd: S, task: Affine<'_, T>) {
    let Affine { samples, input, weight, bias, outputs, rectify, output } = task;
    let inputs = weight.len() / outputs.max(1);
    let (input, weight) = (Matrix::new(input, inputs), Matrix::new(weight, outputs));
    if outputs == 1 {
        let bias = bias.first().copied().unwrap_or(T::ZERO);
        // One output: a row of a product would fill one lane of a vector, a dot product fills all.
        for (sample, output) in output.iter_mut().enumerate() {
            let sum = bias + dot(simd, input.row(sample), weight.values);
            *output = if rectify { sum.positive_part() } else { sum };
        }
    } else if is_large(samples, inputs, outputs) {
        let mut panel = Panel::<T, DEPTH>::EMPTY;
        for (column, width) in blocks(outputs, WIDTH) {
            for (row, rows) in blocks(inputs, DEPTH) {
                panel.copy(weight, row, rows, column, width);
                let start = match row {
                    0 => Start::of(bias.get(column..)),
                    _ => Start::There,
                };
                let rectify = rectify && row + rows == inputs;
                let product = Product { left: Rows(input, row, rows), right: panel.matrix(rows), start, rectify };
                product.run(simd, output.get_mut(column..).unwrap_or_default(), outputs, width);
            }
        }
    } else {
        let product = Product { left: Rows(input, 0, inputs), right: weight, start: Start::of(Some(bias)), rectify };
        product.run(simd, output, outputs, outputs);
    }
}

/// `Σ left right`, lane by lane.
#[inline(always)]
fn dot<T: Lanes, S: Simd>(simd: S, left: &[T], right: &[T]) -> T {
    let ((left, left_rest), (right, right_rest)) = (T::split::<S>(left), T::split::<S>(right));
    let (left, left_odd) = left.as_chunks::<4>();
    let (right, right_odd) = right.as_chunks::<4>();
    let mut sums = [T::splat(simd, T::ZERO); 4];
    for (left, right) in left.iter().zip(right) {
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum = T::fused(simd, *left, *right, *sum);
        }
    }
    let [mut sum, second, third, fourth] = sums;
    for (left, right) in left_odd.iter().zip(right_odd) {
        sum = T::fused(simd, *left, *right, sum);
    }
    sum = T::fused(simd, T::load(simd, left_rest), T::load(simd, right_rest), sum);
    T::sum(simd, T::plus(simd, T::plus(simd, sum, second), T::plus(simd, third, fourth)))
}

/// `weight_gradient += inputᵀ output_gradient`, for as many inputs as the weight gradient has rows:
/// the first of each sample, whose inputs are `stride` apart.
#[inline(always)]
pub(super) fn weight_gradient<T: Lanes, S: Simd>(
    simd: S,
    input: &[T],
    stride: usize,
    output_gradient: &[T],
    outputs: usize,
    weight_gradient: &mut [T],
) {
    let inputs = weight_gradient.len() / outputs.max(1);
    let samples = output_gradient.len() / outputs.max(1);
    let (input, output_gradient) = (Matrix::new(input, stride), Matrix::new(output_gradient, outputs));
    if outputs == 1 {
        // The gradient is one row along the inputs.
        let product = Product { left: Columns(output_gradient), right: input, start: Start::There, rectify: false };
        product.run(simd, weight_gradient, inputs, inputs);
    } else if is_large(inputs, samples, outputs) {
        let mut panel = Panel::<T, DEPTH>::EMPTY;
        for (sample, depth) in blocks(samples, DEPTH) {
            let input = Matrix::new(input.values.get(sample * stride..).unwrap_or_default(), stride);
            for (column, width) in blocks(outputs, WIDTH) {
                panel.copy(output_gradient, sample, depth, column, width);
                let product =
                    Product { left: Columns(input), right: panel.matrix(depth), start: Start::There, rectify: false };
                product.run(simd, weight_gradient.get_mut(column..).unwrap_or_default(), outputs, width);
            }
        }
    } else {
        let product = Product { left: Columns(input), right: output_gradient, start: Start::There, rectify: false };
        product.run(simd, weight_gradient, outputs, outputs);
    }
}

/// `sums += Σ rows`, in blocks of rows: a block's sums of four vectors are in registers.
#[inline(always)]
pub(super) fn column_sums<T: Lanes, S: Simd>(simd: S, rows: &[T], sums: &mut [T]) {
    let columns = sums.len();
    if columns == 0 {
        return;
    }
    let (vectors, rest) = T::split_mut::<S>(sums);
    let whole = columns - rest.len();
    let lanes = T::lanes::<S>();
    for rows in rows.chunks(columns * BLOCK) {
        for (group, vectors) in vectors.chunks_mut(4).enumerate() {
            let mut block = [T::splat(simd, T::ZERO); 4];
            for row in rows.chunks_exact(columns) {
                let row = row.get(group * 4 * lanes..whole).unwrap_or_default();
                for (sum, row) in block.iter_mut().zip(T::split::<S>(row).0) {
                    *sum = T::plus(simd, *sum, *row);
                }
            }
            for (sum, block) in vectors.iter_mut().zip(block) {
                *sum = T::plus(simd, *sum, block);
            }
        }
        for (odd, sum) in rest.iter_mut().enumerate() {
            let mut block = T::ZERO;
            for y in rows.iter().skip(whole + odd).step_by(columns) {
                block += *y;
            }
            *sum += block;
        }
    }
}

/// `input_gradient = output_gradient weightᵀ`, of some samples of a batch of `samples`.
#[inline(always)]
pub(super) fn input_gradient<T: Lanes, S: Simd>(
    simd: S,
    samples: usize,
    output_gradient: &[T],
    weight: &[T],
    outputs: usize,
    input_gradient: &mut [T],
) {
    let inputs = weight.len() / outputs.max(1);
    let (output_gradient, weight) = (Matrix::new(output_gradient, outputs), Matrix::new(weight, outputs));
    if outputs == 1 {
        // The weight is one row along the inputs: nothing to transpose.
        let right = Matrix::new(weight.values, inputs);
        Product { left: Rows(output_gradient, 0, 1), right, start: Start::Zero, rectify: false }.run(
            simd,
            input_gradient,
            inputs,
            inputs,
        );
    } else if samples < 4 {
        // Not worth a transpose: each derivative is a dot product with a row of the weight.
        for (sample, input_gradient) in input_gradient.chunks_exact_mut(inputs.max(1)).enumerate() {
            for (row, x) in input_gradient.iter_mut().enumerate() {
                *x = dot(simd, output_gradient.row(sample), weight.row(row));
            }
        }
    } else if outputs <= DEPTH / 2 {
        by_transposed_panels::<T, S, { DEPTH / 2 }>(simd, output_gradient, weight, input_gradient);
    } else {
        by_transposed_panels::<T, S, DEPTH>(simd, output_gradient, weight, input_gradient);
    }
}

/// The weight is transposed panel by panel, and each panel goes through the tiles.
#[inline(always)]
fn by_transposed_panels<T: Lanes, S: Simd, const ROWS: usize>(
    simd: S,
    output_gradient: Matrix<'_, T>,
    weight: Matrix<'_, T>,
    input_gradient: &mut [T],
) {
    let outputs = weight.columns;
    let inputs = weight.values.len() / outputs;
    let mut panel = Panel::<T, ROWS>::EMPTY;
    for (row, width) in blocks(inputs, WIDTH) {
        for (column, depth) in blocks(outputs, ROWS) {
            panel.transpose(simd, weight, row, width, column, depth);
            let start = if column == 0 { Start::Zero } else { Start::There };
            let product = Product {
                left: Rows(output_gradient, column, depth),
                right: panel.matrix(depth),
                start,
                rectify: false,
            };
            product.run(simd, input_gradient.get_mut(row..).unwrap_or_default(), inputs, width);
        }
    }
}
