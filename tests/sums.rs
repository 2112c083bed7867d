//! Sums of many small numbers beside a large one: they do not stand still.
//!
//! 2²⁴ and 4095 ones, in `f32`: added one by one, every one is lost, and the sum is too small by 2.4e-4 of it. In
//! blocks of 256 at most one block of them is, 1.6e-5.

use typenet::network::Tape;
use typenet::prelude::*;

const LARGE: f32 = 16_777_216.0;
const TERMS: usize = 4096;
const SUM: f64 = LARGE as f64 + (TERMS - 1) as f64;

#[track_caller]
fn close(what: &str, found: f32, expected: f64) {
    let error = (f64::from(found) - expected).abs() / expected;
    assert!(error < 2e-5, "{what}: {found} is off by {error:.1e}");
}

/// The terms, as samples of one scalar.
fn terms() -> Vec<[f32; 1]> {
    let mut terms = vec![[1.0]; TERMS];
    terms[0] = [LARGE];
    terms
}

#[test]
fn losses_over_samples_and_over_scalars() {
    let outputs = terms();
    let zeros = vec![[0.0_f32]; TERMS];
    close("samples", MeanAbsoluteError.mean(&outputs, &zeros, None), SUM / TERMS as f64);
    let mut gradients = zeros.clone();
    close("with gradients", MeanAbsoluteError.mean(&outputs, &zeros, Some(&mut gradients)), SUM / TERMS as f64);
    let output: [f32; TERMS] = std::array::from_fn(|at| outputs[at][0]);
    close("scalars", MeanAbsoluteError.sample(&output, &[0.0; TERMS], None), SUM / TERMS as f64);
    let output: [[f32; 1]; TERMS] = output.map(|y| [y]);
    close("steps", PerStep(MeanAbsoluteError).sample(&output, &[[0.0]; TERMS], None), SUM / TERMS as f64);
    // Rows: the divergence of 1 from `exp(-y)` is y.
    let weights: Vec<([f32; 1], f32)> = outputs.iter().map(|[y]| ([0.0], *y)).collect();
    let ones = vec![[1.0_f32]; TERMS];
    close("weights", SampleWeighted(MeanAbsoluteError).mean(&ones, &weights, None), SUM / TERMS as f64);
    close("evaluation", SampleWeighted(MeanAbsoluteError).evaluation(&ones, &weights), SUM / TERMS as f64);
}

#[test]
fn metrics() {
    let mut loss = MeanLoss::mean_absolute_error();
    loss.update(&terms(), &vec![[0.0]; TERMS]);
    close("the mean of a loss", Metric::<[f32; 1]>::value(&loss) as f32, SUM / TERMS as f64);
}

fn bias<const N: usize>() {
    let (dense, mut gradient) = (Dense::<1, N>::ZERO, Dense::<1, N>::ZERO);
    let inputs = vec![[1.0_f32]; TERMS];
    let mut output_gradient: Vec<[f32; N]> = terms().into_iter().map(|[g]| [g; N]).collect();
    let outputs = output_gradient.clone();
    dense.backward::<Heap>(&inputs, &outputs, &mut (), &mut output_gradient, None, &mut gradient);
    for (at, b) in gradient.bias.iter().enumerate() {
        close(&format!("bias {at} of {N}"), *b, SUM);
    }
}

#[test]
fn bias_gradients_in_every_lane() {
    bias::<1>();
    bias::<3>();
    bias::<16>();
    bias::<150>();
}

#[test]
fn batch_statistics() {
    fn mean<const N: usize>() {
        let layer = BatchNorm::<N>::ZERO;
        let inputs: Vec<[f32; N]> = terms().into_iter().map(|[x]| [x; N]).collect();
        let mut tape = <BatchNorm<N> as Layer<[f32; N]>>::Tape::<Heap>::EMPTY;
        tape.grow(TERMS);
        let mut outputs = inputs.clone();
        Layer::<[f32; N]>::forward_train::<Heap>(&layer, &inputs, &mut outputs, &mut tape, &mut seeded(1));
        let mut moved = layer;
        Layer::<[f32; N]>::update_statistics::<Heap>(&mut moved, &tape);
        // A hundredth of the batch's mean.
        for mean in &moved.mean {
            close(&format!("a mean of {N}"), *mean, 0.01 * SUM / TERMS as f64);
        }
    }
    mean::<1>();
    mean::<33>();
}

#[test]
fn global_average_pooling() {
    let mut image = [[[1.0_f32; 64]; 64]; 1];
    image[0][0][0] = LARGE;
    let mut output = [[0.0]];
    GlobalAveragePool.forward(&[image], &mut output);
    close("pooling", output[0][0], SUM / TERMS as f64);
}
