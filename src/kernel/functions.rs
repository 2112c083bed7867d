//! Elementary functions of `f32` without branches, so that a loop over them becomes vector code.
//!
//! They are used with the feature `simd`; without it, and for `f64`, the functions are `libm`'s.
//! Multiplications and additions are not fused, so that these too give the same bits on every
//! machine; the bits differ from `libm`'s. The largest errors, over the whole range of `f32`:
//!
//! | function | error |
//! | --- | --- |
//! | `exp` | 1.1 ULP, 1 step where the result is subnormal |
//! | `exp_m1` | 2 ULP |
//! | `tanh` | 3 ULP |
//! | `erf` | 2 ULP |
//! | the logistic function, by `exp` | 3 ULP |
//! | the exact GELU, by `erf` | 1.5 ULP of its argument |
//!
//! Infinities and not-a-number are what they are in `libm`.

/// `(q, n)` with `exp(x) = (1 + q) 2^n`, for `x` from -104 to 89.
///
/// `x = n ln 2 + r` with `|r| <= ln 2 / 2`, and `q = exp(r) - 1` by its Taylor series to the 7th
/// power, whose rest is below `2^-27`. The logarithm is subtracted in two parts, the first of so
/// few digits that its products with `n` are exact.
#[inline(always)]
fn reduced(x: f32) -> (f32, i32) {
    // Adding it leaves the nearest integer in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x * core::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * 0.693_145_75) - n * 1.428_606_8e-6;
    let tail = r * (1.0 / 720.0 + r * (1.0 / 5040.0));
    let series = 0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + tail)));
    let n = shifted.to_bits().wrapping_sub(ROUND.to_bits()).cast_signed();
    (r + r * r * series, n)
}

/// `2^n`, for `n` from -126 to 127.
#[inline(always)]
const fn power(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127).cast_unsigned()) << 23)
}

/// Between two bounds; not-a-number stays.
#[inline(always)]
fn bounded(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// `e` to the power of `x`.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let (q, n) = reduced(bounded(x, -104.0, 89.0));
    // In two steps: 2^128 is no `f32`, and the smallest results are subnormal.
    let half = n >> 1;
    (1.0 + q) * power(half) * power(n.wrapping_sub(half))
}

/// `exp(x) - 1`, exact near zero.
#[inline(always)]
pub(crate) fn exp_m1(x: f32) -> f32 {
    // Below the lower bound the result is -1.
    let bound = bounded(x, -40.0, 89.0);
    let (q, n) = reduced(bound);
    let half = n >> 1;
    // Half of the power, so that it is a number; for the smallest `n` the rest makes it whole.
    let (first, second) = (power(half), power(n.wrapping_sub(half)));
    let large = (1.0 + q) * first * second - 1.0;
    let scale = power(if n > 64 { 0 } else { n });
    let small = scale * q + (scale - 1.0);
    let y = if n > 64 { large } else { small };
    // The series would lose the sign of a zero.
    if x == 0.0 { x } else { y }
}

/// The hyperbolic tangent: `t / (t + 2)` with `t = exp(2 |x|) - 1`.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    // From 9.02 on the result is 1.
    let (q, n) = reduced(bounded(2.0 * x.abs(), 0.0, 20.0));
    let scale = power(n);
    let t = scale * q + (scale - 1.0);
    (t / (t + 2.0)).copysign(x)
}

/// The Gauss error function: `x + x P(x²)` for `|x| < 1`, and `1 - exp(-Q(|x|))` beyond; `P` and `Q` are
/// fitted by least squares, reweighted until the largest error is small (1e-9).
#[inline(always)]
pub(crate) fn erf(x: f32) -> f32 {
    const P: [f32; 7] =
        [0.128_379_17, -0.376_126_27, 0.112_836, -0.026_854_444, 0.005_189_535_5, -0.000_802_084_15, 7.889_119e-5];
    const Q: [f32; 7] =
        [0.000_353_708_93, 1.127_040_1, 0.638_225_6, 0.103_037_44, -0.021_805_35, 0.002_939_615_7, -0.000_185_574_9];
    let size = x.abs();
    let near = x + x * polynomial(bounded(x * x, 0.0, 1.0), P);
    // From 3.92 on the result is 1.
    let far = 1.0 - exp(-polynomial(bounded(size, 1.0, 4.0), Q));
    if size < 1.0 { near } else { far.copysign(x) }
}

/// `Σ c[i] x^i`
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    coefficients.into_iter().rev().fold(0.0, |sum, c| sum * x + c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::{Elementwise, Gelu};

    /// The largest error in units in the last place of the true result, over every 2503rd number.
    fn largest_error(fast: fn(f32) -> f32, exact: fn(f64) -> f64) -> (f64, f32) {
        let mut largest = (0.0, 0.0);
        for bits in (0..=u32::MAX).step_by(2503) {
            let x = f32::from_bits(bits);
            if !x.is_finite() {
                continue;
            }
            let (found, expected) = (f64::from(fast(x)), exact(f64::from(x)));
            let error = if expected.abs() > f64::from(f32::MAX) {
                // Rounds to infinity, or to the largest number if it is within half a step of it.
                if fast(x).is_infinite() || expected.abs() < f64::from(f32::MAX) * (1.0 + 1e-7) {
                    0.0
                } else {
                    f64::MAX
                }
            } else {
                let rounded = expected as f32;
                let step = f64::from(f32::from_bits((rounded.abs().to_bits()).max(0x0080_0000)).next_up())
                    - f64::from(f32::from_bits((rounded.abs().to_bits()).max(0x0080_0000)));
                (found - expected).abs() / step
            };
            if error > largest.0 || error.is_nan() {
                largest = (error, x);
            }
        }
        largest
    }

    #[track_caller]
    fn check(bound: f64, fast: fn(f32) -> f32, exact: fn(f64) -> f64) {
        let (error, at) = largest_error(fast, exact);
        assert!(error <= bound, "{error} ULP at {at:e}");
        // A bound that is never nearly reached says nothing.
        assert!(error > bound / 3.0, "only {error} ULP at {at:e}");
    }

    #[test]
    fn errors_are_within_their_bounds() {
        check(1.1, exp, libm::exp);
        check(2.0, exp_m1, libm::expm1);
        check(3.0, tanh, libm::tanh);
        check(2.0, erf, libm::erf);
        check(3.0, crate::network::scalar::sigmoid::<f32>, |x| 1.0 / (1.0 + libm::exp(-x)));
    }

    #[test]
    fn the_gelu_errs_little_beside_its_argument() {
        let gelu = |x: f64| 0.5 * x * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2);
        let error = |x: f32| (f64::from(Gelu::value(x)) - gelu(f64::from(x))).abs() / f64::from(x.abs());
        let largest = (1..u32::MAX).step_by(2503).map(f32::from_bits).filter(|x| x.is_finite() && x.abs() > 1e-30);
        let largest = largest.map(error).fold(0.0, f64::max);
        assert!(largest < 1.5 * f64::from(f32::EPSILON), "{largest:e}");
        assert!(largest > 0.3 * f64::from(f32::EPSILON), "{largest:e}");
    }

    #[test]
    fn ends() {
        let infinity = f32::INFINITY;
        assert_eq!((exp(infinity), exp(-infinity), exp(0.0)), (infinity, 0.0, 1.0));
        assert!(exp(88.72).is_finite() && exp(88.73).is_infinite());
        assert_eq!((exp_m1(infinity), exp_m1(-infinity)), (infinity, -1.0));
        assert_eq!((tanh(infinity), tanh(-infinity), tanh(1e4), tanh(-1e4)), (1.0, -1.0, 1.0, -1.0));
        assert_eq!((erf(infinity), erf(-infinity), erf(5.0)), (1.0, -1.0, 1.0));
        for function in [exp, exp_m1, tanh, erf] {
            assert!(function(f32::NAN).is_nan());
        }
        for function in [exp_m1, tanh, erf] {
            for zero in [0.0_f32, -0.0] {
                assert_eq!(function(zero).to_bits(), zero.to_bits());
            }
        }
    }
}
