//! Positions: where in its sequence a step is.

use bytemuck::AnyBitPattern;

use crate::network::{Batch, Layer, Padded, Scalar};

use crate::network::batch::copy;

/// Learnt positions: adds a row of a learnt weight to each step of a sequence `[[T; DIM]; STEPS]`
/// (Gehring et al. 2017, <https://arxiv.org/abs/1705.03122>).
///
/// Backward, with `g` the derivative by `y`: `dx = g`, `doffset += Σ g` over the samples.
///
/// The rows start at 0: a network begins without positions. (PyTorch and Keras have no such layer;
/// keras_hub's `PositionEmbedding` starts Glorot uniform.)
///
/// ```
/// use typenet::prelude::*;
///
/// let layer = LearntPosition::<2, 3> { offset: [[1.0; 3], [2.0; 3]] };
/// let mut output = [[[0.0; 3]; 2]; 1];
/// layer.forward(&[[[0.5; 3]; 2]], &mut output);
/// assert_eq!(output, [[[1.5; 3], [2.5; 3]]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct LearntPosition<const STEPS: usize, const DIM: usize, T: Scalar = f32> {
    /// What is added to each step.
    pub offset: [[T; DIM]; STEPS],
}

crate::parameters!(
    LearntPosition<STEPS, DIM, T> { offset: Bias [STEPS, DIM] },
    const STEPS: usize, const DIM: usize, T: Scalar
);

/// `sum += summand`
fn add<T: Scalar>(sum: &mut [T], summand: &[T]) {
    for (sum, summand) in sum.iter_mut().zip(summand) {
        *sum += *summand;
    }
}

/// On a sequence as an array, and padded: only the steps there are have a position.
macro_rules! learnt {
    ($(#[$attribute:meta])* $sequence:ty) => {
        $(#[$attribute])*
        impl<const STEPS: usize, const DIM: usize, T: Scalar> Layer<$sequence> for LearntPosition<STEPS, DIM, T> {
            type Output = $sequence;
            type Tape<B: Batch> = ();

            fn forward(&self, input: &[$sequence], output: &mut [$sequence]) {
                for (y, x) in output.iter_mut().zip(input) {
                    *y = *x;
                    add(y.as_mut().as_flattened_mut(), self.offset.as_flattened());
                }
            }

            fn backward<B: Batch>(
                &self,
                _: &[$sequence],
                _: &[$sequence],
                (): &mut (),
                output_gradient: &mut [$sequence],
                input_gradient: Option<&mut [$sequence]>,
                gradient: &mut Self,
            ) {
                for g in output_gradient.iter() {
                    add(gradient.offset.as_flattened_mut(), g.as_ref().as_flattened());
                }
                if let Some(input_gradient) = input_gradient {
                    copy(input_gradient, output_gradient);
                }
            }

            fn backward_input<B: Batch>(
                &self,
                _: &[$sequence],
                _: &[$sequence],
                (): &mut (),
                output_gradient: &mut [$sequence],
                input_gradient: &mut [$sequence],
            ) {
                copy(input_gradient, output_gradient);
            }
        }
    };
}

learnt!([[T; DIM]; STEPS]);
learnt!(#[diagnostic::do_not_recommend] Padded<[T; DIM], STEPS>);

/// Sinusoidal positions: adds to feature `2 i` of step `s` of a sequence `[[T; DIM]; STEPS]`
/// `sin(s / 10000^(2 i / DIM))`, and to feature `2 i + 1` the cosine of the same
/// (Vaswani et al. 2017, <https://arxiv.org/abs/1706.03762>, section 3.5).
///
/// Backward: `dx = g`. Nothing is learnt, and any number of steps is taken.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut output = [[[0.0_f32; 4]; 2]; 1];
/// SinusoidalPosition.forward(&[[[0.0; 4]; 2]], &mut output);
/// assert_eq!(output[0][0], [0.0, 1.0, 0.0, 1.0]);
/// assert_eq!(output[0][1], [0.84147096, 0.5403023, 0.009999833, 0.99995]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct SinusoidalPosition;

crate::no_parameters!(SinusoidalPosition);

/// The same for both.
macro_rules! sinusoidal {
    ($(#[$attribute:meta])* $sequence:ty) => {
        $(#[$attribute])*
        impl<const STEPS: usize, const DIM: usize, T: Scalar> Layer<$sequence> for SinusoidalPosition {
            type Output = $sequence;
            type Tape<B: Batch> = ();

            fn forward(&self, input: &[$sequence], output: &mut [$sequence]) {
                copy(output, input);
                // Each sine once, for all samples.
                for feature in 0..DIM {
                    let exponent = (feature - feature % 2) as f64 / DIM as f64;
                    let frequency = 1.0 / libm::pow(10_000.0, exponent);
                    for step in 0..STEPS {
                        let angle = step as f64 * frequency;
                        let offset = T::from_f64(if feature % 2 == 0 { libm::sin(angle) } else { libm::cos(angle) });
                        let places = output.iter_mut().zip(input);
                        for y in places.filter_map(|(y, _)| y.as_mut().get_mut(step)?.get_mut(feature)) {
                            *y += offset;
                        }
                    }
                }
            }

            fn backward<B: Batch>(
                &self,
                _: &[$sequence],
                _: &[$sequence],
                (): &mut (),
                output_gradient: &mut [$sequence],
                input_gradient: Option<&mut [$sequence]>,
                (): &mut (),
            ) {
                if let Some(input_gradient) = input_gradient {
                    copy(input_gradient, output_gradient);
                }
            }
        }
    };
}

sinusoidal!([[T; DIM]; STEPS]);
sinusoidal!(#[diagnostic::do_not_recommend] Padded<[T; DIM], STEPS>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Inline, Zero};

    #[test]
    fn gradients_by_hand() {
        let mut gradient = LearntPosition::<2, 1, f64> { offset: [[10.0], [20.0]] };
        let mut input_gradient = [[[f64::NAN; 1]; 2]; 2];
        let mut output_gradient = [[[1.0], [2.0]], [[3.0], [5.0]]];
        LearntPosition::<2, 1, f64>::ZERO.backward::<Inline<2>>(
            &[[[0.0; 1]; 2]; 2],
            &[[[0.0; 1]; 2]; 2],
            &mut (),
            &mut output_gradient,
            Some(&mut input_gradient),
            &mut gradient,
        );
        assert_eq!(gradient.offset, [[14.0], [27.0]]);
        assert_eq!(input_gradient, [[[1.0], [2.0]], [[3.0], [5.0]]]);
    }

    #[test]
    fn a_shorter_output_is_no_panic_and_an_odd_last_feature_is_a_sine() {
        let mut output = [[[9.0_f64; 3]; 2]; 2];
        SinusoidalPosition.forward(&[[[1.0; 3]; 2]], &mut output);
        assert_eq!(output[1], [[9.0; 3]; 2]);
        let last = 1.0 + (10_000.0_f64.powf(-2.0 / 3.0)).sin();
        assert!((output[0][1][2] - last).abs() < 1e-15);
    }
}
