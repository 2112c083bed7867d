//! Dropout.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::kernel::vectorize;
use crate::network::chain::Kind;
use crate::network::settings::checked;
use crate::network::{Batch, Layer, Remember, Scalar, Tensor};

/// Inverted dropout: in training each scalar is dropped (set to 0) with a probability of `PERCENT`
/// per cent, and what is left is multiplied by `1 / (1 - p)`, so that the expected value is kept;
/// in inference it is the identity (Srivastava et al. 2014, "Dropout: A Simple Way to Prevent
/// Neural Networks from Overfitting").
///
/// Keras' `Dropout(0.5)` and PyTorch's `Dropout(p=0.5)` do the same; here the share is in per cent.
///
/// Backward: what was dropped has the derivative 0, what was kept `1 / (1 - p)`.
///
/// The mask is not stored: it is a function of a key, drawn once a batch, and of the scalar's
/// index, and is computed again in the backward pass. It is the same on every machine.
///
/// ```
/// use typenet::prelude::*;
///
/// let input = [[1.0_f32; 8]; 1];
/// let mut output = input;
/// Dropout::<50>.forward_train::<Inline<1>>(&input, &mut output, &mut Tape::EMPTY, &mut seeded(1));
/// assert!(output[0].iter().all(|y| *y == 0.0 || *y == 2.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Dropout<const PERCENT: u32 = 50>;

crate::no_parameters!(Dropout<PERCENT>, const PERCENT: u32);

impl<const PERCENT: u32> Dropout<PERCENT> {
    /// 0, where the setting is in its range.
    const VALID: usize = checked(PERCENT <= 100, "the PERCENT of a `Dropout` must be from 0 to 100");

    /// Of 2^16 equally likely numbers, those below this are dropped: the probability is `PERCENT`
    /// per cent to within 0.0008 per cent.
    const THRESHOLD: u32 = Self::VALID as u32 + ((PERCENT << 16) + 50) / 100;

    /// What is kept is multiplied by this; with 100 % there is nothing to multiply.
    pub(super) const SCALE: f64 = if PERCENT < 100 { 100.0 / (100 - PERCENT) as f64 } else { 0.0 };

    /// Whether what has this index is kept.
    #[inline(always)]
    pub(super) const fn keeps(key: u64, index: u32) -> bool {
        hash(index ^ key as u32, (key >> 32) as u32) >> 16 >= Self::THRESHOLD
    }

    /// `output = mask x input`
    fn mask<X: Tensor>(key: u64, input: &[X], output: &mut [X]) {
        mask(key, Self::THRESHOLD, X::Scalar::from_f64(Self::SCALE), X::flat(input), X::flat_mut(output));
    }
}

/// Drops what gets a number below the threshold, and scales the rest. Over slices, so that it is
/// compiled once and not for every shape.
fn mask<T: Scalar>(key: u64, threshold: u32, scale: T, input: &[T], output: &mut [T]) {
    let (low, high) = (key as u32, (key >> 32) as u32);
    let masked = move |number: u32, x: T| if number >= threshold { x * scale } else { T::ZERO };
    vectorize(
        #[inline(always)]
        move || {
            let (inputs, input) = input.as_chunks::<GROUP>();
            let (outputs, output) = output.as_chunks_mut::<GROUP>();
            // Each hash serves two scalars, half a group apart. Ends: with the groups.
            for (index, (y, x)) in (0_u32..).step_by(GROUP / 2).zip(outputs.iter_mut().zip(inputs)) {
                let ((x, other_x), (y, other_y)) = (x.split_at(GROUP / 2), y.split_at_mut(GROUP / 2));
                let scalars = y.iter_mut().zip(other_y).zip(x.iter().zip(other_x));
                for (index, ((y, other_y), (x, other_x))) in (index..).zip(scalars) {
                    let hash = hash(index ^ low, high);
                    *y = masked(hash & 0xffff, *x);
                    *other_y = masked(hash >> 16, *other_x);
                }
            }
            let index = (inputs.len() * GROUP / 2) as u32;
            for (index, (y, x)) in (index..).zip(output.iter_mut().zip(input)) {
                *y = masked(hash(index ^ low, high) >> 16, *x);
            }
        },
    );
}

/// Scalars that are masked at a time.
const GROUP: usize = 32;

/// Mixes an index and a key into 32 random bits: each input bit changes half of the output's.
/// Multiplications and shifts of 32 bits only, which every vector unit has. The multipliers are
/// Wellons' "lowbias32" (<https://github.com/skeeto/hash-prospector>, public domain).
#[inline(always)]
const fn hash(index: u32, key: u32) -> u32 {
    let mut x = index.wrapping_add(key);
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x = (x ^ (x >> 16)).wrapping_add(key);
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x ^ (x >> 15)
}

impl<X: Tensor, const PERCENT: u32> Layer<X> for Dropout<PERCENT> {
    type Output = X;
    type Tape<B: Batch> = Remember<u64>;
    /// In inference.
    const KIND: Kind = Kind::InPlace;
    const MULTIPLY_ADDS: usize = Self::VALID;

    fn forward(&self, input: &[X], output: &mut [X]) {
        for (y, x) in output.iter_mut().zip(input) {
            *y = *x;
        }
    }

    fn forward_train<B: Batch>(&self, input: &[X], output: &mut [X], tape: &mut Remember<u64>, rng: &mut impl Rng) {
        tape.0 = rng.next_u64();
        Self::mask(tape.0, input, output);
    }

    fn backward<B: Batch>(
        &self,
        _: &[X],
        _: &[X],
        tape: &mut Remember<u64>,
        output_gradient: &mut [X],
        input_gradient: Option<&mut [X]>,
        (): &mut (),
    ) {
        if let Some(input_gradient) = input_gradient {
            Self::mask(tape.0, output_gradient, input_gradient);
        }
    }
}

crate::network::stream::streams_alone!(Dropout<PERCENT>: X, [X: Tensor, const PERCENT: u32]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Inline, Tape, seeded};

    type Input = [f64; 1000];

    fn train<const PERCENT: u32>(seed: u64) -> Vec<f64> {
        let mut output = [[f64::NAN; 1000]; 8];
        let mut tape = Remember::<u64>::EMPTY;
        Dropout::<PERCENT>.forward_train::<Inline<8>>(&[[3.0; 1000]; 8], &mut output, &mut tape, &mut seeded(seed));
        output.as_flattened().to_vec()
    }

    #[test]
    fn the_rate_is_the_rate_and_the_mean_is_kept() {
        fn check<const PERCENT: u32>() {
            let output = train::<PERCENT>(11);
            let p = f64::from(PERCENT) / 100.0;
            let dropped = output.iter().filter(|y| **y == 0.0).count() as f64;
            // Five standard deviations of a binomial of 8000.
            let bound = 5.0 * (8000.0 * p * (1.0 - p)).sqrt();
            assert!((dropped - 8000.0 * p).abs() <= bound, "{PERCENT} %: {dropped} dropped");
            assert!(output.iter().all(|y| *y == 0.0 || (y * (1.0 - p) - 3.0).abs() < 1e-12));
        }
        check::<0>();
        check::<10>();
        check::<50>();
        check::<90>();
        assert!(train::<100>(1).iter().all(|y| *y == 0.0));
    }

    #[test]
    fn masks_differ_from_batch_to_batch_and_repeat_with_the_seed() {
        let same = |a: &[f64], b: &[f64]| a.iter().zip(b).filter(|(a, b)| a == b).count() as f64;
        let (first, other) = (train::<50>(1), train::<50>(2));
        assert_eq!(first, train::<50>(1));
        // Two independent masks agree in half of the places: 4000 of 8000, deviation 45.
        assert!((same(&first, &other) - 4000.0).abs() < 225.0);
        // So do neighbours within a mask, at every distance.
        for distance in [1, 2, 3, 4, 8, 16, 100, 256, 1000, 1024] {
            let pairs = 8000.0 - distance as f64;
            let equal = same(&first[distance..], &first[..8000 - distance]);
            assert!((equal - pairs / 2.0).abs() < 225.0, "distance {distance}: {equal} of {pairs}");
        }
    }

    #[test]
    fn the_hash_is_the_same_everywhere() {
        // From the formula in Python's whole numbers, modulo 2^32.
        for (index, key, expected) in [
            (0, 0, 0),
            (1, 0, 0x12aa_e480),
            (0, 1, 0x92be_a9d7),
            (2, 1, 0x072e_7b1f),
            (0x1234_5678, 0x9abc_def0, 0xa776_1cc9),
            (u32::MAX, u32::MAX, 0x2147_4216),
        ] {
            assert_eq!(hash(index, key), expected, "{index} {key}");
        }
    }

    #[test]
    fn the_mask_is_the_same_everywhere() {
        // Computed apart, in Python: two groups of 32 and 11 scalars more, the first the lowest bit.
        let kept: u128 = 0x0123_10bc_20f5_26c6_328d;
        let mut mask = [[f64::NAN; 75]];
        Dropout::<50>::mask::<[f64; 75]>(0x0123_4567_89ab_cdef, &[[1.0; 75]], &mut mask);
        assert_eq!(mask[0], core::array::from_fn(|at| if kept >> at & 1 == 1 { 2.0 } else { 0.0 }));
    }

    #[test]
    fn every_bit_of_the_key_changes_the_mask() {
        for bit in 0..64 {
            let mut masks = [[0.0; 1000]; 2];
            Dropout::<50>::mask::<Input>(0x0123_4567_89ab_cdef, &[[1.0; 1000]], &mut masks[..1]);
            Dropout::<50>::mask::<Input>(0x0123_4567_89ab_cdef ^ (1 << bit), &[[1.0; 1000]], &mut masks[1..]);
            let equal = masks[0].iter().zip(&masks[1]).filter(|(a, b)| a == b).count();
            assert!((300..700).contains(&equal), "bit {bit}: {equal} of 1000 equal");
        }
    }

    #[test]
    fn inference_is_the_identity() {
        let mut output = [[0.0; 2]; 1];
        Dropout::<90>.forward(&[[1.5, -2.0]], &mut output);
        assert_eq!(output, [[1.5, -2.0]]);
    }

    #[test]
    fn backward_uses_the_mask_of_the_forward_pass() {
        let mut tape = Remember::<u64>::EMPTY;
        let mut output = [[0.0; 1000]];
        Dropout::<25>.forward_train::<Inline<1>>(&[[0.0; 1000]], &mut output, &mut tape, &mut seeded(5));
        // The input is zero: only the mask tells what was dropped.
        Dropout::<25>::mask::<Input>(tape.0, &[[1.0; 1000]], &mut output);
        let mut input_gradient = [[f64::NAN; 1000]];
        Dropout::<25>.backward::<Inline<1>>(
            &[[0.0; 1000]],
            &[[0.0; 1000]],
            &mut tape,
            &mut [[2.0; 1000]],
            Some(&mut input_gradient),
            &mut (),
        );
        assert_eq!(input_gradient[0].map(|g| g / 2.0), output[0]);
    }
}
