//! Tensors are plain nested arrays.

use core::fmt;
use core::ops::AddAssign;
use core::slice::{from_mut, from_ref};

use crate::kernel::rows::in_blocks_mut;
use crate::network::extent::Extent;
use crate::network::scalar::Scalar;

/// A value that has an all-zero constant.
///
/// The constant is what a `static` starts from: a network, its gradient and its tape can all be
/// placed in memory before `main` runs.
///
/// ```
/// use typenet::prelude::*;
///
/// static NETWORK: Sequential![Dense<4, 16>, Relu, Dense<16, 3>] = Zero::ZERO;
/// assert!(NETWORK.0.bias.iter().all(|bias| *bias == 0.0));
/// ```
pub trait Zero: Sized {
    /// The value made of zeros. Every implementor's bytes are then all zero.
    const ZERO: Self;
}

impl Zero for () {
    const ZERO: Self = ();
}

impl<V: Zero, const N: usize> Zero for [V; N] {
    const ZERO: Self = [const { V::ZERO }; N];
}

impl<A: Zero, B: Zero> Zero for (A, B) {
    const ZERO: Self = (A::ZERO, B::ZERO);
}

/// What a batch stores one of: a tensor, an array of integer tokens, a class index, or a pair of
/// samples.
///
/// ```
/// use typenet::prelude::*;
///
/// fn shape<X: Sample>() -> String {
///     Shape::<X>::NEW.to_string()
/// }
///
/// assert_eq!(shape::<[f32; 20]>(), "(_, 20)"); // a vector
/// assert_eq!(shape::<[u16; 5]>(), "(_, 5)"); // tokens
/// assert_eq!(shape::<u8>(), "(_)"); // a class index
/// assert_eq!(shape::<([f32; 2], [f32; 3])>(), "(_, (_, 2) and (_, 3))"); // two inputs
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sample",
    label = "not a sample",
    note = "a sample is a number, or an array whose length is known, such as `[f32; 4]` or `[[f32; 28]; 28]`: not a `Vec`"
)]
pub trait Sample: Copy + fmt::Debug + Zero + bytemuck::Zeroable + Send + Sync + 'static {
    /// Writes the sizes of the dimensions, outermost first, separated by `, `.
    ///
    /// # Errors
    ///
    /// Only those of the formatter.
    fn write_dimensions(f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// `sum += summand`, where two branches of a network read one input and these are the derivatives
    /// by it. There is no derivative by an integer: nothing happens then.
    fn accumulate(sum: &mut [Self], summand: &[Self]);

    /// The smallest and the largest number in a batch, as far as they are finite, and whether all are.
    #[doc(hidden)]
    fn extent(samples: &[Self]) -> Extent {
        let _ = samples;
        Extent::EMPTY
    }

    /// Numbers in one sample.
    #[doc(hidden)]
    const UNITS: usize = 0;

    /// Marks the numbers of a sample that are not 0, one mark for each.
    #[doc(hidden)]
    fn mark_nonzero(&self, marks: &mut [bool]) {
        let _ = marks;
    }

    /// Whether a batch of these can be placed in plain bytes. Where it cannot, inference keeps each
    /// activation in memory of its own.
    #[doc(hidden)]
    const PLAIN: bool = false;

    /// The bytes of a batch; none where it is not plain.
    #[doc(hidden)]
    fn bytes_mut(samples: &mut [Self]) -> &mut [u8] {
        let _ = samples;
        &mut []
    }

    /// A batch in bytes that are aligned for it; an empty one elsewhere.
    #[doc(hidden)]
    fn from_bytes_mut(bytes: &mut [u8]) -> &mut [Self] {
        let _ = bytes;
        &mut []
    }
}

/// A nested array of one floating-point scalar: `[T; N]`, `[[T; FEATURES]; STEPS]`,
/// `[[[T; WIDTH]; HEIGHT]; CHANNELS]`. A scalar is a tensor of rank 0.
///
/// A batch is a slice of tensors, and its scalars are one contiguous slice:
///
/// ```
/// use typenet::network::Tensor;
///
/// let batch = [[1.0_f32, 2.0], [3.0, 4.0]];
/// assert_eq!(<[f32; 2]>::flat(&batch), [1.0, 2.0, 3.0, 4.0]);
/// assert_eq!(<[[f32; 5]; 3]>::LEN, 15);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tensor, which this layer takes",
    label = "not a tensor",
    note = "a tensor is a nested array of floating-point numbers",
    note = "a generic function says what its network gives: `N: Layer<[f32; 4], Output = [f32; 1]>`"
)]
pub trait Tensor: Sample {
    /// The scalar at the leaves.
    type Scalar: Scalar;
    /// How deep the arrays nest.
    const RANK: usize;
    /// Scalars in one sample.
    const LEN: usize;
    /// Length of the innermost dimension, which softmax runs over. 1 for a scalar.
    const INNER: usize;
    /// The sizes of the dimensions, outermost first, and zeros behind them.
    #[doc(hidden)]
    const DIMENSIONS: [usize; 8] = [0; 8];
    /// The scalars of a batch, sample after sample.
    fn flat(samples: &[Self]) -> &[Self::Scalar];
    /// The scalars of a batch, to write to.
    fn flat_mut(samples: &mut [Self]) -> &mut [Self::Scalar];
}

impl<X: Sample, const N: usize> Sample for [X; N] {
    fn write_dimensions(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ", {N}")?;
        X::write_dimensions(f)
    }

    fn accumulate(sum: &mut [Self], summand: &[Self]) {
        X::accumulate(sum.as_flattened_mut(), summand.as_flattened());
    }

    fn extent(samples: &[Self]) -> Extent {
        X::extent(samples.as_flattened())
    }

    const UNITS: usize = N * X::UNITS;

    fn mark_nonzero(&self, marks: &mut [bool]) {
        for (x, marks) in self.iter().zip(in_blocks_mut(marks, X::UNITS)) {
            x.mark_nonzero(marks);
        }
    }

    const PLAIN: bool = X::PLAIN && N > 0;

    #[inline(always)]
    fn bytes_mut(samples: &mut [Self]) -> &mut [u8] {
        X::bytes_mut(samples.as_flattened_mut())
    }

    #[inline(always)]
    fn from_bytes_mut(bytes: &mut [u8]) -> &mut [Self] {
        if N == 0 { &mut [] } else { X::from_bytes_mut(bytes).as_chunks_mut().0 }
    }
}

impl<X: Tensor, const N: usize> Tensor for [X; N] {
    type Scalar = X::Scalar;
    const RANK: usize = X::RANK + 1;
    const LEN: usize = N * X::LEN;
    const INNER: usize = if X::RANK == 0 { N } else { X::INNER };
    const DIMENSIONS: [usize; 8] = {
        let [a, b, c, d, e, f, g, _] = X::DIMENSIONS;
        [N, a, b, c, d, e, f, g]
    };

    #[inline(always)]
    fn flat(samples: &[Self]) -> &[Self::Scalar] {
        X::flat(samples.as_flattened())
    }

    #[inline(always)]
    fn flat_mut(samples: &mut [Self]) -> &mut [Self::Scalar] {
        X::flat_mut(samples.as_flattened_mut())
    }
}

impl<A: Sample, B: Sample> Sample for (A, B) {
    fn write_dimensions(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ", {} and {}", Shape::<A>::NEW, Shape::<B>::NEW)
    }

    fn accumulate(sum: &mut [Self], summand: &[Self]) {
        for (sum, summand) in sum.iter_mut().zip(summand) {
            A::accumulate(from_mut(&mut sum.0), from_ref(&summand.0));
            B::accumulate(from_mut(&mut sum.1), from_ref(&summand.1));
        }
    }

    fn extent(samples: &[Self]) -> Extent {
        samples.iter().fold(Extent::EMPTY, |extent, (a, b)| {
            extent.and(A::extent(core::slice::from_ref(a))).and(B::extent(core::slice::from_ref(b)))
        })
    }

    const UNITS: usize = A::UNITS + B::UNITS;

    fn mark_nonzero(&self, marks: &mut [bool]) {
        if let Some((first, second)) = marks.split_at_mut_checked(A::UNITS) {
            self.0.mark_nonzero(first);
            self.1.mark_nonzero(second);
        }
    }
}

/// `sum += summand` of real numbers.
fn add<T: Copy + AddAssign>(sum: &mut [T], summand: &[T]) {
    for (sum, summand) in sum.iter_mut().zip(summand) {
        *sum += *summand;
    }
}

/// Integers have no derivatives to add up.
fn nothing<T>(_: &mut [T], _: &[T]) {}

macro_rules! rank_zero {
    ($accumulate:path; $($number:ty = $zero:expr),+) => {$(
        impl Zero for $number {
            const ZERO: Self = $zero;
        }

        impl Sample for $number {
            fn write_dimensions(_: &mut fmt::Formatter<'_>) -> fmt::Result {
                Ok(())
            }

            fn accumulate(sum: &mut [Self], summand: &[Self]) {
                $accumulate(sum, summand);
            }

            fn extent(samples: &[Self]) -> Extent {
                samples.iter().fold(Extent::EMPTY, |extent, value| extent.with(*value as f64))
            }

            const UNITS: usize = 1;

            fn mark_nonzero(&self, marks: &mut [bool]) {
                if let Some(mark) = marks.first_mut() {
                    *mark |= *self != $zero;
                }
            }

            const PLAIN: bool = true;

            #[inline(always)]
            fn bytes_mut(samples: &mut [Self]) -> &mut [u8] {
                bytemuck::must_cast_slice_mut(samples)
            }

            #[inline(always)]
            fn from_bytes_mut(bytes: &mut [u8]) -> &mut [Self] {
                // Bytes that do not make up a whole number of samples are left over at the end.
                bytemuck::pod_align_to_mut::<u8, Self>(bytes).1
            }
        }
    )+};
}

rank_zero!(add; f32 = 0.0, f64 = 0.0);
rank_zero!(nothing; u8 = 0, u16 = 0, u32 = 0, u64 = 0, usize = 0, i8 = 0, i16 = 0, i32 = 0, i64 = 0);

impl Zero for bool {
    const ZERO: Self = false;
}

impl Sample for bool {
    fn write_dimensions(_: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }

    fn accumulate(_: &mut [Self], _: &[Self]) {}

    fn extent(samples: &[Self]) -> Extent {
        samples.iter().fold(Extent::EMPTY, |extent, value| extent.with(u8::from(*value).into()))
    }
}

/// Displays the shape of a batch of `X` as Keras does, the batch dimension first: `(_, 28, 28)`.
///
/// ```
/// use typenet::network::Shape;
///
/// assert_eq!(Shape::<[[f32; 8]; 3]>::NEW.to_string(), "(_, 3, 8)");
/// assert_eq!(Shape::<f32>::NEW.to_string(), "(_)");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Shape<X>(core::marker::PhantomData<X>);

impl<X> Shape<X> {
    /// The shape of `X`.
    pub const NEW: Self = Self(core::marker::PhantomData);
}

impl<X: Sample> fmt::Display for Shape<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(_")?;
        X::write_dimensions(f)?;
        write!(f, ")")
    }
}

/// `sum += summand`, over the scalars of two batches.
pub(crate) fn add_samples<Y: Tensor, X: Tensor<Scalar = Y::Scalar>>(sum: &mut [Y], summand: &[X]) {
    for (sum, summand) in Y::flat_mut(sum).iter_mut().zip(X::flat(summand)) {
        *sum += *summand;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_written_outermost_first() {
        assert_eq!(Shape::<[[[f32; 2]; 3]; 4]>::NEW.to_string(), "(_, 4, 3, 2)");
        assert_eq!(Shape::<([f32; 2], [u16; 5])>::NEW.to_string(), "(_, (_, 2) and (_, 5))");
    }

    #[test]
    fn numbers_in_any_nesting_add_up_and_tokens_stay() {
        let mut sum = [([[1.0_f32, 2.0]; 2], ([3_u16; 2], 4.0_f64)); 2];
        let summand = [([[10.0, 20.0]; 2], ([7; 2], 40.0)); 2];
        Sample::accumulate(&mut sum, &summand);
        assert_eq!(sum, [([[11.0, 22.0]; 2], ([3; 2], 44.0)); 2]);
    }

    #[test]
    fn each_number_that_is_not_zero_is_marked() {
        type Two = ([[f32; 2]; 2], ([u16; 2], f64));
        assert_eq!(<Two as Sample>::UNITS, 7);
        let mut marks = [false; 7];
        let mut mark = |sample: Two| {
            sample.mark_nonzero(&mut marks);
            marks
        };
        assert_eq!(
            mark(([[0.0; 2], [f32::NAN, -0.0]], ([0, 0], 0.0))),
            [false, false, true, false, false, false, false]
        );
        assert_eq!(mark(([[-1.0, 0.0], [0.0; 2]], ([0, 3], 1e-300))), [true, false, true, false, false, true, true]);
    }

    #[test]
    fn constants_follow_the_nesting() {
        assert_eq!(<[[[f64; 2]; 3]; 4]>::LEN, 24);
        assert_eq!(<[[[f64; 2]; 3]; 4]>::INNER, 2);
        assert_eq!(<[[[f64; 2]; 3]; 4]>::RANK, 3);
        assert_eq!(<[[[f64; 2]; 3]; 4]>::DIMENSIONS, [4, 3, 2, 0, 0, 0, 0, 0]);
        assert_eq!(<f64 as Tensor>::LEN, 1);
    }

    #[test]
    fn flat_is_in_memory_order_and_writes_through() {
        let mut batch = [[[1.0_f32, 2.0], [3.0, 4.0]]; 2];
        if let Some(last) = <[[f32; 2]; 2]>::flat_mut(&mut batch).last_mut() {
            *last = 9.0;
        }
        assert_eq!(<[[f32; 2]; 2]>::flat(&batch), [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 9.0]);
    }
}
