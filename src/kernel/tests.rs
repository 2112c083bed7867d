//! The fast kernels against the reference.

use pulp::{Arch, WithSimd};

use crate::kernel::dispatch::{Affine, InputGradient, WeightGradient};
use crate::kernel::lanes::Lanes;
use crate::kernel::reference;
use crate::network::init::uniform;
use crate::network::seeded;

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
pub(super) trait Unit {
    fn run<O: WithSimd>(operation: O);
}

pub(super) struct Best;
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
pub(super) struct Avx2;
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

    // Garbage is overwritten. Without a bias sums start at zero.
    for (rectify, bias) in [(false, &bias[..]), (true, &bias), (false, &[]), (true, &[])] {
        let (mut found, mut expected) = (vec![T::MAX; samples * outputs], random(samples * outputs, 6));
        U::run(Affine { samples, input: &input, weight: &weight, bias, outputs, rectify, output: &mut found });
        reference::affine(&input, &weight, bias, outputs, rectify, &mut expected);
        compare(&format!("affine, rectified: {rectify}, {what}, bias {}", bias.len()), inputs + 1, &found, &expected);
        if bias.is_empty() {
            let mut of_zeros = vec![T::MAX; samples * outputs];
            reference::affine(&input, &weight, &vec![T::ZERO; outputs], outputs, rectify, &mut of_zeros);
            assert!(of_zeros == expected, "no bias is as good as zeros, {what}");
        }
        assert!(!rectify || found.iter().all(|y| *y >= T::ZERO), "rectified, {what}");
    }

    // What is there is added to.
    let (mut found, mut expected) = ((weight.clone(), bias.clone()), (weight.clone(), bias.clone()));
    U::run(WeightGradient {
        input: &input,
        stride: inputs,
        outputs,
        output_gradient: &output_gradient,
        weight_gradient: &mut found.0,
        bias_gradient: &mut found.1,
    });
    reference::parameter_gradient(&input, &output_gradient, outputs, &mut expected.0, &mut expected.1);
    compare(&format!("weight gradient, {what}"), samples + 1, &found.0, &expected.0);
    compare(&format!("bias gradient, {what}"), samples + 1, &found.1, &expected.1);
    let mut without = weight.clone();
    reference::parameter_gradient(&input, &output_gradient, outputs, &mut without, &mut []);
    assert!(without == expected.0, "weight gradient without a bias, {what}");

    // Once more, the weight lying elsewhere in its cache line.
    if samples == 1 {
        for offset in 0..64 / size_of::<T>() {
            let place = [vec![T::MAX; offset], weight.clone()].concat();
            let mut elsewhere = vec![T::MAX; outputs];
            U::run(Affine {
                samples,
                input: &input,
                weight: &place[offset..],
                bias: &bias,
                outputs,
                rectify: false,
                output: &mut elsewhere,
            });
            let mut expected = vec![T::MAX; outputs];
            reference::affine(&input, &weight, &bias, outputs, false, &mut expected);
            compare(&format!("affine, {what}, offset {offset}"), inputs + 1, &elsewhere, &expected);
        }
    }

    let (mut found, mut expected) = (vec![T::MAX; samples * inputs], random(samples * inputs, 8));
    U::run(InputGradient {
        samples,
        output_gradient: &output_gradient,
        weight: &weight,
        outputs,
        input_gradient: &mut found,
    });
    reference::input_gradient(&output_gradient, &weight, outputs, &mut expected);
    compare(&format!("input gradient, {what}"), outputs, &found, &expected);
}

/// A not-a-number in the sum is one in the output: it is seen in the loss.
fn not_a_number<U: Unit, T: Lanes>() {
    for (samples, outputs) in [(1, 1), (1, 130), (4, 130), (64, 130)] {
        let (input, weight) = (vec![T::ONE; samples * 260], vec![T::ONE; 260 * outputs]);
        let (bias, mut output) = (vec![T::from_f64(f64::NAN); outputs], vec![T::ONE; samples * outputs]);
        U::run(Affine {
            samples,
            input: &input,
            weight: &weight,
            bias: &bias,
            outputs,
            rectify: true,
            output: &mut output,
        });
        assert!(output.iter().all(|y| y.is_nan()), "{samples} samples, {outputs} outputs");
    }
}

/// Small sizes, each with each.
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

/// Beyond the size where panels are copied: some of them whole, some not.
fn large<U: Unit, T: Lanes>() {
    for (samples, inputs, outputs) in [(64, 257, 129), (65, 300, 130), (131, 520, 66), (66, 129, 257), (200, 140, 300)]
    {
        check::<U, T>(samples, inputs, outputs);
    }
}

/// Sizes that nobody chose.
fn random_sizes<U: Unit, T: Lanes>() {
    let mut rng = seeded(9);
    let mut size = |largest: f64| 1 + (uniform(&mut rng) * largest) as usize;
    for _ in 0..300 {
        check::<U, T>(size(40.0), size(160.0), size(160.0));
    }
}

fn agrees<U: Unit, T: Lanes>() {
    sizes::<U, T>();
    large::<U, T>();
    not_a_number::<U, T>();
    random_sizes::<U, T>();
}

/// AVX-512 where the machine has it, NEON on ARM.
#[test]
fn the_best_unit_agrees_with_the_reference() {
    agrees::<Best, f32>();
    agrees::<Best, f64>();
}

#[cfg(target_arch = "x86_64")]
#[test]
fn avx2_agrees_with_the_reference() {
    agrees::<Avx2, f32>();
    agrees::<Avx2, f64>();
}

#[test]
fn without_a_unit_the_reference_itself_runs() {
    check::<Plain, f32>(3, 5, 7);
    check::<Plain, f64>(3, 5, 7);
}

/// The pieces that threads compute have the bits of the whole, which is what runs without the feature `rayon`.
#[cfg(feature = "rayon")]
#[test]
fn pieces_have_the_bits_of_the_whole() {
    use crate::kernel::shards;

    fn check<T: Lanes>(samples: usize, inputs: usize, outputs: usize) {
        let bits = |values: &[T]| values.iter().map(|value| value.to_f64().to_bits()).collect::<Vec<_>>();
        let what = format!("{samples} samples, {inputs} x {outputs}");
        let (input, output_gradient) = (random::<T>(samples * inputs, 1), random::<T>(samples * outputs, 2));
        let (weight, bias) = (random::<T>(inputs * outputs, 3), random::<T>(outputs, 4));
        for rectify in [false, true] {
            let (mut whole, mut pieces) = (vec![T::MAX; samples * outputs], vec![T::MAX; samples * outputs]);
            Best::run(Affine {
                samples,
                input: &input,
                weight: &weight,
                bias: &bias,
                outputs,
                rectify,
                output: &mut whole,
            });
            let (input, weight, bias) = (&input[..], &weight[..], &bias[..]);
            shards::affine(Affine { samples, input, weight, bias, outputs, rectify, output: &mut pieces });
            assert!(bits(&whole) == bits(&pieces), "affine, rectified: {rectify}, {what}");
        }
        let (mut whole, mut pieces) = ((weight.clone(), bias.clone()), (weight.clone(), bias.clone()));
        Best::run(WeightGradient {
            input: &input,
            stride: inputs,
            outputs,
            output_gradient: &output_gradient,
            weight_gradient: &mut whole.0,
            bias_gradient: &mut whole.1,
        });
        shards::parameter_gradient(WeightGradient {
            input: &input,
            stride: inputs,
            outputs,
            output_gradient: &output_gradient,
            weight_gradient: &mut pieces.0,
            bias_gradient: &mut pieces.1,
        });
        assert!(bits(&whole.0) == bits(&pieces.0), "weight gradient, {what}");
        assert!(bits(&whole.1) == bits(&pieces.1), "bias gradient, {what}");
        let (mut whole, mut pieces) = (vec![T::MAX; samples * inputs], vec![T::MAX; samples * inputs]);
        let (output_gradient, weight) = (&output_gradient, &weight);
        Best::run(InputGradient { samples, output_gradient, weight, outputs, input_gradient: &mut whole });
        shards::input_gradient(output_gradient, weight, outputs, &mut pieces);
        assert!(bits(&whole) == bits(&pieces), "input gradient, {what}");
    }

    // All numbers of samples in the last piece, around those from which a factor is copied and pieces are larger.
    for samples in (1..=5).chain(30..=36).chain(60..=70).chain(126..=134).chain([200]) {
        for (inputs, outputs) in [(257, 129), (300, 130), (520, 66), (129, 257), (130, 1), (1, 130), (70, 70)] {
            check::<f32>(samples, inputs, outputs);
            check::<f64>(samples, inputs, outputs);
        }
    }
}

/// What the guide says of vector units: the products of larger batches have the same bits on all that fuse.
#[cfg(target_arch = "x86_64")]
#[test]
fn the_width_of_a_vector_changes_no_sum_along_the_inner_dimension() {
    fn products<U: Unit, T: Lanes>(samples: usize, inputs: usize, outputs: usize) -> Vec<u64> {
        let (input, output_gradient) = (&random::<T>(samples * inputs, 1), &random::<T>(samples * outputs, 2));
        let (weight, bias) = (&random::<T>(inputs * outputs, 3), &random::<T>(outputs, 4));
        let (mut output, mut weight_gradient) = (vec![T::MAX; samples * outputs], weight.clone());
        let (mut bias_gradient, mut input_gradient) = (bias.clone(), vec![T::MAX; samples * inputs]);
        U::run(Affine { samples, input, weight, bias, outputs, rectify: false, output: &mut output });
        let (stride, weight_gradient_of, bias_gradient_of) = (inputs, &mut weight_gradient, &mut bias_gradient);
        U::run(WeightGradient {
            input,
            stride,
            outputs,
            output_gradient,
            weight_gradient: weight_gradient_of,
            bias_gradient: bias_gradient_of,
        });
        U::run(InputGradient { samples, output_gradient, weight, outputs, input_gradient: &mut input_gradient });
        let all = [output, weight_gradient, bias_gradient, input_gradient].concat();
        all.iter().map(|value| value.to_f64().to_bits()).collect()
    }
    if pulp::x86::V3::try_new().is_none() {
        return;
    }
    for (samples, inputs, outputs) in [(4, 5, 3), (32, 130, 70), (70, 300, 130)] {
        assert!(products::<Best, f32>(samples, inputs, outputs) == products::<Avx2, f32>(samples, inputs, outputs));
        assert!(products::<Best, f64>(samples, inputs, outputs) == products::<Avx2, f64>(samples, inputs, outputs));
    }
}
