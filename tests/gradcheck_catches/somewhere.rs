//! Layers that are wrong somewhere only: for some inputs, some output gradients, some batches.

use typenet::bytemuck::AnyBitPattern;
use typenet::gradcheck::{Check, Contract, Hint, check_layer};
use typenet::prelude::*;
use typenet::rand::Rng;

/// The ways in which [`Odd`] is wrong: not everywhere.
mod odd {
    macro_rules! number {
        ($at:expr;) => {};
        ($at:expr; $name:ident $($rest:ident)*) => {
            pub const $name: u32 = $at;
            number!($at + 1; $($rest)*);
        };
    }
    number! {
        0; NOWHERE LARGE_INPUT SMALL_INPUT NEGATIVE_INPUT ZERO_INPUT SMALL_GRADIENT LARGE_GRADIENT ZERO_GRADIENT
        NEGATIVE_GRADIENT CLIPPED_GRADIENT TAPE_USED_UP INPUT_ALONE_SIGN INPUT_ALONE_ADDS TRAINING_ALONE
        LARGE_BATCH LAST_OF_LARGE_BATCH SINGLE_PRECISION INLINE INLINE_OUTPUT OFFSET OFFSET_IN_TRAINING DIVIDED
        GRADIENT_OF_SQUARE
    }
}

/// `y = w x` element by element, wrong somewhere.
#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[bytemuck(crate = "typenet::bytemuck")]
#[repr(C)]
struct Odd<const MISTAKE: u32, T: Scalar = f64> {
    weight: [T; 3],
}

typenet::parameters!(Odd<MISTAKE, T> { weight: Scale [3] }, const MISTAKE: u32, T: Scalar);

impl<const M: u32, T: Scalar> Odd<M, T> {
    /// `dx`, for a wrong layer.
    fn pull(&self, input: &[[T; 3]], output_gradient: &[[T; 3]], input_gradient: &mut [[T; 3]], inline: bool) {
        let samples = input.len();
        for (sample, ((x, g), dx)) in input.iter().zip(output_gradient).zip(input_gradient).enumerate() {
            for (((x, g), dx), w) in x.iter().zip(g).zip(dx).zip(&self.weight) {
                let (x, size, pull) = (x.to_f64(), x.to_f64().abs(), g.to_f64());
                let wrong = match M {
                    odd::LARGE_INPUT => size > 2.5,
                    odd::SMALL_INPUT => size > 0.0 && size < 0.03,
                    odd::NEGATIVE_INPUT => x < -5.0,
                    odd::ZERO_INPUT => x == 0.0,
                    odd::SMALL_GRADIENT => pull.abs() < 0.1,
                    odd::LARGE_GRADIENT => pull.abs() > 10.0,
                    odd::NEGATIVE_GRADIENT => pull < -50.0,
                    odd::LARGE_BATCH => samples > 5,
                    odd::LAST_OF_LARGE_BATCH => sample == 7,
                    odd::SINGLE_PRECISION => T::EPSILON.to_f64() > 1e-10,
                    odd::INLINE => inline,
                    odd::OFFSET | odd::OFFSET_IN_TRAINING => true,
                    _ => false,
                };
                *dx = if wrong { T::ZERO } else { *g * *w };
                match M {
                    odd::ZERO_GRADIENT => *dx = *dx * *g / *g,
                    odd::CLIPPED_GRADIENT => *dx = T::from_f64(pull.clamp(-60.0, 60.0)) * *w,
                    odd::DIVIDED => *dx /= T::from_f64(samples as f64),
                    odd::GRADIENT_OF_SQUARE => *dx += T::from_f64(1e-4 * pull * pull),
                    _ => {}
                }
            }
        }
    }
}

impl<const M: u32, T: Scalar> Layer<[T; 3]> for Odd<M, T> {
    type Output = [T; 3];
    /// What the weight's gradient is multiplied by.
    type Tape<B: Batch> = Remember<[T; 1]>;

    fn forward(&self, input: &[[T; 3]], output: &mut [[T; 3]]) {
        let offset = T::from_f64(if M == odd::OFFSET { 1e10 } else { 0.0 });
        for (x, y) in input.iter().zip(output) {
            *y = std::array::from_fn(|i| x[i] * self.weight[i] + offset);
        }
    }

    fn forward_train<B: Batch>(
        &self,
        input: &[[T; 3]],
        output: &mut [[T; 3]],
        tape: &mut Self::Tape<B>,
        _: &mut impl Rng,
    ) {
        self.forward(input, output);
        tape.0 = [T::ONE];
        let inline = B::CAPACITY < usize::MAX;
        for y in output.as_flattened_mut() {
            match M {
                odd::TRAINING_ALONE => *y += T::from_f64(0.5),
                odd::OFFSET_IN_TRAINING => *y += T::from_f64(1e10),
                odd::INLINE_OUTPUT if inline => *y += T::ONE,
                _ => {}
            }
        }
    }

    fn backward<B: Batch>(
        &self,
        input: &[[T; 3]],
        _: &[[T; 3]],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [[T; 3]],
        input_gradient: Option<&mut [[T; 3]]>,
        gradient: &mut Self,
    ) {
        for (x, g) in input.iter().zip(&*output_gradient) {
            for ((dw, x), g) in gradient.weight.iter_mut().zip(x).zip(g) {
                *dw += tape.0[0] * *x * *g;
            }
        }
        if M == odd::TAPE_USED_UP {
            tape.0[0] *= T::from_f64(0.5);
        }
        if let Some(input_gradient) = input_gradient {
            self.pull(input, output_gradient, input_gradient, B::CAPACITY < usize::MAX);
        }
    }

    fn backward_input<B: Batch>(
        &self,
        input: &[[T; 3]],
        _: &[[T; 3]],
        _: &mut Self::Tape<B>,
        output_gradient: &mut [[T; 3]],
        input_gradient: &mut [[T; 3]],
    ) {
        let before = input_gradient.to_vec();
        self.pull(input, output_gradient, input_gradient, false);
        for (dx, before) in input_gradient.as_flattened_mut().iter_mut().zip(before.as_flattened()) {
            match M {
                odd::INPUT_ALONE_SIGN => *dx = -*dx,
                odd::INPUT_ALONE_ADDS => *dx += *before,
                _ => {}
            }
        }
    }
}

#[test]
fn the_right_one_passes_in_both_precisions() {
    let double = check_layer::<Odd<{ odd::NOWHERE }>, [f64; 3]>(&Check::default()).unwrap();
    assert!(double.largest_error < 1e-7, "{double}");
    let single = check_layer::<Odd<{ odd::NOWHERE }, f32>, [f32; 3]>(&Check::default()).unwrap();
    assert!(single.largest_error < 1e-3 && single.largest_error > 1e-9, "{single}");
}

macro_rules! caught_somewhere {
    ($($test:ident: $mistake:ident breaks $contract:ident;)+) => {$(
        #[test]
        fn $test() {
            let failure = check_layer::<Odd<{ odd::$mistake }>, [f64; 3]>(&Check::default()).expect_err("it passed");
            assert_eq!(failure.contract, Contract::$contract, "{failure}");
        }
    )+};
}

caught_somewhere! {
    wrong_for_large_inputs: LARGE_INPUT breaks Gradient;
    wrong_for_small_inputs: SMALL_INPUT breaks Gradient;
    wrong_for_very_negative_inputs: NEGATIVE_INPUT breaks Gradient;
    wrong_for_an_input_of_zero: ZERO_INPUT breaks Gradient;
    drops_small_output_gradients: SMALL_GRADIENT breaks Linear;
    drops_large_output_gradients: LARGE_GRADIENT breaks Linear;
    divides_by_the_output_gradient: ZERO_GRADIENT breaks Finite;
    drops_very_negative_output_gradients: NEGATIVE_GRADIENT breaks Linear;
    clips_output_gradients: CLIPPED_GRADIENT breaks Linear;
    square_of_the_output_gradient: GRADIENT_OF_SQUARE breaks Gradient;
    uses_up_its_tape: TAPE_USED_UP breaks Repeats;
    sign_of_backward_input: INPUT_ALONE_SIGN breaks BackwardInput;
    backward_input_adds: INPUT_ALONE_ADDS breaks OverwritesInputGradient;
    other_output_in_training: TRAINING_ALONE breaks TrainsAsItInfers;
    wrong_in_large_batches: LARGE_BATCH breaks Gradient;
    wrong_in_the_eighth_sample: LAST_OF_LARGE_BATCH breaks Gradient;
    wrong_on_inline: INLINE breaks Inline;
    other_output_on_inline: INLINE_OUTPUT breaks Inline;
    missing_behind_an_offset: OFFSET breaks Smooth;
    missing_behind_an_offset_in_training: OFFSET_IN_TRAINING breaks Smooth;
    divided_by_the_batch: DIVIDED breaks Gradient;
}

#[test]
fn wrong_in_single_precision_alone() {
    type Single<T> = Odd<{ odd::SINGLE_PRECISION }, T>;
    assert!(check_layer::<Single<f64>, [f64; 3]>(&Check::default()).is_ok());
    let failure = check_layer::<Single<f32>, [f32; 3]>(&Check::default()).unwrap_err();
    assert_eq!((failure.contract, failure.hint), (Contract::Gradient, Some(Hint::Missing)), "{failure}");
}

#[test]
fn mistakes_are_seen_in_single_precision() {
    fn contract<const M: u32>() -> Contract {
        check_layer::<Odd<M, f32>, [f32; 3]>(&Check::default()).unwrap_err().contract
    }
    assert_eq!(contract::<{ odd::DIVIDED }>(), Contract::Gradient);
    assert_eq!(contract::<{ odd::TAPE_USED_UP }>(), Contract::Repeats);
    assert_eq!(contract::<{ odd::INPUT_ALONE_SIGN }>(), Contract::BackwardInput);
    assert_eq!(contract::<{ odd::SMALL_GRADIENT }>(), Contract::Linear);
}

#[test]
fn what_differs_in_training_on_purpose() {
    let check = Check::default().differs_in_training();
    assert!(check_layer::<Odd<{ odd::TRAINING_ALONE }>, [f64; 3]>(&check).is_ok());
}

#[test]
fn a_range_of_values_is_kept() {
    // The layer is right within it.
    let check = Check::default().values(-2.0..2.0);
    assert!(check_layer::<Odd<{ odd::LARGE_INPUT }>, [f64; 3]>(&check).is_ok());
}
