//! Padded sequences, which the checker's arrays are cut to.

use typenet::bytemuck::AnyBitPattern;
use typenet::prelude::*;

/// As many of the first steps of a sequence as it has steps that start with a positive number: from none to all.
/// Inputs must be away from 0, where the length changes.
#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[bytemuck(crate = "typenet::bytemuck")]
#[repr(C)]
pub struct Cut;

typenet::no_parameters!(Cut);

fn cut<X: Sample, const STEPS: usize>(steps: &[X; STEPS], counts: impl Fn(&X) -> bool) -> Padded<X, STEPS> {
    Padded::new(&steps[..steps.iter().filter(|step| counts(step)).count()]).unwrap()
}

impl<T: Scalar, const FEATURES: usize, const STEPS: usize> Layer<[[T; FEATURES]; STEPS]> for Cut {
    type Output = Padded<[T; FEATURES], STEPS>;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[[T; FEATURES]; STEPS]], output: &mut [Self::Output]) {
        for (x, y) in input.iter().zip(output) {
            *y = cut(x, |step| step[0] > T::ZERO);
        }
    }

    fn backward<B: Batch>(
        &self,
        _: &[[[T; FEATURES]; STEPS]],
        output: &[Self::Output],
        (): &mut (),
        output_gradient: &mut [Self::Output],
        input_gradient: Option<&mut [[[T; FEATURES]; STEPS]]>,
        (): &mut (),
    ) {
        for ((y, g), dx) in output.iter().zip(output_gradient).zip(input_gradient.into_iter().flatten()) {
            assert_eq!(y.steps().len(), g.steps().len(), "a derivative is as long as its sequence");
            *dx = [[T::ZERO; FEATURES]; STEPS];
            dx[..g.steps().len()].copy_from_slice(g.steps());
        }
    }
}

/// The nearest tokens of real numbers, which by themselves have the derivative 0, cut to as many as are above 2.
/// Inputs must be away from the halves.
#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[bytemuck(crate = "typenet::bytemuck")]
#[repr(C)]
pub struct CutTokens;

typenet::no_parameters!(CutTokens);

impl<const STEPS: usize> Layer<[f64; STEPS]> for CutTokens {
    type Output = Padded<u16, STEPS>;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[f64; STEPS]], output: &mut [Self::Output]) {
        for (x, y) in input.iter().zip(output) {
            *y = cut(&x.map(|x| x.round() as u16), |token| *token > 2);
        }
    }

    fn backward<B: Batch>(
        &self,
        _: &[[f64; STEPS]],
        _: &[Self::Output],
        (): &mut (),
        _: &mut [Self::Output],
        input_gradient: Option<&mut [[f64; STEPS]]>,
        (): &mut (),
    ) {
        for dx in input_gradient.into_iter().flatten() {
            *dx = [0.0; STEPS];
        }
    }
}
