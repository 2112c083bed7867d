//! Global maximum pooling.

use bytemuck::AnyBitPattern;

use crate::network::{Batch, Layer, Padded, Scalar, Stream};

/// Global maximum pooling: the largest value of each channel of an image, from `[[[T; W]; H]; C]` to `[T; C]`, or of
/// each feature over the steps of a sequence, from `[[T; FEATURES]; STEPS]` or [`Padded`] to `[T; FEATURES]`.
///
/// Backward: the derivative goes to the place of the maximum, where several are equal to the first of them, as in
/// PyTorch.
///
/// As a [`Stream`] it gives the largest of all steps so far.
///
/// Keras: `GlobalMaxPooling2D` and `GlobalMaxPooling1D`. PyTorch: `AdaptiveMaxPool2d(1)` and a flattening.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[0.0; 2]; 1];
/// GlobalMaxPool.forward(&[[[[1.0, 2.0]], [[5.0, 3.0]]]], &mut output);
/// assert_eq!(output, [[2.0, 5.0]]);
/// GlobalMaxPool.forward(&[[[1.0, 2.0], [5.0, 3.0]]], &mut output);
/// assert_eq!(output, [[5.0, 3.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct GlobalMaxPool;

crate::no_parameters!(GlobalMaxPool);

impl<T: Scalar, const W: usize, const H: usize, const C: usize> Layer<[[[T; W]; H]; C]> for GlobalMaxPool {
    type Output = [T; C];
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[[[T; W]; H]; C]], output: &mut [[T; C]]) {
        for (plane, y) in input.as_flattened().iter().zip(output.as_flattened_mut()) {
            *y = largest(plane.as_flattened().iter().copied());
        }
    }

    fn backward<B: Batch>(
        &self,
        input: &[[[[T; W]; H]; C]],
        output: &[[T; C]],
        (): &mut (),
        output_gradient: &mut [[T; C]],
        input_gradient: Option<&mut [[[[T; W]; H]; C]]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let planes = input.as_flattened().iter().zip(input_gradient.as_flattened_mut());
        let values = output.as_flattened().iter().zip(output_gradient.as_flattened());
        for ((plane, place), (y, g)) in planes.zip(values) {
            let places = place.as_flattened_mut();
            places.fill(T::ZERO);
            if let Some((_, dx)) = plane.as_flattened().iter().zip(places).find(|(x, _)| *x == y) {
                *dx = *g;
            }
        }
    }
}

impl<T: Scalar, const FEATURES: usize, const STEPS: usize> Layer<[[T; FEATURES]; STEPS]> for GlobalMaxPool {
    type Output = [T; FEATURES];
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[[T; FEATURES]; STEPS]], output: &mut [[T; FEATURES]]) {
        input.iter().zip(output).for_each(|(input, output)| maxima(input, output));
    }

    fn backward<B: Batch>(
        &self,
        input: &[[[T; FEATURES]; STEPS]],
        output: &[[T; FEATURES]],
        (): &mut (),
        output_gradient: &mut [[T; FEATURES]],
        input_gradient: Option<&mut [[[T; FEATURES]; STEPS]]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let samples = input.iter().zip(input_gradient).zip(output.iter().zip(output_gradient));
        for ((input, input_gradient), (output, gradient)) in samples {
            place(input, output, gradient, input_gradient);
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, const FEATURES: usize, const STEPS: usize> Layer<Padded<[T; FEATURES], STEPS>> for GlobalMaxPool {
    type Output = [T; FEATURES];
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[Padded<[T; FEATURES], STEPS>], output: &mut [[T; FEATURES]]) {
        input.iter().zip(output).for_each(|(input, output)| maxima(input.steps(), output));
    }

    fn backward<B: Batch>(
        &self,
        input: &[Padded<[T; FEATURES], STEPS>],
        output: &[[T; FEATURES]],
        (): &mut (),
        output_gradient: &mut [[T; FEATURES]],
        input_gradient: Option<&mut [Padded<[T; FEATURES], STEPS>]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let samples = input.iter().zip(input_gradient).zip(output.iter().zip(output_gradient));
        for ((input, input_gradient), (output, gradient)) in samples {
            place(input.steps(), output, gradient, input_gradient.resize(input.steps().len()));
        }
    }
}

/// The largest of each feature.
#[inline]
fn maxima<T: Scalar, const FEATURES: usize>(steps: &[[T; FEATURES]], output: &mut [T; FEATURES]) {
    for (feature, y) in output.iter_mut().enumerate() {
        *y = largest(steps.iter().filter_map(|step| step.get(feature)).copied());
    }
}

/// The derivative goes to the first step of each largest.
#[inline]
fn place<T: Scalar, const FEATURES: usize>(
    steps: &[[T; FEATURES]],
    output: &[T; FEATURES],
    gradient: &[T; FEATURES],
    places: &mut [[T; FEATURES]],
) {
    places.fill([T::ZERO; FEATURES]);
    for (feature, (y, g)) in output.iter().zip(gradient).enumerate() {
        let mut steps = steps.iter().zip(places.iter_mut());
        let found = steps.find(|(step, _)| step.get(feature) == Some(y));
        if let Some(dx) = found.and_then(|(_, step)| step.get_mut(feature)) {
            *dx = *g;
        }
    }
}

/// The state is the largest values, and whether there was a step.
impl<T: Scalar, const FEATURES: usize> Stream<[T; FEATURES]> for GlobalMaxPool {
    type Output = [T; FEATURES];
    type State = ([T; FEATURES], bool);

    #[inline]
    fn step(&self, (most, begun): &mut Self::State, input: &[T; FEATURES]) -> [T; FEATURES] {
        for (most, x) in most.iter_mut().zip(input) {
            *most = if *begun { most.maximum(*x) } else { *x };
        }
        *begun = true;
        *most
    }
}

/// The largest of some values; a not-a-number among them stays one.
fn largest<T: Scalar>(values: impl Iterator<Item = T>) -> T {
    values.reduce(T::maximum).unwrap_or(T::ZERO)
}
