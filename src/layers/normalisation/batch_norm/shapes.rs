//! Batch normalisation of sequences and images.

use rand::Rng;

use super::super::normalize::or;
use super::{BatchNorm, BatchStatistics, add};
use crate::kernel::rows::in_blocks;
use crate::kernel::vectorize;
use crate::network::{Batch, Layer, Remember, Scalar, Zero};

/// The steps of a batch of sequences are one larger batch of vectors.
impl<
    const STEPS: usize,
    const N: usize,
    const KEEP: u32,
    const EPSILON: i32,
    T: Scalar,
    const SCALE: usize,
    const SHIFT: usize,
> Layer<[[T; N]; STEPS]> for BatchNorm<N, KEEP, EPSILON, T, SCALE, SHIFT>
{
    type Output = [[T; N]; STEPS];
    type Tape<B: Batch> = Remember<BatchStatistics<N, T>>;
    const MULTIPLY_ADDS: usize = <Self as Layer<[T; N]>>::MULTIPLY_ADDS;
    const SCRATCH: usize = <Self as Layer<[T; N]>>::SCRATCH;
    const CALLS: usize = <Self as Layer<[T; N]>>::CALLS;

    fn forward(&self, input: &[[[T; N]; STEPS]], output: &mut [[[T; N]; STEPS]]) {
        Layer::<[T; N]>::forward(self, input.as_flattened(), output.as_flattened_mut());
    }

    fn forward_train<B: Batch>(
        &self,
        input: &[[[T; N]; STEPS]],
        output: &mut [[[T; N]; STEPS]],
        tape: &mut Self::Tape<B>,
        rng: &mut impl Rng,
    ) {
        let (input, output) = (input.as_flattened(), output.as_flattened_mut());
        Layer::<[T; N]>::forward_train::<B>(self, input, output, tape, rng);
    }

    fn backward<B: Batch>(
        &self,
        input: &[[[T; N]; STEPS]],
        output: &[[[T; N]; STEPS]],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [[[T; N]; STEPS]],
        input_gradient: Option<&mut [[[T; N]; STEPS]]>,
        gradient: &mut Self::Gradient,
    ) {
        let (input, output) = (input.as_flattened(), output.as_flattened());
        let (g, dx) = (output_gradient.as_flattened_mut(), input_gradient.map(<[_]>::as_flattened_mut));
        Layer::<[T; N]>::backward::<B>(self, input, output, tape, g, dx, gradient);
    }

    fn update_statistics<B: Batch>(&mut self, tape: &Self::Tape<B>) {
        Layer::<[T; N]>::update_statistics::<B>(self, tape);
    }
}

/// The sum of a function of the pairs, in lanes: 16 sums side by side, then those in order. It is the same
/// order on every machine.
#[inline(always)]
fn sum<T: Scalar>(a: &[T], b: &[T], f: impl Fn(T, T) -> T) -> T {
    const LANES: usize = 16;
    let mut lanes = [T::ZERO; LANES];
    for (a, b) in in_blocks(a, LANES).zip(in_blocks(b, LANES)) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += f(*a, *b);
        }
    }
    lanes.iter().fold(T::ZERO, |sum, lane| sum + *lane)
}

/// A channel of an image.
type Plane<const WIDTH: usize, const HEIGHT: usize, T> = [[T; WIDTH]; HEIGHT];

/// Adds to each channel's total a function of each of its planes.
#[inline(always)]
fn per_channel<P, T: Scalar, const N: usize>(images: &[[P; N]], totals: &mut [T; N], f: impl Fn(usize, &P) -> T) {
    for image in images {
        for (channel, (total, plane)) in totals.iter_mut().zip(image).enumerate() {
            *total += f(channel, plane);
        }
    }
}

impl<const N: usize, const KEEP: u32, const EPSILON: i32, T: Scalar, const SCALE: usize, const SHIFT: usize>
    BatchNorm<N, KEEP, EPSILON, T, SCALE, SHIFT>
{
    /// `y = (x - mean) / sqrt(variance + epsilon) scale + shift`
    fn normalize_planes<const WIDTH: usize, const HEIGHT: usize>(
        &self,
        mean: &[T; N],
        variance: &[T; N],
        input: &[[Plane<WIDTH, HEIGHT, T>; N]],
        output: &mut [[Plane<WIDTH, HEIGHT, T>; N]],
    ) {
        let inverse = Self::inverse_deviation(variance);
        let (ones, zeros) = ([T::ONE; N], [T::ZERO; N]);
        let (scale, shift) = (or(&self.scale, &ones), or(&self.shift, &zeros));
        vectorize(
            #[inline(always)]
            || {
                for (input, output) in input.iter().zip(output) {
                    let features = mean.iter().zip(&inverse).zip(scale.iter().zip(shift));
                    for ((x, y), ((mean, inverse), (scale, shift))) in input.iter().zip(output).zip(features) {
                        for (x, y) in x.as_flattened().iter().zip(y.as_flattened_mut()) {
                            *y = (*x - *mean) * *inverse * *scale + *shift;
                        }
                    }
                }
            },
        );
    }
}

/// Mean and biased variance of each channel, in two passes: one pass loses digits when the mean is large.
fn statistics<const WIDTH: usize, const HEIGHT: usize, const N: usize, T: Scalar>(
    input: &[[Plane<WIDTH, HEIGHT, T>; N]],
) -> BatchStatistics<N, T> {
    let BatchStatistics { mut mean, mut variance } = BatchStatistics::ZERO;
    let share = T::ONE / T::from_f64((input.len() * WIDTH * HEIGHT).max(1) as f64);
    vectorize(
        #[inline(always)]
        || {
            per_channel(input, &mut mean, |_, plane| sum(plane.as_flattened(), plane.as_flattened(), |x, _| x));
            mean = mean.map(|mean| mean * share);
            per_channel(input, &mut variance, |channel, plane| {
                let mean = mean.get(channel).copied().unwrap_or(T::ZERO);
                sum(plane.as_flattened(), plane.as_flattened(), |x, _| (x - mean) * (x - mean))
            });
            // An overflow must be seen in the loss, as with vectors.
            variance = variance.map(|variance| variance * share + variance * T::ZERO);
        },
    );
    BatchStatistics { mean, variance }
}

impl<
    const WIDTH: usize,
    const HEIGHT: usize,
    const N: usize,
    const KEEP: u32,
    const EPSILON: i32,
    T: Scalar,
    const SCALE: usize,
    const SHIFT: usize,
> Layer<[Plane<WIDTH, HEIGHT, T>; N]> for BatchNorm<N, KEEP, EPSILON, T, SCALE, SHIFT>
{
    type Output = [Plane<WIDTH, HEIGHT, T>; N];
    type Tape<B: Batch> = Remember<BatchStatistics<N, T>>;
    const MULTIPLY_ADDS: usize = <Self as Layer<[T; N]>>::MULTIPLY_ADDS;
    const SCRATCH: usize = <Self as Layer<[T; N]>>::SCRATCH;
    const CALLS: usize = <Self as Layer<[T; N]>>::CALLS;

    fn forward(&self, input: &[Self::Output], output: &mut [Self::Output]) {
        self.normalize_planes(&self.mean, &self.variance, input, output);
    }

    fn forward_train<B: Batch>(
        &self,
        input: &[Self::Output],
        output: &mut [Self::Output],
        tape: &mut Self::Tape<B>,
        _: &mut impl Rng,
    ) {
        tape.0 = statistics(input);
        self.normalize_planes(&tape.0.mean, &tape.0.variance, input, output);
    }

    fn backward<B: Batch>(
        &self,
        input: &[Self::Output],
        _: &[Self::Output],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [Self::Output]>,
        gradient: &mut Self::Gradient,
    ) {
        let BatchStatistics { mean, variance } = &tape.0;
        let inverse = Self::inverse_deviation(variance);
        let (ones, mut by_scale, mut by_shift) = ([T::ONE; N], [T::ZERO; N], [T::ZERO; N]);
        let scale = or(&self.scale, &ones);
        let share = T::ONE / T::from_f64((input.len() * WIDTH * HEIGHT).max(1) as f64);
        vectorize(
            #[inline(always)]
            || {
                for (x, g) in input.iter().zip(output_gradient.iter()) {
                    let sums = by_scale.iter_mut().zip(&mut by_shift);
                    for (((x, g), (mean, inverse)), (by_scale, by_shift)) in
                        x.iter().zip(g).zip(mean.iter().zip(&inverse)).zip(sums)
                    {
                        let (x, g) = (x.as_flattened(), g.as_flattened());
                        *by_scale += sum(x, g, |x, g| g * ((x - *mean) * *inverse));
                        *by_shift += sum(x, g, |_, g| g);
                    }
                }
                let samples = input.iter().zip(output_gradient.iter());
                for ((x, g), dx) in samples.zip(input_gradient.into_iter().flatten()) {
                    let features = mean.iter().zip(&inverse).zip(scale).zip(by_scale.iter().zip(&by_shift));
                    for (((x, g), dx), (((mean, inverse), scale), (by_scale, by_shift))) in
                        x.iter().zip(g).zip(dx).zip(features)
                    {
                        let factor = *scale * *inverse;
                        let pixels = x.as_flattened().iter().zip(g.as_flattened());
                        for ((x, g), dx) in pixels.zip(dx.as_flattened_mut()) {
                            let normalized = (*x - *mean) * *inverse;
                            *dx = factor * (*g - share * (*by_shift + normalized * *by_scale));
                        }
                    }
                }
            },
        );
        add(&mut gradient.scale, &by_scale);
        add(&mut gradient.shift, &by_shift);
    }

    fn update_statistics<B: Batch>(&mut self, tape: &Self::Tape<B>) {
        Layer::<[T; N]>::update_statistics::<B>(self, tape);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Inline, seeded};

    #[test]
    fn a_channel_is_normalised_over_its_pixels_and_the_batch() {
        // Epsilon 1. Channel 0: -1, 1, 3, 5 with mean 2 and variance 5; channel 1: all 7.
        let mut layer = BatchNorm::<2, 50, 0, f64> { scale: [2.0, 3.0], shift: [1.0, -1.0], ..Zero::ZERO };
        let input = [[[[-1.0, 1.0]], [[7.0, 7.0]]], [[[3.0, 5.0]], [[7.0, 7.0]]]];
        let (mut output, mut tape) = ([[[[f64::NAN; 2]; 1]; 2]; 2], Remember(BatchStatistics::ZERO));
        layer.forward_train::<Inline<2>>(&input, &mut output, &mut tape, &mut seeded(1));
        let inverse = 2.0 / 6.0_f64.sqrt();
        let expected = [1.0 - 3.0 * inverse, 1.0 - inverse, -1.0, -1.0, 1.0 + inverse, 1.0 + 3.0 * inverse, -1.0, -1.0];
        for (y, e) in output.as_flattened().as_flattened().as_flattened().iter().zip(expected) {
            assert!((y - e).abs() < 1e-14, "{output:?}");
        }
        Layer::<[Plane<2, 1, f64>; 2]>::update_statistics::<Inline<2>>(&mut layer, &tape);
        assert_eq!((layer.mean, layer.variance), ([1.0, 3.5], [2.5, 0.0]));
        // Inference, of channel 0: (x - 1) / sqrt(3.5) x 2 + 1.
        layer.forward(&input, &mut output);
        assert!((output[1][0][0][1] - (8.0 / 3.5_f64.sqrt() + 1.0)).abs() < 1e-14, "{output:?}");
    }

    #[test]
    fn a_sequence_is_a_larger_batch() {
        let layer = BatchNorm::<3, 99, -3, f64> { scale: [1.5, 2.0, -1.0], shift: [0.0, 1.0, 2.0], ..Zero::ZERO };
        let steps: [[f64; 3]; 4] = [[1.0, -2.0, 0.5], [0.0, 3.0, 2.0], [-1.0, 1.0, 1.0], [5.0, 0.0, -4.0]];
        let (mut tape, mut other) = (Remember(BatchStatistics::ZERO), Remember(BatchStatistics::ZERO));
        let (mut flat, mut nested) = ([[f64::NAN; 3]; 4], [[[f64::NAN; 3]; 2]; 2]);
        layer.forward_train::<Inline<4>>(&steps, &mut flat, &mut tape, &mut seeded(1));
        let sequences = [[steps[0], steps[1]], [steps[2], steps[3]]];
        layer.forward_train::<Inline<2>>(&sequences, &mut nested, &mut other, &mut seeded(1));
        assert_eq!(nested.as_flattened(), flat);
    }

    #[test]
    fn lanes_sum_everything_once() {
        for length in [0, 1, 15, 16, 17, 40] {
            let values: Vec<f64> = (1..=length).map(f64::from).collect();
            let expected = f64::from(length * (length + 1) / 2);
            assert_eq!(sum(&values, &values, |x, _| x), expected);
        }
    }
}
