//! Global average pooling.

use bytemuck::AnyBitPattern;

use crate::kernel::BLOCK;
use crate::kernel::rows::in_blocks;
use crate::network::{Batch, Layer, Padded, Scalar, Stream};

/// Global average pooling: the mean of each channel of an image, from `[[[T; W]; H]; C]` to `[T; C]`, or of each
/// feature over the steps of a sequence, from `[[T; FEATURES]; STEPS]` or [`Padded`] to `[T; FEATURES]`.
///
/// Backward: `dx = g / n`, with `n` the number of pixels or steps (Lin, Chen, Yan 2013,
/// <https://arxiv.org/abs/1312.4400>).
///
/// As a [`Stream`] it gives the mean of all steps so far, from as many numbers as there are features and a count.
/// [`AveragePool1d`](crate::layers::AveragePool1d) with a `STRIDE` of 1 is that of the last steps alone.
///
/// Keras: `GlobalAveragePooling2D` and `GlobalAveragePooling1D`. PyTorch: `AdaptiveAvgPool2d(1)` and a flattening.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0; 2]; 1];
/// GlobalAveragePool.forward(&[[[[1.0, 2.0]], [[3.0, 5.0]]]], &mut output);
/// assert_eq!(output, [[1.5, 4.0]]);
/// GlobalAveragePool.forward(&[[[1.0, 2.0], [3.0, 5.0]]], &mut output);
/// assert_eq!(output, [[2.0, 3.5]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct GlobalAveragePool;

crate::no_parameters!(GlobalAveragePool);

impl<T: Scalar, const W: usize, const H: usize, const C: usize> Layer<[[[T; W]; H]; C]> for GlobalAveragePool {
    type Output = [T; C];
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[[[T; W]; H]; C]], output: &mut [[T; C]]) {
        let share = share::<T>(W * H);
        for (plane, y) in input.as_flattened().iter().zip(output.as_flattened_mut()) {
            // In blocks, for a large plane.
            let blocks = in_blocks(plane.as_flattened(), BLOCK);
            *y = blocks.fold(T::ZERO, |sum, block| sum + block.iter().fold(T::ZERO, |sum, x| sum + *x)) * share;
        }
    }

    fn backward<B: Batch>(
        &self,
        _: &[[[[T; W]; H]; C]],
        _: &[[T; C]],
        (): &mut (),
        output_gradient: &mut [[T; C]],
        input_gradient: Option<&mut [[[[T; W]; H]; C]]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let share = share::<T>(W * H);
        for (plane, g) in input_gradient.as_flattened_mut().iter_mut().zip(output_gradient.as_flattened()) {
            plane.as_flattened_mut().fill(*g * share);
        }
    }
}

impl<T: Scalar, const FEATURES: usize, const STEPS: usize> Layer<[[T; FEATURES]; STEPS]> for GlobalAveragePool {
    type Output = [T; FEATURES];
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[[T; FEATURES]; STEPS]], output: &mut [[T; FEATURES]]) {
        input.iter().zip(output).for_each(|(input, output)| mean(input, output));
    }

    fn backward<B: Batch>(
        &self,
        _: &[[[T; FEATURES]; STEPS]],
        _: &[[T; FEATURES]],
        (): &mut (),
        output_gradient: &mut [[T; FEATURES]],
        input_gradient: Option<&mut [[[T; FEATURES]; STEPS]]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        input_gradient.iter_mut().zip(output_gradient).for_each(|(steps, gradient)| distribute(gradient, steps));
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, const FEATURES: usize, const STEPS: usize> Layer<Padded<[T; FEATURES], STEPS>> for GlobalAveragePool {
    type Output = [T; FEATURES];
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[Padded<[T; FEATURES], STEPS>], output: &mut [[T; FEATURES]]) {
        input.iter().zip(output).for_each(|(input, output)| mean(input.steps(), output));
    }

    fn backward<B: Batch>(
        &self,
        input: &[Padded<[T; FEATURES], STEPS>],
        _: &[[T; FEATURES]],
        (): &mut (),
        output_gradient: &mut [[T; FEATURES]],
        input_gradient: Option<&mut [Padded<[T; FEATURES], STEPS>]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        for ((input, steps), gradient) in input.iter().zip(input_gradient).zip(output_gradient) {
            distribute(gradient, steps.resize(input.steps().len()));
        }
    }
}

/// The mean over steps.
#[inline]
fn mean<T: Scalar, const FEATURES: usize>(steps: &[[T; FEATURES]], output: &mut [T; FEATURES]) {
    let share = share::<T>(steps.len());
    *output = [T::ZERO; FEATURES];
    for step in steps {
        for (y, x) in output.iter_mut().zip(step) {
            *y += *x;
        }
    }
    for y in output {
        *y *= share;
    }
}

/// The derivative by each of the steps.
#[inline]
fn distribute<T: Scalar, const FEATURES: usize>(gradient: &[T; FEATURES], steps: &mut [[T; FEATURES]]) {
    let share = share::<T>(steps.len());
    steps.fill(gradient.map(|g| g * share));
}

/// The state is the sum of the steps, and how many they were.
impl<T: Scalar, const FEATURES: usize> Stream<[T; FEATURES]> for GlobalAveragePool {
    type Output = [T; FEATURES];
    type State = ([T; FEATURES], usize);

    #[inline]
    fn step(&self, (sum, steps): &mut Self::State, input: &[T; FEATURES]) -> [T; FEATURES] {
        *steps = steps.saturating_add(1);
        let share = share::<T>(*steps);
        sum.iter_mut().zip(input).for_each(|(sum, x)| *sum += *x);
        sum.map(|y| y * share)
    }
}

/// What one of `n` values counts.
fn share<T: Scalar>(n: usize) -> T {
    T::ONE / T::from_f64(n.max(1) as f64)
}
