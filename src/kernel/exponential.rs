//! The exponential and the hyperbolic tangent of the reference path: the bits of `libm`'s, in the same number of steps
//! whatever the number is.
//!
//! Constants, and which sum is rounded when, are those of FreeBSD's `e_expf.c` and `s_expm1f.c` (Sun Microsystems 1993)
//! and of musl's `tanhf.c`, which `libm` has too; there each range of numbers has its own branch, here all values are
//! computed and one is chosen.

/// `e` to the power of `x`.
///
/// `x = k ln 2 + r` with `|r| <= ln 2 / 2`, and `exp(r) = 1 + r c / (2 - c) + r` with `c` a polynomial of `r²`.
#[inline]
pub(crate) fn exp(x: f32) -> f32 {
    let size = size(x);
    // Beyond these bounds the result is 0 or infinite.
    let bounded = choose(x < -104.0, -104.0, choose(x > 89.0, 89.0, x));
    let k = nearest(bounded, size > 0x3f85_1592);
    // In two parts: products of the first are exact.
    let (high, low) = (bounded - k as f32 * 0.693_145_75, k as f32 * 1.428_606_8e-6);
    let r = high - low;
    let square = r * r;
    let c = r - square * (0.166_666_25 + square * -0.002_766_733_3);
    let y = 1.0 + (r * c / (2.0 - c) - low + high);
    // In two steps: 2^128 is no `f32`, and only the second one may round.
    let half = k >> 1;
    let y = y * power(half) * power(k - half);

    let y = choose(size <= 0x3900_0000, 1.0 + x, y);
    let y = choose(x >= f32::from_bits(0x42b1_7218), f32::INFINITY, y);
    let y = choose(x <= f32::from_bits(0xc2cf_f1b5), 0.0, y);
    choose(size > 0x7f80_0000, x, y)
}

/// The hyperbolic tangent, from `t = exp(2 |x|) - 1`; near zero from `exp(-2 |x|) - 1`.
#[inline]
pub(crate) fn tanh(x: f32) -> f32 {
    let size = size(x);
    let double = 2.0 * f32::from_bits(size);
    // Beyond 10 the result is 1.
    let t = exp_m1(choose(size > 0x3e82_c578, choose(size > 0x4120_0000, 20.0, double), -double));
    // 1 - 2 / (t + 2) beyond half of the logarithm of 3, t / (t + 2) from half of that of 5/3, -t / (t + 2) below.
    let far = size > 0x3f0c_9f54;
    let quotient = choose(far, 2.0, choose(size > 0x3e82_c578, t, -t)) / (t + 2.0);
    let y = choose(far, 1.0 - quotient, quotient);
    let y = choose(size > 0x4120_0000, 1.0, y);
    let y = choose(size < 0x0080_0000, f32::from_bits(size), y);
    choose(size > 0x7f80_0000, 1.0 + 0.0 / f32::from_bits(size), y).copysign(x)
}

/// `exp(x) - 1`, for `x` from -1 to 20.
#[inline(always)]
fn exp_m1(x: f32) -> f32 {
    let size = size(x);
    let k = nearest(x, size >= 0x3f85_1592);
    let (high, low) = (x - k as f32 * 0.693_138_1, k as f32 * 9.058_001e-6);
    let r = high - low;
    let lost = (high - r) - low;
    let half = 0.5 * r;
    let square = r * half;
    let polynomial = 1.0 + square * (-0.033_333_212 + square * 0.001_580_717);
    let t = 3.0 - polynomial * half;
    let e = square * ((polynomial - t) / (6.0 - r * t));
    let e = r * (e - lost) - lost - square;

    let (large, small) = (power(k), power(-k));
    let y = choose(k < 23, (r - e + (1.0 - small)) * large, (r - (e + small) + 1.0) * large);
    let y = choose(k == 1, choose(r < -0.25, -2.0 * (e - (r + 0.5)), 1.0 + 2.0 * (r - e)), y);
    let y = choose(k == 0, r - e, choose(k == -1, 0.5 * (r - e) - 0.5, y));
    choose(size < 0x3300_0000, x, y)
}

/// The bits of a number without its sign.
#[inline(always)]
const fn size(x: f32) -> u32 {
    x.to_bits() & 0x7fff_ffff
}

/// The integer that is nearest to `x / ln 2`: up to 0.5 ln 2 it is 0, and 1 or -1 until `x` is `large`.
#[inline(always)]
fn nearest(x: f32, large: bool) -> i32 {
    let nearest = (core::f32::consts::LOG2_E * x + 0.5_f32.copysign(x)) as i32;
    let one = 1 - 2 * (x.to_bits() >> 31).cast_signed();
    let large = mask(large);
    let k = (large & nearest.cast_unsigned()) | (!large & one.cast_unsigned());
    (mask(size(x) > 0x3eb1_7218) & k).cast_signed()
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
        assert_eq!(tanh(x).to_bits(), libm::tanhf(x).to_bits(), "tanh({x:e}), {bits:#010x}");
    }

    #[test]
    fn the_bits_are_those_of_libm() {
        // Every 1009th number, and all around the ends of the ranges.
        (0..=u32::MAX).step_by(1009).for_each(check);
        let exp = [0, 0x3900_0000, 0x3eb1_7218, 0x3f85_1592, 0x42ae_ac50, 0x42b1_7218, 0x42cf_f1b5, 0x7f80_0000_u32];
        // Those of `exp_m1` are at half of its argument.
        let tanh = [0x0080_0000, 0x3280_0000, 0x3e31_7218, 0x3e82_c578, 0x3f05_1592, 0x3f0c_9f54, 0x4120_0000];
        for end in exp.into_iter().chain(tanh) {
            for bits in end.saturating_sub(5000)..end + 5000 {
                check(bits);
                check(bits | 0x8000_0000);
            }
        }
    }
}
