//! The workloads that typenet is measured by: networks, data and one step of each. Nothing here
//! depends on how time is taken, so that a comparison with other frameworks can include this file.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use typenet::prelude::*;

/// W1: the network of the quickstart, on logits.
pub type Classifier = Sequential![
    Dense<20, 128>,
    Relu,
    BatchNorm<128>,
    Dropout,
    Dense<128, 64>,
    Relu,
    Dense<64, 1>,
];

/// W1-plain and W2: the same without batch normalisation and dropout.
pub type Plain = Sequential![Dense<20, 128>, Relu, Dense<128, 64>, Relu, Dense<64, 1>];

/// W3: handwritten digits, fully connected.
pub type Digits = Sequential![Dense<784, 512>, Relu, Dense<512, 512>, Relu, Dense<512, 10>];

/// Inputs in [-1, 1).
pub fn inputs<const N: usize>(samples: usize, rng: &mut impl Rng) -> Vec<[f32; N]> {
    (0..samples).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect()
}

/// 455 samples of 20 features and a class that a noisy half space decides.
pub fn tumours(rng: &mut impl Rng) -> (Vec<[f32; 20]>, Vec<[f32; 1]>) {
    let inputs = inputs(455, rng);
    let class = |x: &[f32; 20], noise: f32| if x.iter().sum::<f32>() + noise > 0.0 { 1.0 } else { 0.0 };
    let targets = inputs.iter().map(|x| [class(x, rng.random_range(-2.0..2.0))]).collect();
    (inputs, targets)
}

/// 4096 samples of 784 pixels and one of ten classes.
pub fn digits(rng: &mut impl Rng) -> (Vec<[f32; 784]>, Vec<usize>) {
    let inputs = inputs(4096, rng);
    let targets = inputs.iter().map(|_| rng.random_range(0..10)).collect();
    (inputs, targets)
}

/// Training in batches that are gathered from shuffled samples, as `Trainer::fit` does.
pub struct Training<N: Layer<X>, X: Sample, Y, L> {
    network: Box<N>,
    workspace: Workspace<N, X, Adam, Heap>,
    loss: L,
    data: (Vec<X>, Vec<Y>),
    order: Vec<usize>,
    next: usize,
    batch: (Vec<X>, Vec<Y>),
    rng: rand::rngs::Xoshiro256PlusPlus,
}

impl<N, X, Y, L> Training<N, X, Y, L>
where
    N: Layer<X>,
    N::Output: Tensor<Scalar = f32>,
    X: Sample,
    Y: Sample,
    L: Loss<N::Output, Y>,
{
    pub fn new(loss: L, data: (Vec<X>, Vec<Y>), batch: usize) -> Self {
        let mut rng = seeded(1);
        let mut order: Vec<usize> = (0..data.0.len()).collect();
        order.shuffle(&mut rng);
        let batch = (vec![data.0[0]; batch], vec![data.1[0]; batch]);
        Self { network: initialized(1), workspace: Workspace::EMPTY, loss, data, order, next: 0, batch, rng }
    }

    /// One whole training step; its loss.
    pub fn step(&mut self) -> f32 {
        let (inputs, targets) = &mut self.batch;
        if self.next + inputs.len() > self.order.len() {
            self.next = 0;
        }
        let rows = &self.order[self.next..self.next + inputs.len()];
        self.next += inputs.len();
        for ((input, target), row) in inputs.iter_mut().zip(targets.iter_mut()).zip(rows) {
            *input = self.data.0[*row];
            *target = self.data.1[*row];
        }
        self.workspace
            .train_step(&mut self.network, &self.loss, &Adam::default(), inputs, targets, &mut self.rng)
            .expect("random data cannot fail")
    }
}

/// Inference on batches of one size.
pub struct Inference<N, X, Y> {
    network: Box<N>,
    inputs: Vec<X>,
    outputs: Vec<Y>,
}

impl<N: Layer<X>, X: Sample> Inference<N, X, N::Output> {
    pub fn new(inputs: Vec<X>) -> Self {
        let outputs = vec![N::Output::ZERO; inputs.len()];
        Self { network: initialized(1), inputs, outputs }
    }

    pub fn run(&mut self) -> &[N::Output] {
        self.network.forward(std::hint::black_box(&self.inputs), &mut self.outputs);
        &self.outputs
    }
}
