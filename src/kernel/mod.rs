//! The only tuned loops. Layers call them through [`Scalar`](crate::network::Scalar).
//!
//! | file | what |
//! | --- | --- |
//! | `reference` | multiply, then add, in index order: the same bits on every machine |
//! | `blocks` | the same sums in registers, for processors without vectors: the same bits |
//! | `products` | the same, fast: by tiles, over panels that fit the cache |
//! | `rows` | the rows of a matrix, without a division |
//! | `tile` | register blocks of fused multiply-adds |
//! | `lanes` | the vector operations that these are made of |
//! | `squares` | transposes squares in the registers of AVX-512 |
//! | `recurrent` | the steps of a recurrent layer |
//! | `convolution` | sums over windows, with both forms of its own |
//! | `shards` | large products on several threads (feature `rayon`) |
//! | `exponential` | exp and tanh of `f32` in a constant number of steps, with the bits of `libm` |
//! | `functions` | exp, tanh, .. of `f32` without branches |
//! | `dispatch` | which vector unit, found at run time (feature `simd`) |
//!
//! A matrix is a slice, row after row; its number of columns is given beside it. The sizes are
//! known to the compiler where a kernel is called, but the code of a kernel is the same for all
//! of them: it is compiled once, not once for each layer of a network. Only `blocks` has them as types.

/// Terms that are summed in one number before their sum is added to the total: a sum of `n` terms errs by at most
/// `256 + n / 256` roundings of the sum of their absolute values, not by `n`. One `f32` would stand still at 2²⁴ ones.
pub(crate) const BLOCK: usize = 256;

pub(crate) mod blocks;
pub(crate) mod convolution;
#[cfg(any(test, not(feature = "simd")))]
pub(crate) mod exponential;
pub(crate) mod recurrent;
pub(crate) mod reference;
pub(crate) mod rows;

#[cfg(feature = "simd")]
mod dispatch;
#[cfg(feature = "simd")]
pub(crate) mod functions;
#[cfg(feature = "simd")]
mod lanes;
#[cfg(feature = "simd")]
mod products;
#[cfg(feature = "rayon")]
mod shards;
#[cfg(feature = "simd")]
mod squares;
#[cfg(all(test, feature = "simd"))]
mod tests;
#[cfg(feature = "simd")]
mod tile;

#[cfg(feature = "simd")]
pub(crate) use dispatch::{affine, input_gradient, parameter_gradient, vectorize};
#[cfg(not(feature = "simd"))]
pub(crate) use reference::{affine, input_gradient, parameter_gradient};
#[cfg(feature = "rayon")]
pub(crate) use shards::in_pieces;

/// Runs a loop. With the feature `simd` it is compiled for wider vector units too, and the widest
/// that the machine has is taken; the bits of its result do not change, because the compiler may
/// neither reorder sums nor fuse a multiplication with an addition.
#[cfg(not(feature = "simd"))]
#[inline(always)]
pub(crate) fn vectorize<R>(run: impl FnOnce() -> R) -> R {
    run()
}

/// Runs an elementwise loop over arrays of the same length: in one piece, or with the feature `rayon`
/// in pieces on several threads.
#[cfg(not(feature = "rayon"))]
#[inline(always)]
pub(crate) fn in_pieces<T, const K: usize>(arrays: [&mut [T]; K], run: impl Fn([&mut [T]; K])) {
    run(arrays);
}
