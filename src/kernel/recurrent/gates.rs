//! The functions of gates, vector by vector.

use pulp::Simd;

use super::{Plain, Unit};
use crate::kernel::lanes::Lanes;

/// The functions of gates.
pub(crate) trait Gates: Lanes {
    fn sigmoids<S: Simd>(simd: S, values: &mut [Self]);
    fn tanhs<S: Simd>(simd: S, values: &mut [Self]);
}

impl Gates for f32 {
    #[inline(always)]
    fn sigmoids<S: Simd>(_: S, values: &mut [f32]) {
        values.iter_mut().for_each(|x| *x = sigmoid(*x));
    }

    #[inline(always)]
    fn tanhs<S: Simd>(_: S, values: &mut [f32]) {
        values.iter_mut().for_each(|x| *x = tanh(*x));
    }
}

impl Gates for f64 {
    #[inline(always)]
    fn sigmoids<S: Simd>(_: S, values: &mut [f64]) {
        Plain.sigmoid(values);
    }

    #[inline(always)]
    fn tanhs<S: Simd>(_: S, values: &mut [f64]) {
        Plain.tanh(values);
    }
}

/// `exp(RATE x) - 1` for `RATE x` in [-88, 88], and an end of that range beyond it.
///
/// With `n` the nearest integer to `RATE x log₂e` and `f` what is left of it, it is
/// `2ⁿ (2ᶠ - 1) + (2ⁿ - 1)`. `(2ᶠ - 1) / f` is a polynomial whose relative error, by Remez'
/// exchange, is 1.1e-8 at most. There is no table and no branch, so that the compiler computes
/// as many at once as the unit has lanes; products are grouped to be short, not few.
#[inline(always)]
fn exp_m1<const RATE: i32>(x: f32) -> f32 {
    /// Adding it leaves no bit behind the point, and the integer in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    /// log₂e is these two.
    const HIGH: f32 = core::f32::consts::LOG2_E;
    const LOW: f32 = 1.925_963e-8;
    let rate = RATE as f32;
    let x = x.clamp(-88.0 / rate.abs(), 88.0 / rate.abs());
    let rounded = x.mul_add(rate * HIGH, ROUND);
    let n = rounded - ROUND;
    let f = x.mul_add(rate * LOW, x.mul_add(rate * HIGH, -n));
    let square = f * f;
    let low = f.mul_add(0.240_226_5, core::f32::consts::LN_2);
    let middle = f.mul_add(0.009_618_238, 0.055_503_573);
    let high = f.mul_add(0.000_154_035_12, 0.001_339_079_2);
    let fraction = f * square.mul_add(square.mul_add(high, middle), low);
    let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(0x3f80_0000));
    power.mul_add(fraction, power - 1.0)
}

/// `1 / (1 + exp(-x))`, within 2 units in the last place for `x` in [-88, 88].
#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (2.0 + exp_m1::<-1>(x))
}

/// `tanh(x)`, within 4 units in the last place.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    let e = exp_m1::<2>(x);
    e / (2.0 + e)
}
