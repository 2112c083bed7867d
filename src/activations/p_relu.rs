//! The rectified linear unit with learnt slopes.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::network::features::{layer_of_features, run_of};
use crate::network::{Batch, Initializer, Scalar, Tensor};

/// The rectified linear unit with a learnt slope for each of `N` features: `y = x` for `x > 0` and
/// `y = a x` elsewhere (He et al. 2015, <https://arxiv.org/abs/1502.01852>).
///
/// It takes vectors `[T; N]`, sequences `[[T; N]; STEPS]` and images `[[[T; WIDTH]; HEIGHT]; N]`,
/// with a slope for each channel of an image.
///
/// Backward, with `g` the derivative by `y`: for `x > 0`, `dx = g`; elsewhere `dx = a g` and
/// `da += g x`, summed over the samples, steps and pixels of the feature.
///
/// Slopes start at 0.25, as in the paper and in PyTorch (`num_parameters=N`). Keras starts them at 0
/// and has one for each scalar of the input unless `shared_axes` says otherwise.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = PRelu::<2>::ZERO;
/// layer.init(Initializer::default(), &mut seeded(1));
/// let mut output = [[0.0; 2]; 1];
/// layer.forward(&[[-1.0, 2.0]], &mut output);
/// assert_eq!(output, [[-0.25, 2.0]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct PRelu<const N: usize, T: Scalar = f32> {
    /// What negative numbers of each feature are multiplied by.
    pub slope: [T; N],
}

crate::parameters!(PRelu<N, T> { slope: Scale [N] = start }, const N: usize, T: Scalar);

fn start<T: Scalar>(slope: &mut [T], _: &[usize], _: Initializer, _: &mut impl Rng) {
    slope.fill(T::from_f64(0.25));
}

/// `output = slope x input` where the input is negative, feature after feature, each in `run`
/// neighbouring scalars.
fn values<T: Scalar>(slope: &[T], run: usize, input: &[T], output: &mut [T]) {
    let size = (slope.len() * run).max(1);
    for (input, output) in in_rows(input, size).zip(in_rows_mut(output, size)) {
        let features = in_rows(input, run).zip(in_rows_mut(output, run));
        for ((input, output), slope) in features.zip(slope) {
            for (x, y) in input.iter().zip(output) {
                *y = if *x > T::ZERO || x.is_nan() { *x } else { *slope * *x };
            }
        }
    }
}

/// `sums += Σ g x` over the negative inputs of each feature.
fn slope_gradients<T: Scalar>(run: usize, input: &[T], output_gradient: &[T], sums: &mut [T]) {
    let size = (sums.len() * run).max(1);
    for (input, output_gradient) in in_rows(input, size).zip(in_rows(output_gradient, size)) {
        let features = in_rows(input, run).zip(in_rows(output_gradient, run));
        for ((input, output_gradient), sum) in features.zip(sums.iter_mut()) {
            for (x, g) in input.iter().zip(output_gradient) {
                *sum += if *x > T::ZERO { T::ZERO } else { *g * *x };
            }
        }
    }
}

/// `dx = g` or `slope x g`.
fn input_gradients<T: Scalar>(slope: &[T], run: usize, input: &[T], output_gradient: &[T], input_gradient: &mut [T]) {
    let size = (slope.len() * run).max(1);
    let samples = in_rows(input, size).zip(in_rows(output_gradient, size));
    for ((input, output_gradient), input_gradient) in samples.zip(in_rows_mut(input_gradient, size)) {
        let features = in_rows(input, run).zip(in_rows(output_gradient, run));
        for (((input, output_gradient), slope), dx) in features.zip(slope).zip(in_rows_mut(input_gradient, run)) {
            for ((x, g), dx) in input.iter().zip(output_gradient).zip(dx) {
                *dx = if *x > T::ZERO { *g } else { *slope * *g };
            }
        }
    }
}

layer_of_features!(PRelu<N, T>, [] {
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[Self::Output], output: &mut [Self::Output]) {
        let (run, input, output) = (run_of::<Self::Output>(N), Self::Output::flat(input), Self::Output::flat_mut(output));
        values(&self.slope, run, input, output);
    }

    fn backward<B: Batch>(
        &self,
        input: &[Self::Output],
        output: &[Self::Output],
        (): &mut (),
        output_gradient: &mut [Self::Output],
        mut input_gradient: Option<&mut [Self::Output]>,
        gradient: &mut Self,
    ) {
        let run = run_of::<Self::Output>(N);
        slope_gradients(run, Self::Output::flat(input), Self::Output::flat(output_gradient), &mut gradient.slope);
        if let Some(input_gradient) = &mut input_gradient {
            self.backward_input::<B>(input, output, &mut (), output_gradient, input_gradient);
        }
    }

    fn backward_input<B: Batch>(
        &self,
        input: &[Self::Output],
        _: &[Self::Output],
        (): &mut (),
        output_gradient: &mut [Self::Output],
        input_gradient: &mut [Self::Output],
    ) {
        let (input, output_gradient) = (Self::Output::flat(input), Self::Output::flat(output_gradient));
        let input_gradient = Self::Output::flat_mut(input_gradient);
        input_gradients(&self.slope, run_of::<Self::Output>(N), input, output_gradient, input_gradient);
    }
});

crate::network::stream::streams_alone!(PRelu<N, T>: [T; N], [T: Scalar, const N: usize]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Inline, Layer, Parameters};

    #[test]
    fn each_channel_has_its_slope() {
        let layer = PRelu::<2, f64> { slope: [0.5, -2.0] };
        let mut output = [[[[f64::NAN; 3]; 1]; 2]; 1];
        layer.forward(&[[[[-1.0, 2.0, -4.0]], [[-1.0, 0.0, 3.0]]]], &mut output);
        assert_eq!(output, [[[[-0.5, 2.0, -2.0]], [[2.0, 0.0, 3.0]]]]);
        // In a sequence the features are innermost.
        let mut output = [[[f64::NAN; 2]; 2]; 1];
        layer.forward(&[[[-1.0, -1.0], [4.0, -3.0]]], &mut output);
        assert_eq!(output, [[[-0.5, 2.0], [4.0, 6.0]]]);
    }

    #[test]
    fn slopes_start_at_a_quarter() {
        let mut layer = PRelu::<2, f64> { slope: [9.0; 2] };
        layer.init(Initializer::HeNormal, &mut crate::network::seeded(1));
        assert_eq!(layer.slope, [0.25; 2]);
    }

    #[test]
    fn gradients_by_hand() {
        let layer = PRelu::<2, f64> { slope: [0.5, -2.0] };
        let (input, mut output_gradient) = ([[-1.0, -1.0], [4.0, -3.0]], [[1.0, 2.0], [3.0, 5.0]]);
        let (mut input_gradient, mut gradient) = ([[f64::NAN; 2]; 2], PRelu { slope: [10.0; 2] });
        layer.backward::<Inline<2>>(
            &input,
            &[[0.0; 2]; 2],
            &mut (),
            &mut output_gradient,
            Some(&mut input_gradient),
            &mut gradient,
        );
        assert_eq!(input_gradient, [[0.5, -4.0], [3.0, -10.0]]);
        assert_eq!(gradient.slope, [9.0, 10.0 - 2.0 - 15.0]);
    }

    #[test]
    fn far_out() {
        let mut output = [[0.0_f32; 1]; 5];
        PRelu::<1> { slope: [0.25] }.forward(&[[-1e4], [1e4], [f32::MIN], [f32::MAX], [f32::NAN]], &mut output);
        assert_eq!(output[..4], [[-2500.0], [1e4], [f32::MIN / 4.0], [f32::MAX]]);
        assert!(output[4][0].is_nan());
    }
}
