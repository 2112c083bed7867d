//! Products by register blocks: a tile of the result is held in registers while the whole inner
//! dimension passes by. Plain loops over arrays whose sizes the compiler knows; it unrolls and
//! vectorises them for whatever unit `dispatch` compiles them for.

// Every index below is smaller than the constant length of its array or was checked by `chunks`;
// iterators in their place keep the compiler from holding a tile in registers.
#![allow(clippy::indexing_slicing)]

use crate::kernel::dispatch::Fused;

/// Rows of a tile. Four rows of four vectors hide the latency of a fused multiply-add, and 4
/// divides the batch sizes in use.
const ROWS: usize = 4;

/// `output = input weight + bias`
#[inline(always)]
pub(super) fn affine<T: Fused, const IN: usize, const OUT: usize, const WIDTH: usize>(
    input: &[[T; IN]],
    weight: &[[T; OUT]; IN],
    bias: &[T; OUT],
    output: &mut [[T; OUT]],
) {
    let samples = input.len().min(output.len());
    let (input, output) = (&input[..samples], &mut output[..samples]);
    columns::<OUT, WIDTH>(|column, width| match width {
        Width::Whole => affine_columns::<T, IN, OUT, WIDTH>(column, input, weight, bias, output),
        Width::Half => affine_columns::<T, IN, OUT, 16>(column, input, weight, bias, output),
        Width::One => affine_columns::<T, IN, OUT, 1>(column, input, weight, bias, output),
    });
}

enum Width {
    Whole,
    Half,
    One,
}

/// Goes over the columns in blocks of `WIDTH`, then of 16, then one by one.
#[inline(always)]
fn columns<const OUT: usize, const WIDTH: usize>(mut block: impl FnMut(usize, Width)) {
    let mut column = 0;
    while column + WIDTH <= OUT {
        block(column, Width::Whole);
        column += WIDTH;
    }
    while column + 16 <= OUT {
        block(column, Width::Half);
        column += 16;
    }
    while column < OUT {
        block(column, Width::One);
        column += 1;
    }
}

#[inline(always)]
fn affine_columns<T: Fused, const IN: usize, const OUT: usize, const WIDTH: usize>(
    column: usize,
    input: &[[T; IN]],
    weight: &[[T; OUT]; IN],
    bias: &[T; OUT],
    output: &mut [[T; OUT]],
) {
    let (input_tiles, input_rest) = input.as_chunks::<ROWS>();
    let (output_tiles, output_rest) = output.as_chunks_mut::<ROWS>();
    for (input, output) in input_tiles.iter().zip(output_tiles) {
        affine_tile::<T, IN, OUT, WIDTH, ROWS>(column, input, weight, bias, output);
    }
    for (input, output) in input_rest.iter().zip(output_rest) {
        let (input, output) = (core::array::from_ref(input), core::array::from_mut(output));
        affine_tile::<T, IN, OUT, WIDTH, 1>(column, input, weight, bias, output);
    }
}

#[inline(always)]
fn affine_tile<T: Fused, const IN: usize, const OUT: usize, const WIDTH: usize, const R: usize>(
    column: usize,
    input: &[[T; IN]; R],
    weight: &[[T; OUT]; IN],
    bias: &[T; OUT],
    output: &mut [[T; OUT]; R],
) {
    let Some(bias) = bias[column..].first_chunk::<WIDTH>() else { return };
    let mut tile = [*bias; R];
    for k in 0..IN {
        let Some(weight) = weight[k][column..].first_chunk::<WIDTH>() else { return };
        for r in 0..R {
            let x = input[r][k];
            for c in 0..WIDTH {
                tile[r][c] = x.fused(weight[c], tile[r][c]);
            }
        }
    }
    for r in 0..R {
        let Some(output) = output[r][column..].first_chunk_mut::<WIDTH>() else { return };
        *output = tile[r];
    }
}

/// `weight_gradient += inputᵀ output_gradient`
#[inline(always)]
pub(super) fn weight_gradient<T: Fused, const IN: usize, const OUT: usize, const WIDTH: usize>(
    input: &[[T; IN]],
    output_gradient: &[[T; OUT]],
    weight_gradient: &mut [[T; OUT]; IN],
) {
    columns::<OUT, WIDTH>(|column, width| match width {
        Width::Whole => weight_columns::<T, IN, OUT, WIDTH>(column, input, output_gradient, weight_gradient),
        Width::Half => weight_columns::<T, IN, OUT, 16>(column, input, output_gradient, weight_gradient),
        Width::One => weight_columns::<T, IN, OUT, 1>(column, input, output_gradient, weight_gradient),
    });
}

#[inline(always)]
fn weight_columns<T: Fused, const IN: usize, const OUT: usize, const WIDTH: usize>(
    column: usize,
    input: &[[T; IN]],
    output_gradient: &[[T; OUT]],
    weight_gradient: &mut [[T; OUT]; IN],
) {
    let (tiles, rest) = weight_gradient.as_chunks_mut::<ROWS>();
    let whole = tiles.len() * ROWS;
    for (number, tile) in tiles.iter_mut().enumerate() {
        weight_tile::<T, IN, OUT, WIDTH, ROWS>(number * ROWS, column, input, output_gradient, tile);
    }
    for (number, row) in rest.iter_mut().enumerate() {
        let row = core::array::from_mut(row);
        weight_tile::<T, IN, OUT, WIDTH, 1>(whole + number, column, input, output_gradient, row);
    }
}

#[inline(always)]
fn weight_tile<T: Fused, const IN: usize, const OUT: usize, const WIDTH: usize, const R: usize>(
    row: usize,
    column: usize,
    input: &[[T; IN]],
    output_gradient: &[[T; OUT]],
    weight_gradient: &mut [[T; OUT]; R],
) {
    let mut tile = [[T::ZERO; WIDTH]; R];
    for r in 0..R {
        let Some(gradient) = weight_gradient[r][column..].first_chunk::<WIDTH>() else { return };
        tile[r] = *gradient;
    }
    for (input, output_gradient) in input.iter().zip(output_gradient) {
        let Some(input) = input[row..].first_chunk::<R>() else { return };
        let Some(output_gradient) = output_gradient[column..].first_chunk::<WIDTH>() else { return };
        for r in 0..R {
            let x = input[r];
            for c in 0..WIDTH {
                tile[r][c] = x.fused(output_gradient[c], tile[r][c]);
            }
        }
    }
    for r in 0..R {
        let Some(gradient) = weight_gradient[r][column..].first_chunk_mut::<WIDTH>() else { return };
        *gradient = tile[r];
    }
}

/// `sum += Σ rows`
#[inline(always)]
pub(super) fn sum<T: Fused, const N: usize>(rows: &[[T; N]], sum: &mut [T; N]) {
    for row in rows {
        for c in 0..N {
            sum[c] += row[c];
        }
    }
}

/// Inputs and outputs of one transposed panel of the weight: 16 KB of `f32` on the stack.
const PANEL: usize = 64;

/// `input_gradient = output_gradient weightᵀ`: the weight is transposed panel by panel, and each
/// panel goes through the same tiles as the forward product.
#[inline(always)]
pub(super) fn input_gradient<T: Fused, const IN: usize, const OUT: usize, const WIDTH: usize>(
    output_gradient: &[[T; OUT]],
    weight: &[[T; OUT]; IN],
    input_gradient: &mut [[T; IN]],
) {
    let samples = input_gradient.len().min(output_gradient.len());
    let (output_gradient, input_gradient) = (&output_gradient[..samples], &mut input_gradient[..samples]);
    let mut panel = [[T::ZERO; PANEL]; PANEL];
    let mut row = 0;
    while row < IN {
        let rows = PANEL.min(IN - row);
        let mut column = 0;
        while column < OUT {
            let columns = PANEL.min(OUT - column);
            for (r, weight) in weight[row..row + rows].iter().enumerate() {
                for (c, weight) in weight[column..column + columns].iter().enumerate() {
                    panel[c][r] = *weight;
                }
            }
            let panel = &panel[..columns];
            let (gradient_tiles, gradient_rest) = output_gradient.as_chunks::<ROWS>();
            let (tiles, rest) = input_gradient.as_chunks_mut::<ROWS>();
            for (gradient, tile) in gradient_tiles.iter().zip(tiles) {
                panel_tiles::<T, IN, OUT, WIDTH, ROWS>((row, rows), column, gradient, panel, tile);
            }
            for (gradient, tile) in gradient_rest.iter().zip(rest) {
                let (gradient, tile) = (core::array::from_ref(gradient), core::array::from_mut(tile));
                panel_tiles::<T, IN, OUT, WIDTH, 1>((row, rows), column, gradient, panel, tile);
            }
            column += columns;
        }
        row += rows;
    }
}

/// One panel times a few samples. The first panel of a row overwrites, the others add.
#[inline(always)]
fn panel_tiles<T: Fused, const IN: usize, const OUT: usize, const WIDTH: usize, const R: usize>(
    (row, rows): (usize, usize),
    column: usize,
    output_gradient: &[[T; OUT]; R],
    panel: &[[T; PANEL]],
    input_gradient: &mut [[T; IN]; R],
) {
    let mut done = 0;
    while done < rows {
        // The last block of a panel is computed whole; what lies beyond the weight is not stored.
        let width = WIDTH.min(rows - done);
        let mut tile = [[T::ZERO; WIDTH]; R];
        for (k, panel) in panel.iter().enumerate() {
            let Some(panel) = panel[done..].first_chunk::<WIDTH>() else { return };
            for r in 0..R {
                let Some(g) = output_gradient[r].get(column + k) else { return };
                for c in 0..WIDTH {
                    tile[r][c] = g.fused(panel[c], tile[r][c]);
                }
            }
        }
        for r in 0..R {
            let gradient = &mut input_gradient[r][row + done..row + done + width];
            for (gradient, sum) in gradient.iter_mut().zip(&tile[r]) {
                *gradient = if column == 0 { *sum } else { *gradient + *sum };
            }
        }
        done += width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::uniform;
    use crate::kernel::{dispatch, reference};
    use crate::seeded;

    /// Random values in [-1, 1).
    fn random<T: Fused, const N: usize>(rows: usize, seed: u64) -> Vec<[T; N]> {
        let mut rng = seeded(seed);
        (0..rows).map(|_| core::array::from_fn(|_| T::from_f64(2.0 * uniform(&mut rng) - 1.0))).collect()
    }

    /// Largest difference over a bound for sums of `terms` products of values below 1: each of the
    /// two orders of summation errs by at most `terms` roundings of at most `terms`; random signs
    /// keep it far below.
    fn compare<T: Fused, const N: usize>(what: &str, terms: usize, found: &[[T; N]], expected: &[[T; N]]) {
        assert_eq!(found.len(), expected.len());
        let bound = T::EPSILON.to_f64() * (terms as f64 + 2.0) * 2.0;
        for (found, expected) in found.as_flattened().iter().zip(expected.as_flattened()) {
            let difference = (found.to_f64() - expected.to_f64()).abs();
            assert!(difference <= bound, "{what}: {found} is not {expected}, bound {bound:e}");
        }
    }

    fn check<T: Fused, const IN: usize, const OUT: usize, const WIDTH: usize>(samples: usize) {
        let what = format!("{IN} x {OUT}, {samples} samples, width {WIDTH}");
        let input = random::<T, IN>(samples, 1);
        let gradient = random::<T, OUT>(samples, 2);
        let weight: Vec<[T; OUT]> = random(IN, 3);
        let weight: &[[T; OUT]; IN] = weight.first_chunk().unwrap();
        let bias = random::<T, OUT>(1, 4)[0];

        let (mut found, mut expected) = (random::<T, OUT>(samples, 5), random::<T, OUT>(samples, 6));
        affine::<T, IN, OUT, WIDTH>(&input, weight, &bias, &mut found);
        reference::affine(&input, weight, &bias, &mut expected);
        compare(&format!("affine {what}"), IN + 1, &found, &expected);

        let mut found = *weight;
        let mut expected = *weight;
        weight_gradient::<T, IN, OUT, WIDTH>(&input, &gradient, &mut found);
        let mut bias_gradient = bias;
        reference::weight_gradient(&input, &gradient, &mut expected, &mut bias_gradient);
        compare(&format!("weight gradient {what}"), samples + 1, &found, &expected);
        let mut found = bias;
        sum(&gradient, &mut found);
        compare(&format!("bias gradient {what}"), samples + 1, &[found], &[bias_gradient]);

        let (mut found, mut expected) = (random::<T, IN>(samples, 7), random::<T, IN>(samples, 8));
        input_gradient::<T, IN, OUT, WIDTH>(&gradient, weight, &mut found);
        reference::input_gradient(&gradient, weight, &mut expected);
        compare(&format!("input gradient {what}"), OUT, &found, &expected);
    }

    fn sizes<T: Fused, const IN: usize, const OUT: usize>() {
        for samples in [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33] {
            check::<T, IN, OUT, 64>(samples);
            check::<T, IN, OUT, 16>(samples);
            check::<T, IN, OUT, 8>(samples);
        }
    }

    #[test]
    fn blocks_agree_with_the_reference_at_odd_sizes() {
        fn both<const IN: usize, const OUT: usize>() {
            sizes::<f32, IN, OUT>();
            sizes::<f64, IN, OUT>();
        }
        both::<1, 1>();
        both::<2, 3>();
        both::<3, 2>();
        both::<5, 7>();
        both::<7, 64>();
        both::<63, 65>();
        both::<64, 63>();
        both::<65, 64>();
        both::<20, 128>();
        both::<129, 1>();
        both::<130, 17>();
    }

    #[test]
    fn the_level_of_this_machine_agrees_too() {
        let (input, gradient) = (random::<f32, 37>(19, 1), random::<f32, 83>(19, 2));
        let weight: Vec<[f32; 83]> = random(37, 3);
        let weight: &[[f32; 83]; 37] = weight.first_chunk().unwrap();
        let bias = random::<f32, 83>(1, 4)[0];
        let (mut found, mut expected) = (gradient.clone(), gradient.clone());
        dispatch::affine(&input, weight, &bias, &mut found);
        reference::affine(&input, weight, &bias, &mut expected);
        compare("affine", 38, &found, &expected);
        let (mut found, mut expected) = ((*weight, bias), (*weight, bias));
        dispatch::weight_gradient(&input, &gradient, &mut found.0, &mut found.1);
        reference::weight_gradient(&input, &gradient, &mut expected.0, &mut expected.1);
        compare("weight gradient", 20, &found.0, &expected.0);
        compare("bias gradient", 20, &[found.1], &[expected.1]);
        let (mut found, mut expected) = (input.clone(), input.clone());
        dispatch::input_gradient(&gradient, weight, &mut found);
        reference::input_gradient(&gradient, weight, &mut expected);
        compare("input gradient", 83, &found, &expected);
    }
}
