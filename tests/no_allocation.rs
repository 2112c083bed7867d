//! A training step and inference allocate nothing, but for activations of more than 32 KiB.
#![allow(clippy::unwrap_used, reason = "a test")]

use allocation_counter::measure;
use typenet::prelude::*;

type Network = Sequential![
    Dense<20, 128>,
    Relu,
    BatchNorm<128>,
    Dropout,
    Residual<Sequential![Dense<128, 128>, Gelu, Dropout<20>]>,
    Dense<128, 64>,
    Tanh,
    Dense<64, 3>,
    Softmax,
];

const INPUTS: [[f32; 20]; 40] = [[0.25; 20]; 40];
const TARGETS: [usize; 40] = [1; 40];

/// A first step makes room; the next ones, on batches that are not larger, must not.
fn steps<O: Optimizer, B: Batch>(optimizer: &O) {
    let mut network = initialized::<Network>(1);
    let mut workspace = Workspace::<Network, [f32; 20], O, B>::EMPTY;
    let mut rng = seeded(1);
    let mut step = |samples: usize| {
        let (inputs, targets) = (&INPUTS[..samples], &TARGETS[..samples]);
        workspace
            .train_step(&mut network, &SparseCategoricalCrossEntropy, optimizer, inputs, targets, &mut rng)
            .unwrap()
    };
    let first = measure(|| {
        step(40);
    });
    // The counter counts: with `Heap` the first step does allocate.
    assert_eq!(first.count_total > 0, B::CAPACITY == usize::MAX);
    let later = measure(|| {
        for samples in [40, 1, 7, 32, 40] {
            step(samples);
        }
    });
    assert_eq!(later.count_total, 0);
}

#[test]
fn training_steps() {
    steps::<_, Heap>(&Adam::default());
    steps::<_, Inline<40>>(&Adam::default());
    steps::<_, Heap>(&AdamW::default().clip(Clip::GlobalNorm(1.0)));
    steps::<_, Heap>(&RmsProp::default().clip(Clip::Norm(1.0)));
    steps::<_, Heap>(&Sgd::default());
    steps::<_, Heap>(&Adagrad::default().weight_decay(0.1).weights_only());
    steps::<_, Heap>(&Adadelta::default().average(0.9));
    steps::<_, Heap>(&Adam::default().amsgrad().accumulate(2));
    steps::<_, Heap>(&Adamax::default().groups([ParameterGroup::matching("0.*").rate(0.1)]));
    steps::<_, Heap>(&NAdam::default());
    steps::<_, Heap>(&RAdam::default());
    steps::<_, Heap>(&Lion::default());
    steps::<_, Heap>(&Sgd::default().momentum(0.9).nesterov().clip(Clip::Value(1.0)));
}

#[test]
fn a_step_that_fails() {
    let mut network = initialized::<Network>(1);
    let mut workspace = Workspace::<Network, [f32; 20], Adam, Heap>::EMPTY;
    let mut step = |input: f32| {
        let (loss, adam) = (SparseCategoricalCrossEntropy, Adam::default());
        workspace.train_step(&mut network, &loss, &adam, &[[input; 20]], &[1_usize], &mut seeded(1))
    };
    step(0.5).unwrap();
    let failed = measure(|| assert!(step(f32::NAN).is_err()));
    assert_eq!(failed.count_total, 0);
}

#[test]
fn inference() {
    let network = initialized::<Network>(1);
    let mut outputs = [[0.0; 3]; 40];
    for samples in [1, 2, 16, 33, 40] {
        let forward = measure(|| network.forward(&INPUTS[..samples], &mut outputs[..samples]));
        assert_eq!(forward.count_total, 0, "{samples} samples");
    }
    assert!(outputs.iter().all(|p| (p.iter().sum::<f32>() - 1.0).abs() < 1e-5));
}

#[test]
fn steps_of_a_stream() {
    // A state of 122 KiB; the window of the convolution has 40.
    type Network = Sequential![CausalConv1d<64, 64, 160, 3>, Relu, MaxPool1d<2>, CausalConv1d<64, 8, 3>, Gru<8, 8>];
    let network = initialized::<Network>(1);
    let mut state = Box::new(Stream::<[f32; 64]>::start(&*network));
    let steps = measure(|| {
        for _ in 0..9 {
            network.step(&mut state, &[0.5; 64]);
        }
    });
    assert_eq!(steps.count_total, 0);
}

#[test]
fn activations_that_are_too_large_for_the_stack() {
    fn allocations<N: Layer<[f32; 1], Output = [f32; 1]>>() -> u64 {
        let network = initialized::<N>(1);
        let mut output = [[0.0; 1]];
        measure(|| network.forward(&[[0.5]], &mut output)).count_total
    }
    // 8192 numbers are 32 KiB.
    assert_eq!(allocations::<Sequential![Dense<1, 8192>, Relu, Dense<8192, 1>]>(), 0);
    // A `Relu` works in place, in the buffer of its input; a `Softmax` writes into the other one.
    assert_eq!(allocations::<Sequential![Dense<1, 8193>, Relu, Dense<8193, 1>]>(), 1);
    assert_eq!(allocations::<Sequential![Dense<1, 8193>, Softmax, Dense<8193, 1>]>(), 2);
}
