//! What the normalisations within one sample share: a sample is cut into groups of neighbouring
//! scalars, and each group gets mean 0 and variance 1.

use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::network::Scalar;

/// From a batch to its groups, to the square root.
pub(super) const CALLS: usize = 2;

/// The array of a layer, or where the layer is without it, one that does nothing.
#[inline(always)]
pub(super) fn or<'a, T, const N: usize>(array: &'a [T], neutral: &'a [T; N]) -> &'a [T; N] {
    array.first_chunk().unwrap_or(neutral)
}

/// The gradient of an array, or where the layer is without, room that nobody reads.
#[inline(always)]
pub(super) fn or_room<'a, T, const N: usize>(array: &'a mut [T], room: &'a mut [T; N]) -> &'a mut [T; N] {
    array.first_chunk_mut().unwrap_or(room)
}

/// How a batch is cut into groups. A group has `features` features in turn, each of them a run of
/// `run` neighbouring scalars.
#[derive(Clone, Copy)]
pub(super) struct Groups<T> {
    /// Features in one group.
    pub features: usize,
    /// Neighbouring scalars of one feature.
    pub run: usize,
    /// What is added to a variance.
    pub epsilon: T,
}

impl<T: Scalar> Groups<T> {
    /// Scalars in one group.
    fn size(self) -> usize {
        (self.features * self.run).max(1)
    }

    /// The mean of a group and `1 / sqrt(variance + epsilon)`, in two passes: one pass loses digits
    /// when the mean is large.
    fn statistics(self, group: &[T]) -> (T, T) {
        let share = T::ONE / T::from_f64(self.size() as f64);
        let mean = share * group.iter().fold(T::ZERO, |sum, x| sum + *x);
        let squares = group.iter().fold(T::ZERO, |sum, x| sum + (*x - mean) * (*x - mean));
        (mean, T::ONE / (share * squares + self.epsilon).sqrt())
    }

    /// `y = scale (x - mean) / sqrt(variance + epsilon) + shift`
    pub fn normalize(self, scale: &[T], shift: &[T], input: &[T], output: &mut [T]) {
        let (size, features) = (self.size(), self.features.max(1));
        // Ends: with the groups that they go with.
        let parameters = in_rows(scale, features).zip(in_rows(shift, features)).cycle();
        let groups = in_rows(input, size).zip(in_rows_mut(output, size));
        for ((input, output), (scale, shift)) in groups.zip(parameters) {
            let (mean, inverse) = self.statistics(input);
            let runs = in_rows(input, self.run).zip(in_rows_mut(output, self.run));
            for ((input, output), (scale, shift)) in runs.zip(scale.iter().zip(shift)) {
                for (x, y) in input.iter().zip(output) {
                    *y = (*x - mean) * inverse * *scale + *shift;
                }
            }
        }
    }

    /// `scale_gradient += Σ g x̂` and `shift_gradient += Σ g`
    pub fn add_gradients(self, input: &[T], output_gradient: &[T], scale_gradient: &mut [T], shift_gradient: &mut [T]) {
        let (size, features) = (self.size(), self.features.max(1));
        // Sample after sample: a sample's groups are as many as there are in the parameters.
        let sample = (size * (scale_gradient.len() / features)).max(size);
        for (input, output_gradient) in in_rows(input, sample).zip(in_rows(output_gradient, sample)) {
            let parameters = in_rows_mut(scale_gradient, features).zip(in_rows_mut(shift_gradient, features));
            let groups = in_rows(input, size).zip(in_rows(output_gradient, size));
            for ((input, output_gradient), (by_scale, by_shift)) in groups.zip(parameters) {
                let (mean, inverse) = self.statistics(input);
                let runs = in_rows(input, self.run).zip(in_rows(output_gradient, self.run));
                for ((input, output_gradient), (by_scale, by_shift)) in runs.zip(by_scale.iter_mut().zip(by_shift)) {
                    for (x, g) in input.iter().zip(output_gradient) {
                        *by_scale += *g * ((*x - mean) * inverse);
                        *by_shift += *g;
                    }
                }
            }
        }
    }

    /// `dx = (ĝ - mean(ĝ) - x̂ mean(ĝ x̂)) / sqrt(variance + epsilon)` with `ĝ = g scale`
    pub fn input_gradient(self, scale: &[T], input: &[T], output_gradient: &[T], input_gradient: &mut [T]) {
        let (size, features) = (self.size(), self.features.max(1));
        let share = T::ONE / T::from_f64(size as f64);
        let groups = in_rows(input, size).zip(in_rows(output_gradient, size));
        let groups = groups.zip(in_rows_mut(input_gradient, size));
        // Ends: with the groups.
        for (((input, output_gradient), input_gradient), scale) in groups.zip(in_rows(scale, features).cycle()) {
            let (mean, inverse) = self.statistics(input);
            let (mut sum, mut product) = (T::ZERO, T::ZERO);
            let runs = in_rows(output_gradient, self.run).zip(in_rows_mut(input_gradient, self.run));
            for (((g, dx), x), scale) in runs.zip(in_rows(input, self.run)).zip(scale) {
                for ((g, dx), x) in g.iter().zip(dx).zip(x) {
                    *dx = *g * *scale;
                    sum += *dx;
                    product += *dx * ((*x - mean) * inverse);
                }
            }
            let (sum, product) = (share * sum, share * product);
            for (dx, x) in input_gradient.iter_mut().zip(input) {
                *dx = inverse * (*dx - sum - (*x - mean) * inverse * product);
            }
        }
    }
}
