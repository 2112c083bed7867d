//! The loops of batch normalisation: over the batch, for several features at a time.

use super::add;
use crate::kernel::rows::{in_blocks, in_blocks_mut};
use crate::kernel::{BLOCK, vectorize};
use crate::network::Scalar;

/// Work on each feature over the whole batch. It is done for blocks of features, whose sums are
/// then in registers, and over slices, so that it is compiled once and not for every size.
pub(super) trait PerFeature {
    /// Works on `W` features from `start` on. There is nothing to do where there are not so many.
    fn run<const W: usize>(&mut self, start: usize) -> Option<()>;
}

/// Works on all features of a batch.
pub(super) fn by_blocks(features: usize, mut work: impl PerFeature) {
    // Of a machine with a vector unit; four arrays of 4 are what the registers of a small one hold.
    const BLOCK: usize = if cfg!(feature = "simd") { 32 } else { 4 };
    vectorize(
        #[inline(always)]
        move || {
            let mut start = 0;
            // Ends: each round takes a block of features.
            while start + BLOCK <= features {
                work.run::<BLOCK>(start);
                start += BLOCK;
            }
            // Ends: each round takes a feature.
            while start < features {
                work.run::<1>(start);
                start += 1;
            }
        },
    );
}

/// `W` of the values from `start` on.
#[inline(always)]
fn block<T: Copy, const W: usize>(values: &[T], start: usize) -> Option<[T; W]> {
    values.get(start..)?.first_chunk::<W>().copied()
}

/// The same, to write to.
#[inline(always)]
fn block_mut<T, const W: usize>(values: &mut [T], start: usize) -> Option<&mut [T; W]> {
    values.get_mut(start..)?.first_chunk_mut::<W>()
}

/// `W` features of each sample in a batch of so many features.
#[inline(always)]
fn samples<T, const W: usize>(batch: &[T], features: usize, start: usize) -> impl Iterator<Item = &[T; W]> {
    in_blocks(batch.get(start..).unwrap_or_default(), features).map_while(<[T]>::first_chunk::<W>)
}

/// The same, to write to.
#[inline(always)]
fn samples_mut<T, const W: usize>(batch: &mut [T], features: usize, start: usize) -> impl Iterator<Item = &mut [T; W]> {
    in_blocks_mut(batch.get_mut(start..).unwrap_or_default(), features).map_while(<[T]>::first_chunk_mut::<W>)
}

/// A batch in parts, whose sums are added up.
#[inline(always)]
fn parts<T>(batch: &[T], features: usize) -> impl Iterator<Item = &[T]> {
    in_blocks(batch, features * BLOCK)
}

/// `y = (x - mean) inverse scale + shift`
pub(super) struct Normalize<'a, T> {
    pub mean: &'a [T],
    pub inverse: &'a [T],
    pub scale: &'a [T],
    pub shift: &'a [T],
    pub input: &'a [T],
    pub output: &'a mut [T],
}

impl<T: Scalar> PerFeature for Normalize<'_, T> {
    #[inline(always)]
    fn run<const W: usize>(&mut self, start: usize) -> Option<()> {
        let features = self.mean.len();
        let (mean, inverse) = (block::<T, W>(self.mean, start)?, block::<T, W>(self.inverse, start)?);
        let (scale, shift) = (block::<T, W>(self.scale, start)?, block::<T, W>(self.shift, start)?);
        for (x, y) in
            samples::<T, W>(self.input, features, start).zip(samples_mut::<T, W>(self.output, features, start))
        {
            let constants = mean.iter().zip(&inverse).zip(&scale).zip(&shift);
            for ((y, x), (((mean, inverse), scale), shift)) in y.iter_mut().zip(x).zip(constants) {
                *y = (*x - *mean) * *inverse * *scale + *shift;
            }
        }
        Some(())
    }
}

/// Mean and biased variance, in two passes: one pass loses digits when the mean is large.
pub(super) struct Statistics<'a, T> {
    pub mean: &'a mut [T],
    pub variance: &'a mut [T],
    pub input: &'a [T],
}

impl<T: Scalar> PerFeature for Statistics<'_, T> {
    #[inline(always)]
    fn run<const W: usize>(&mut self, start: usize) -> Option<()> {
        let features = self.mean.len();
        let share = T::ONE / T::from_f64((self.input.len() / features.max(1)).max(1) as f64);
        let mut mean = [T::ZERO; W];
        for part in parts(self.input, features) {
            let mut sum = [T::ZERO; W];
            for x in samples::<T, W>(part, features, start) {
                add(&mut sum, x);
            }
            add(&mut mean, &sum);
        }
        for mean in &mut mean {
            *mean *= share;
        }
        let mut variance = [T::ZERO; W];
        for part in parts(self.input, features) {
            let mut sum = [T::ZERO; W];
            for x in samples::<T, W>(part, features, start) {
                for ((sum, x), mean) in sum.iter_mut().zip(x).zip(&mean) {
                    let difference = *x - *mean;
                    *sum += difference * difference;
                }
            }
            add(&mut variance, &sum);
        }
        for variance in &mut variance {
            // An overflow must be seen in the loss: 1 / sqrt(infinity) would hide it. Infinity times 0
            // is not-a-number, anything else 0.
            *variance = *variance * share + *variance * T::ZERO;
        }
        *block_mut(self.mean, start)? = mean;
        *block_mut(self.variance, start)? = variance;
        Some(())
    }
}

/// The backward pass; `inverse` is `1 / sqrt(variance + epsilon)`.
pub(super) struct Backward<'a, T> {
    pub mean: &'a [T],
    pub inverse: &'a [T],
    pub scale: &'a [T],
    pub input: &'a [T],
    pub output_gradient: &'a [T],
    pub by_scale: &'a mut [T],
    pub by_shift: &'a mut [T],
    pub input_gradient: Option<&'a mut [T]>,
}

impl<T: Scalar> PerFeature for Backward<'_, T> {
    #[inline(always)]
    fn run<const W: usize>(&mut self, start: usize) -> Option<()> {
        let features = self.mean.len();
        let (mean, inverse) = (block::<T, W>(self.mean, start)?, block::<T, W>(self.inverse, start)?);
        let (mut by_scale, mut by_shift) = ([T::ZERO; W], [T::ZERO; W]);
        for (input, gradient) in parts(self.input, features).zip(parts(self.output_gradient, features)) {
            let (mut scale, mut shift) = ([T::ZERO; W], [T::ZERO; W]);
            let pairs = samples::<T, W>(input, features, start).zip(samples::<T, W>(gradient, features, start));
            for (x, g) in pairs {
                let features = x.iter().zip(g).zip(mean.iter().zip(&inverse));
                for ((scale, shift), ((x, g), (mean, inverse))) in scale.iter_mut().zip(&mut shift).zip(features) {
                    *scale += *g * ((*x - *mean) * *inverse);
                    *shift += *g;
                }
            }
            add(&mut by_scale, &scale);
            add(&mut by_shift, &shift);
        }
        // A layer without the one or the other has no gradient of it.
        add(self.by_scale.get_mut(start..).unwrap_or_default(), &by_scale);
        add(self.by_shift.get_mut(start..).unwrap_or_default(), &by_shift);

        let share = T::ONE / T::from_f64((self.input.len() / features.max(1)).max(1) as f64);
        let mut factor = block::<T, W>(self.scale, start)?;
        for (factor, inverse) in factor.iter_mut().zip(&inverse) {
            *factor *= *inverse;
        }
        let pairs =
            samples::<T, W>(self.input, features, start).zip(samples::<T, W>(self.output_gradient, features, start));
        let input_gradient = self.input_gradient.as_deref_mut()?;
        for (dx, (x, g)) in samples_mut::<T, W>(input_gradient, features, start).zip(pairs) {
            let sums = factor.iter().zip(&by_scale).zip(&by_shift);
            let features = x.iter().zip(g).zip(mean.iter().zip(&inverse)).zip(sums);
            for (dx, (((x, g), (mean, inverse)), ((factor, by_scale), by_shift))) in dx.iter_mut().zip(features) {
                let normalized = (*x - *mean) * *inverse;
                *dx = *factor * (*g - share * (*by_shift + normalized * *by_scale));
            }
        }
        Some(())
    }
}
