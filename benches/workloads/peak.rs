//! The most fused multiply-adds that one core can do: independent sums in registers.

use std::hint::black_box;

use pulp::{Arch, Simd, WithSimd};

/// Independent sums: enough to hide the latency of an addition.
const SUMS: usize = 12;
const STEPS: usize = 8192;

/// Of one run, with the vectors of the machine's best unit, at most 16 wide.
pub const MULTIPLY_ADDS: usize = SUMS * STEPS * 16;

struct Peak;

impl WithSimd for Peak {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // The same number of multiply-adds whatever the width.
        let steps = STEPS * 16 / S::F32_LANES;
        let factor = simd.splat_f32s(black_box(0.5));
        let mut sums = [simd.splat_f32s(black_box(1.0)); SUMS];
        for _ in 0..steps {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(factor, *sum, factor);
            }
        }
        for sum in sums {
            black_box(simd.reduce_sum_f32s(sum));
        }
    }
}

/// One run.
pub fn run() {
    Arch::new().dispatch(Peak);
}
