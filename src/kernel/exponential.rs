//! The exponential of the reference path: the bits of `libm::expf`, in the same number of steps whatever the number is.
//!
//! `x = k ln 2 + r` with `|r| <= ln 2 / 2`, and `exp(r) = 1 + r c / (2 - c) + r` with `c` a polynomial of `r²`. Constants,
//! and which sum is rounded when, are those of FreeBSD's `e_expf.c` (Sun Microsystems 1993), which `libm` has too; there
//! each range of numbers has its own branch, here all values are computed and one is chosen.

/// The logarithm of 2 in two parts: products of the first with `k` are exact.
const LN2: (f32, f32) = (0.693_145_75, 1.428_606_8e-6);
const POLYNOMIAL: (f32, f32) = (0.166_666_25, -0.002_766_733_3);

/// `e` to the power of `x`.
#[inline]
pub(crate) fn exp(x: f32) -> f32 {
    let bits = x.to_bits();
    let (size, negative) = (bits & 0x7fff_ffff, bits >> 31);

    // Beyond these bounds the result is 0 or infinite.
    let bounded = choose(x < -104.0, -104.0, choose(x > 89.0, 89.0, x));
    let nearest = (core::f32::consts::LOG2_E * bounded + 0.5_f32.copysign(x)) as i32;
    // Up to 1.5 ln 2 it is 1 or -1, and up to 0.5 ln 2 it is 0.
    let one = 1 - 2 * negative.cast_signed();
    let k = mask(size > 0x3f85_1592);
    let k = (k & nearest.cast_unsigned()) | (!k & one.cast_unsigned());
    let k = (mask(size > 0x3eb1_7218) & k).cast_signed();

    let (high, low) = (bounded - k as f32 * LN2.0, k as f32 * LN2.1);
    let r = high - low;
    let square = r * r;
    let c = r - square * (POLYNOMIAL.0 + square * POLYNOMIAL.1);
    let y = 1.0 + (r * c / (2.0 - c) - low + high);
    // In two steps: 2^128 is no `f32`, and only the second one may round.
    let half = k >> 1;
    let y = y * power(half) * power(k - half);

    let y = choose(size <= 0x3900_0000, 1.0 + x, y);
    let y = choose(x >= f32::from_bits(0x42b1_7218), f32::INFINITY, y);
    let y = choose(x <= f32::from_bits(0xc2cf_f1b5), 0.0, y);
    choose(size > 0x7f80_0000, x, y)
}

/// `2^n`, for `n` from -126 to 127.
#[inline(always)]
const fn power(n: i32) -> f32 {
    f32::from_bits(n.wrapping_add(127).cast_unsigned() << 23)
}

/// All bits, or none.
#[inline(always)]
const fn mask(condition: bool) -> u32 {
    (condition as u32).wrapping_neg()
}

/// One of two numbers, without a branch.
#[inline(always)]
const fn choose(condition: bool, yes: f32, no: f32) -> f32 {
    let mask = mask(condition);
    f32::from_bits((mask & yes.to_bits()) | (!mask & no.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bits: u32) {
        let x = f32::from_bits(bits);
        assert_eq!(exp(x).to_bits(), libm::expf(x).to_bits(), "exp({x:e}), {bits:#010x}");
    }

    #[test]
    fn the_bits_are_those_of_libm() {
        // Every 1009th number, and all around the ends of the ranges.
        (0..=u32::MAX).step_by(1009).for_each(check);
        for end in [0, 0x3900_0000, 0x3eb1_7218, 0x3f85_1592, 0x42ae_ac50, 0x42b1_7218, 0x42cf_f1b5, 0x7f80_0000_u32] {
            for bits in end.saturating_sub(5000)..end + 5000 {
                check(bits);
                check(bits | 0x8000_0000);
            }
        }
    }
}
