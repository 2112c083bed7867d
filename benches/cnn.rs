//! One training step of a small convolutional network on images of 28x28, in batches of 32:
//! `cargo bench --bench cnn`. One thread; the least of many rounds, because other programs disturb the others.
#![allow(clippy::unwrap_used, reason = "a benchmark may stop")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use typenet::prelude::*;

type Image = [[[f32; 28]; 28]; 1];
type Network = Sequential![
    Conv2d<1, 8, 3>,
    Relu,
    MaxPool2d<2>,
    Conv2d<8, 16, 3>,
    Relu,
    MaxPool2d<2>,
    Flatten,
    Dense<400, 10>,
];

const BATCH: usize = 32;
const ROUNDS: usize = 600;
const STEPS: usize = 1;

/// Random images.
fn images() -> Vec<Image> {
    let mut images = vec![Image::ZERO; BATCH];
    Initializer::HeUniform.fill(Image::flat_mut(&mut images), 1, Fan { input: 6, output: 1 }, &mut seeded(1));
    images
}

/// The least time of one run.
fn least(mut run: impl FnMut()) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..STEPS {
            run();
        }
        least = least.min(start.elapsed() / STEPS as u32);
    }
    least
}

/// One layer alone: forward and backward.
fn layer<L: Layer<X, Output: Tensor>, X: Tensor>(name: &str, wants_input: bool) {
    let mut layer: Box<L> = initialized(1);
    let (mut input, mut output) = (vec![X::ZERO; BATCH], vec![L::Output::ZERO; BATCH]);
    for (at, x) in X::flat_mut(&mut input).iter_mut().enumerate() {
        *x = X::Scalar::from_f64((at * 7919 % 1009) as f64 / 1009.0 - 0.5);
    }
    let (mut output_gradient, mut input_gradient) = (output.clone(), input.clone());
    L::Output::flat_mut(&mut output_gradient).fill(Scalar::from_f64(0.01));
    let mut tape = L::Tape::<Heap>::EMPTY;
    tape.grow(BATCH);
    let mut gradient: Box<L::Gradient> = typenet::bytemuck::zeroed_box();
    let mut rng = seeded(2);
    let forward = least(|| layer.forward_train::<Heap>(black_box(&input), black_box(&mut output), &mut tape, &mut rng));
    let backward = least(|| {
        let input_gradient = wants_input.then_some(black_box(input_gradient.as_mut_slice()));
        layer.backward::<Heap>(
            black_box(&input),
            &output,
            &mut tape,
            &mut output_gradient,
            input_gradient,
            &mut gradient,
        );
    });
    layer.init(Initializer::Zeros, &mut rng);
    println!("{name:<28} forward {forward:>10.1?}   backward {backward:>10.1?}");
}

fn main() {
    let (images, targets) = (images(), (0..BATCH).map(|at| (at % 10) as u8).collect::<Vec<_>>());
    let mut network: Box<Network> = initialized(1);
    let mut workspace = Workspace::<Network, Image, Momentum, Heap>::EMPTY;
    let (sgd, mut rng) = (Sgd::new(0.01).momentum(0.9), seeded(3));
    let loss = SparseCategoricalCrossEntropyLogits;
    let step = least(|| {
        workspace.train_step(&mut network, &loss, &sgd, &images, black_box(&targets), &mut rng).unwrap();
    });
    println!("{:<28} {step:.1?}", "training step");
    let mut output = vec![[0.0; 10]; BATCH];
    let inference = least(|| network.forward(black_box(&images), &mut output));
    println!("{:<28} {inference:.1?}", "inference");
    layer::<Conv2d<1, 8, 3>, Image>("Conv2d<1, 8, 3>", false);
    layer::<Relu, [[[f32; 26]; 26]; 8]>("Relu", true);
    layer::<MaxPool2d<2>, [[[f32; 26]; 26]; 8]>("MaxPool2d<2>", true);
    layer::<Conv2d<8, 16, 3>, [[[f32; 13]; 13]; 8]>("Conv2d<8, 16, 3>", true);
    layer::<Conv2d<8, 16, 3, 1, 1>, [[[f32; 13]; 13]; 8]>("Conv2d<8, 16, 3, 1, 1>", true);
    layer::<Conv2d<8, 16, 3, 2>, [[[f32; 13]; 13]; 8]>("Conv2d<8, 16, 3, 2>", true);
    layer::<MaxPool2d<2>, [[[f32; 11]; 11]; 16]>("MaxPool2d<2>", true);
    layer::<Dense<400, 10>, [f32; 400]>("Dense<400, 10>", true);
}
