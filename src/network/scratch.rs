//! Memory for what inference computes on its way.

use crate::network::tensor::Sample;

/// More bytes than this in one piece come from the heap, where there is one.
#[cfg(feature = "alloc")]
const LARGEST_ON_STACK: usize = 32 * 1024;

/// Samples that inference takes through memory of so many bytes a sample at once: a few kilobytes, or one sample.
pub(crate) const fn group(bytes: usize) -> usize {
    match bytes {
        0..=512 => 16,
        513..=2048 => 4,
        _ => 1,
    }
}

/// Lends memory for `SAMPLES` samples, all of them zero.
///
/// It is an array on the stack, or, with the feature `alloc` and more than 32 KiB, zeroed memory from the heap that
/// was never on the stack: activations of images are many times larger than the stack of a thread.
#[inline(always)]
pub(crate) fn lend<X: Sample, const SAMPLES: usize>(run: impl FnOnce(&mut [X])) {
    #[cfg(feature = "alloc")]
    if const { size_of::<[X; SAMPLES]>() > LARGEST_ON_STACK } {
        on_heap::<X, SAMPLES>(run);
    } else {
        on_stack::<X, SAMPLES>(run);
    }
    #[cfg(not(feature = "alloc"))]
    on_stack::<X, SAMPLES>(run);
}

// Two functions, so that the array is in no stack frame where the heap is used, in an unoptimised build too.

#[inline(always)]
fn on_stack<X: Sample, const SAMPLES: usize>(run: impl FnOnce(&mut [X])) {
    run(&mut [X::ZERO; SAMPLES]);
}

#[cfg(feature = "alloc")]
fn on_heap<X: Sample, const SAMPLES: usize>(run: impl FnOnce(&mut [X])) {
    run(&mut bytemuck::zeroed_slice_box(SAMPLES));
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;

    #[test]
    fn memory_is_zero_and_of_the_length_asked_for() {
        // 32 KiB and a scalar more; then more than a test thread's stack, of a pair.
        lend::<[f32; 4096], 2>(|samples| assert_eq!(samples, [[0.0; 4096]; 2]));
        lend::<[f32; 8193], 1>(|samples| assert_eq!(samples, [[0.0; 8193]; 1]));
        lend::<([f64; 1 << 20], [f32; 3]), 3>(|samples| {
            assert_eq!(samples.len(), 3);
            assert!(samples.iter().all(|(long, short)| long.iter().all(|x| *x == 0.0) && *short == [0.0; 3]));
        });
        lend::<[f32; 3], 0>(|samples| assert!(samples.is_empty()));
    }
}
