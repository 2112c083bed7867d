//! Products of a sample with a matrix whose sums stay in registers: what a processor without vectors runs.
//!
//! The additions of a sum have the order that they have in [`reference`](super::reference), so its bits are the same.
//! Unlike there, the sizes are types: the compiler knows each row's length and how many there are, and a product
//! that is small becomes straight code of the network's own function.

use crate::network::Scalar;

/// Whether a product is compiled into the function that computes it, all of its sums at once: so many fit into the
/// registers of a Cortex-M4F.
pub(crate) const fn is_inlined(inputs: usize, outputs: usize) -> bool {
    outputs <= 16 && inputs * outputs <= 256
}

/// Whether sums stay in registers. Calls of software arithmetic leave none for several; and where the code is to be
/// small (`opt-level` `s` and `z`) the loop over the sums of a block stays a loop, which needs them in memory.
const fn in_registers<T>() -> bool {
    let arm = cfg!(target_arch = "arm") && (cfg!(not(target_abi = "eabihf")) || size_of::<T>() > 4);
    !(arm || cfg!(all(target_arch = "riscv32", not(target_feature = "f"))) || cfg!(for_size))
}

/// `output = input weight + bias`, sample by sample, or 0 where that is negative and `rectify` is set. A bias of no
/// numbers is 0.
#[inline(always)]
pub(crate) fn affine<T: Scalar, const IN: usize, const OUT: usize>(
    input: &[[T; IN]],
    weight: &[[T; OUT]; IN],
    bias: &[T],
    rectify: bool,
    output: &mut [[T; OUT]],
) {
    if const { !in_registers::<T>() } {
        T::affine(input.as_flattened(), weight.as_flattened(), bias, OUT, output.as_flattened_mut());
        if rectify {
            for y in output.as_flattened_mut() {
                *y = y.positive_part();
            }
        }
        return;
    }
    // Inlined for one sample only: around it no loop, out of which the compiler would take the loading of all weights.
    match (input, output) {
        ([input], [output]) if const { is_inlined(IN, OUT) } => {
            block::<T, OUT, OUT>(input, weight, bias, rectify, output, 0);
        }
        (input, output) => {
            for (input, output) in input.iter().zip(output) {
                in_blocks(input, weight, bias, rectify, output);
            }
        }
    }
}

/// Eight sums at once, and the last ones four, two and one. It is not inlined: else all weights of a network might be
/// loaded before its first product.
#[inline(never)]
fn in_blocks<T: Scalar, const IN: usize, const OUT: usize>(
    input: &[T; IN],
    weight: &[[T; OUT]; IN],
    bias: &[T],
    rectify: bool,
    output: &mut [T; OUT],
) {
    for at in 0..OUT / 8 {
        block::<T, OUT, 8>(input, weight, bias, rectify, output, at * 8);
    }
    if const { OUT % 8 >= 4 } {
        block::<T, OUT, 4>(input, weight, bias, rectify, output, OUT / 8 * 8);
    }
    if const { OUT % 4 >= 2 } {
        block::<T, OUT, 2>(input, weight, bias, rectify, output, OUT / 4 * 4);
    }
    if const { OUT % 2 == 1 } {
        block::<T, OUT, 1>(input, weight, bias, rectify, output, OUT - 1);
    }
}

/// The `K` outputs from `at` on.
#[inline(always)]
fn block<T: Scalar, const OUT: usize, const K: usize>(
    input: &[T],
    weight: &[[T; OUT]],
    bias: &[T],
    rectify: bool,
    output: &mut [T; OUT],
    at: usize,
) {
    let Some(output) = output.get_mut(at..).and_then(<[T]>::first_chunk_mut::<K>) else { return };
    let mut sums = bias.get(at..).and_then(<[T]>::first_chunk::<K>).copied().unwrap_or([T::ZERO; K]);
    for (x, row) in input.iter().zip(weight) {
        let Some(weights) = row.get(at..).and_then(<[T]>::first_chunk::<K>) else { continue };
        for (sum, w) in sums.iter_mut().zip(weights) {
            *sum += *x * *w;
        }
    }
    if rectify {
        for sum in &mut sums {
            *sum = sum.positive_part();
        }
    }
    *output = sums;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::reference;

    /// Numbers whose sums round, of both signs.
    fn numbers<T: Scalar, const N: usize>(salt: usize) -> [T; N] {
        core::array::from_fn(|i| T::from_f64(((i * 37 + salt * 11) % 101) as f64 / 7.0 - 7.0))
    }

    fn check<T: Scalar, const IN: usize, const OUT: usize, const SAMPLES: usize>() {
        let weight: [[T; OUT]; IN] = core::array::from_fn(|i| numbers(i + 3));
        let input: [[T; IN]; SAMPLES] = core::array::from_fn(|i| numbers(i + 1));
        for bias in [&numbers::<T, OUT>(2)[..], &[]] {
            for rectify in [false, true] {
                let (mut found, mut expected) = ([[T::MAX; OUT]; SAMPLES], [[T::MAX; OUT]; SAMPLES]);
                affine(&input, &weight, bias, rectify, &mut found);
                let flat = expected.as_flattened_mut();
                reference::affine(input.as_flattened(), weight.as_flattened(), bias, OUT, rectify, flat);
                let bits = |output: &[[T; OUT]]| {
                    output.as_flattened().iter().map(|y| y.to_f64().to_bits()).collect::<Vec<_>>()
                };
                assert_eq!(bits(&found), bits(&expected), "{IN} x {OUT}, {SAMPLES} samples, rectified: {rectify}");
            }
        }
    }

    /// Whole blocks and every rest, inlined and not, of one sample and of several.
    #[test]
    fn the_bits_are_those_of_the_reference() {
        check::<f32, 4, 16, 1>();
        check::<f32, 4, 16, 3>();
        check::<f32, 16, 1, 1>();
        check::<f32, 20, 15, 1>();
        check::<f32, 1, 17, 2>();
        check::<f32, 7, 64, 1>();
        check::<f32, 33, 31, 1>();
        check::<f32, 5, 22, 2>();
        check::<f64, 9, 13, 1>();
        check::<f64, 30, 26, 2>();
    }

    #[test]
    fn small_products_are_inlined() {
        assert!(is_inlined(16, 16) && is_inlined(256, 1) && !is_inlined(17, 16) && !is_inlined(2, 17));
    }
}
