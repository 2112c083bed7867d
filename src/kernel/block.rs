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
struct Matrix<'a, T> {
    values: &'a [T],
    columns: usize,
}

impl<'a, T> Matrix<'a, T> {
    #[inline(always)]
    fn new(values: &'a [T], columns: usize) -> Self {
        Self { values, columns: columns.max(1) }
    }

    /// A row, empty beyond the last.
    #[inline(always)]
    fn row(self, row: usize) -> &'a [T] {
        let start = row * self.columns;
        self.values.get(start..start + self.columns).unwrap_or_default()
    }

    /// The scalars of each row from a column on: `width` of them are in this block.
    #[inline(always)]
    fn block(self, column: usize, width: usize) -> impl Iterator<Item = &'a [T]> {
        let rows = self.values.get(column..).unwrap_or_default().chunks(self.columns);
        rows.map_while(move |row| row.get(..width))
    }
}

/// How a tile's sums start.
#[derive(Clone, Copy)]
enum Start<'a, T> {
    /// From zero.
    Zero,
    /// From the same row for every row of the tile.
    Row(&'a [T]),
    /// From what is there.
    There,
}

/// One product `result = start + left right`: each row of `right` is multiplied by a scalar of
/// `left` and added to a row of the result.
struct Product<'a, T, L> {
    left: L,
    right: Matrix<'a, T>,
    start: Start<'a, T>,
}

/// Gives the scalars that a tile's rows are multiplied with, step by step along the inner
/// dimension.
trait Left<T>: Copy {
    /// The scalars of `R` rows from `row` on, one array for each inner step.
    fn steps<const R: usize>(self, row: usize) -> impl Iterator<Item = [T; R]>;
}

/// The rows of a matrix.
#[derive(Clone, Copy)]
struct Rows<'a, T>(Matrix<'a, T>, usize);

impl<T: Lanes> Left<T> for Rows<'_, T> {
    #[inline(always)]
    fn steps<const R: usize>(self, row: usize) -> impl Iterator<Item = [T; R]> {
        let Self(matrix, first) = self;
        let inner = matrix.columns - first;
        let rows: [&[T]; R] = core::array::from_fn(|r| matrix.row(row + r).get(first..).unwrap_or_default());
        let inner = rows.iter().fold(inner, |inner, row| inner.min(row.len()));
        let rows = rows.map(|row| row.get(..inner).unwrap_or_default());
        (0..inner).map(move |k| rows.map(|row| row.get(k).copied().unwrap_or(T::ZERO)))
    }
}

/// The columns of a matrix: its transpose's rows.
#[derive(Clone, Copy)]
struct Columns<'a, T>(Matrix<'a, T>);

impl<T: Lanes> Left<T> for Columns<'_, T> {
    #[inline(always)]
    fn steps<const R: usize>(self, row: usize) -> impl Iterator<Item = [T; R]> {
        self.0.block(row, R).map(|values| values.first_chunk::<R>().copied().unwrap_or([T::ZERO; R]))
    }
}

impl<T: Lanes, L: Left<T>> Product<'_, T, L> {
    /// Computes the first `width` columns of a result whose rows are `columns` apart.
    #[inline(always)]
    fn run<S: Simd>(&self, simd: S, result: &mut [T], columns: usize, width: usize) {
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
        for (r, tile) in tile.iter_mut().enumerate() {
            let values = match self.start {
                Start::Zero => continue,
                Start::Row(values) => values.get(column..column + width),
                Start::There => {
                    let at = (row + r) * columns + column;
                    result.get(at..at + width)
                }
            };
            let Some(values) = values.and_then(|values| T::split::<S>(values).0.first_chunk::<C>()) else { return };
            *tile = *values;
        }
        for (left, right) in self.left.steps::<R>(row).zip(self.right.block(column, width)) {
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
            *values = *tile;
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
        for (r, tile) in tile.iter_mut().enumerate() {
            let values = match self.start {
                Start::Zero => continue,
                Start::Row(values) => values.get(column..column + width),
                Start::There => {
                    let at = (row + r) * columns + column;
                    result.get(at..at + width)
                }
            };
            *tile = T::load(simd, values.unwrap_or_default());
        }
        for (left, right) in self.left.steps::<R>(row).zip(self.right.block(column, width)) {
            let right = T::load(simd, right);
            for (tile, left) in tile.iter_mut().zip(left) {
                *tile = T::fused(simd, T::splat(simd, left), right, *tile);
            }
        }
        for (r, tile) in tile.iter().enumerate() {
            let at = (row + r) * columns + column;
            T::store(simd, result.get_mut(at..at + width).unwrap_or_default(), *tile);
        }
    }
}

/// `output = input weight + bias`
#[inline(always)]
pub(super) fn affine<T: Lanes, S: Simd>(simd: S, input: &[T], weight: &[T], bias: &[T], output: &mut [T]) {
    let outputs = bias.len();
    let inputs = weight.len() / outputs.max(1);
    let input = Matrix::new(input, inputs);
    if let [bias] = bias {
        // One output: a row of a product would fill one lane of a vector, a dot product fills all.
        for (sample, output) in output.iter_mut().enumerate() {
            *output = *bias + dot(simd, input.row(sample), weight);
        }
        return;
    }
    let product = Product { left: Rows(input, 0), right: Matrix::new(weight, outputs), start: Start::Row(bias) };
    product.run(simd, output, outputs, outputs);
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

/// `weight_gradient += inputᵀ output_gradient`
#[inline(always)]
pub(super) fn weight_gradient<T: Lanes, S: Simd>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    outputs: usize,
    weight_gradient: &mut [T],
) {
    let inputs = weight_gradient.len() / outputs.max(1);
    let (input, output_gradient) = (Matrix::new(input, inputs), Matrix::new(output_gradient, outputs));
    if outputs == 1 {
        // The gradient is one row along the inputs.
        let product = Product { left: Columns(output_gradient), right: input, start: Start::There };
        product.run(simd, weight_gradient, inputs, inputs);
    } else {
        let product = Product { left: Columns(input), right: output_gradient, start: Start::There };
        product.run(simd, weight_gradient, outputs, outputs);
    }
}

/// `sums += Σ rows`
#[inline(always)]
pub(super) fn column_sums<T: Lanes, S: Simd>(simd: S, rows: &[T], sums: &mut [T]) {
    let columns = sums.len().max(1);
    let (vectors, rest) = T::split_mut::<S>(sums);
    let whole = columns - rest.len();
    for row in rows.chunks_exact(columns) {
        let (row, odd) = row.split_at_checked(whole).unwrap_or_default();
        for (sum, row) in vectors.iter_mut().zip(T::split::<S>(row).0) {
            *sum = T::plus(simd, *sum, *row);
        }
        for (sum, odd) in rest.iter_mut().zip(odd) {
            *sum += *odd;
        }
    }
}

/// Inputs and outputs of one transposed panel of the weight: 16 KB of `f32` on the stack.
const PANEL: usize = 64;

/// `input_gradient = output_gradient weightᵀ`: the weight is transposed panel by panel, and each
/// panel goes through the same tiles as the forward product.
#[inline(always)]
pub(super) fn input_gradient<T: Lanes, S: Simd>(
    simd: S,
    output_gradient: &[T],
    weight: &[T],
    outputs: usize,
    input_gradient: &mut [T],
) {
    let inputs = weight.len() / outputs.max(1);
    if outputs == 1 {
        // The weight is one row along the inputs: nothing to transpose.
        let left = Rows(Matrix::new(output_gradient, 1), 0);
        let product = Product { left, right: Matrix::new(weight, inputs), start: Start::Zero };
        product.run(simd, input_gradient, inputs, inputs);
        return;
    }
    let mut panel = [[T::ZERO; PANEL]; PANEL];
    let output_gradient = Matrix::new(output_gradient, outputs);
    let mut row = 0;
    while row < inputs {
        let width = PANEL.min(inputs - row);
        let mut column = 0;
        while column < outputs {
            let rows = weight.chunks_exact(outputs.max(1)).skip(row).take(width);
            for (at, weight) in rows.enumerate() {
                let weight = weight.get(column..).unwrap_or_default();
                for (panel, weight) in panel.iter_mut().zip(weight) {
                    if let Some(place) = panel.get_mut(at) {
                        *place = *weight;
                    }
                }
            }
            let height = PANEL.min(outputs - column);
            let panel = panel.get(..height).unwrap_or_default().as_flattened();
            // The first panel overwrites, the others add.
            let start = if column == 0 { Start::Zero } else { Start::There };
            let product = Product { left: Rows(output_gradient, column), right: Matrix::new(panel, PANEL), start };
            let result = input_gradient.get_mut(row..).unwrap_or_default();
            product.run(simd, result, inputs, width);
            column += height;
        }
        row += width;
    }
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;
    use crate::init::uniform;
    use crate::kernel::dispatch::{Affine, InputGradient, WeightGradient};
    use crate::kernel::reference;
    use crate::seeded;

    /// Random values in [-1, 1).
    fn random<T: Lanes>(len: usize, seed: u64) -> Vec<T> {
        let mut rng = seeded(seed);
        (0..len).map(|_| T::from_f64(2.0 * uniform(&mut rng) - 1.0)).collect()
    }

    /// The bound is that of sums of `terms` products below 1: each of the two orders of summation
    /// rounds `terms` times a partial sum that random signs keep far below `terms`.
    fn compare<T: Lanes>(what: &str, terms: usize, found: &[T], expected: &[T]) {
        assert_eq!(found.len(), expected.len());
        let bound = T::EPSILON.to_f64() * (terms as f64 + 2.0) * 2.0;
        for (found, expected) in found.iter().zip(expected) {
            let difference = (found.to_f64() - expected.to_f64()).abs();
            assert!(difference <= bound, "{what}: {found} is not {expected}, bound {bound:e}");
        }
    }

    /// Runs an operation on every vector unit that this machine has.
    trait Unit {
        fn run<O: WithSimd>(operation: O);
    }

    struct Best;
    impl Unit for Best {
        fn run<O: WithSimd>(operation: O) {
            Arch::new().dispatch(operation);
        }
    }

    struct Plain;
    impl Unit for Plain {
        fn run<O: WithSimd>(operation: O) {
            operation.with_simd(pulp::Scalar);
        }
    }

    #[cfg(target_arch = "x86_64")]
    struct Avx2;
    #[cfg(target_arch = "x86_64")]
    impl Unit for Avx2 {
        fn run<O: WithSimd>(operation: O) {
            match pulp::x86::V3::try_new() {
                Some(simd) => drop(pulp::Simd::vectorize(simd, operation)),
                None => Best::run(operation),
            }
        }
    }

    fn check<U: Unit, T: Lanes>(samples: usize, inputs: usize, outputs: usize) {
        let what = format!("{samples} samples, {inputs} x {outputs}");
        let input: Vec<T> = random(samples * inputs, 1);
        let output_gradient: Vec<T> = random(samples * outputs, 2);
        let weight: Vec<T> = random(inputs * outputs, 3);
        let bias: Vec<T> = random(outputs, 4);

        // Garbage is overwritten.
        let (mut found, mut expected) = (vec![T::MAX; samples * outputs], random(samples * outputs, 6));
        U::run(Affine { input: &input, weight: &weight, bias: &bias, output: &mut found });
        reference::affine(&input, &weight, &bias, &mut expected);
        compare(&format!("affine, {what}"), inputs + 1, &found, &expected);

        // What is there is added to.
        let (mut found, mut expected) = ((weight.clone(), bias.clone()), (weight.clone(), bias.clone()));
        U::run(WeightGradient {
            input: &input,
            output_gradient: &output_gradient,
            weight_gradient: &mut found.0,
            bias_gradient: &mut found.1,
        });
        reference::weight_gradient(&input, &output_gradient, &mut expected.0, &mut expected.1);
        compare(&format!("weight gradient, {what}"), samples + 1, &found.0, &expected.0);
        compare(&format!("bias gradient, {what}"), samples + 1, &found.1, &expected.1);

        let (mut found, mut expected) = (vec![T::MAX; samples * inputs], random(samples * inputs, 8));
        U::run(InputGradient {
            output_gradient: &output_gradient,
            weight: &weight,
            outputs,
            input_gradient: &mut found,
        });
        reference::input_gradient(&output_gradient, &weight, outputs, &mut expected);
        compare(&format!("input gradient, {what}"), outputs, &found, &expected);
    }

    fn sizes<U: Unit, T: Lanes>() {
        const SIZES: [usize; 14] = [1, 2, 3, 5, 7, 8, 15, 17, 31, 33, 63, 64, 65, 130];
        for samples in [0, 1, 2, 3, 4, 5, 7, 8, 9, 32, 33] {
            for inputs in SIZES {
                for outputs in SIZES {
                    check::<U, T>(samples, inputs, outputs);
                }
            }
        }
    }

    #[test]
    fn the_best_unit_agrees_with_the_reference() {
        sizes::<Best, f32>();
        sizes::<Best, f64>();
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn avx2_agrees_with_the_reference() {
        sizes::<Avx2, f32>();
        sizes::<Avx2, f64>();
    }

    #[test]
    fn without_a_unit_the_reference_itself_runs() {
        check::<Plain, f32>(3, 5, 7);
    }
}
