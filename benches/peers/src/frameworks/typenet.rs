//! The workloads on typenet: those of its own benchmarks.

use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

use ::typenet::prelude::*;

use crate::data::{self, Batches};
use crate::networks::{Classifier, Digits, Inference, Plain, Training};
use crate::task::{Offer, Task, Workload};

/// W4.
pub type Convolutional = Sequential![
    Conv2d<1, 8, 3>,
    Relu,
    MaxPool2d<2>,
    Conv2d<8, 16, 3>,
    Relu,
    MaxPool2d<2>,
    Flatten,
    Dense<400, 10>,
];
/// W5.
pub type Sequence = Gru<8, 32>;

fn train<N, X, Y, L>(loss: L, data: (Vec<X>, Vec<Y>), batch: usize) -> Task
where
    N: Layer<X> + 'static,
    N::Output: Tensor<Scalar = f32>,
    X: Sample,
    Y: Sample,
    L: Loss<N::Output, Y> + 'static,
{
    let mut training = Training::<N, X, Y, L>::new(loss, data, batch);
    Task::Train(Box::new(move || training.step()))
}

fn infer<N, X>(inputs: Vec<X>) -> Task
where
    N: Layer<X> + 'static,
    N::Output: Tensor<Scalar = f32>,
    X: Sample,
{
    let inference = Rc::new(RefCell::new(Inference::<N, X, _>::new(inputs)));
    let outputs = Rc::clone(&inference);
    Task::Infer(
        Box::new(move || {
            black_box(inference.borrow_mut().run());
        }),
        Box::new(move || N::Output::flat(outputs.borrow_mut().run()).to_vec()),
    )
}

/// Rows of a table as samples.
fn samples<X: Tensor<Scalar = f32>>(flat: &[f32]) -> Vec<X> {
    let mut samples = vec![X::ZERO; flat.len() / X::LEN];
    X::flat_mut(&mut samples).copy_from_slice(flat);
    samples
}

fn tumours() -> (Vec<[f32; 20]>, Vec<[f32; 1]>) {
    let data = data::tumours();
    (samples(&data.inputs), samples(&data.targets))
}

fn digits() -> (Vec<[f32; 784]>, Vec<usize>) {
    let data = data::bands(4096);
    (samples(&data.inputs), data.targets)
}

fn convolutional() -> Task {
    let data = data::bands(1024);
    let (inputs, targets) = (samples::<[[[f32; 28]; 28]; 1]>(&data.inputs), data.targets.clone());
    let mut batches = Batches::new(data, 32);
    let mut batch = (vec![inputs[0]; 32], vec![0; 32]);
    let mut network: Box<Convolutional> = initialized(1);
    let mut workspace = Workspace::<Convolutional, _, Momentum, Heap>::EMPTY;
    let (sgd, mut rng) = (Sgd::new(0.01).momentum(0.9), seeded(3));
    Task::Train(Box::new(move || {
        for (at, row) in batches.rows().iter().enumerate() {
            batch.0[at] = inputs[*row];
            batch.1[at] = targets[*row];
        }
        workspace
            .train_step(&mut network, &SparseCategoricalCrossEntropyLogits, &sgd, &batch.0, &batch.1, &mut rng)
            .expect("the data is finite")
    }))
}

pub fn offer(workload: Workload) -> Offer {
    Ok(match workload {
        Workload::W1 => train::<Classifier, _, _, _>(BinaryCrossEntropyLogits, tumours(), 32),
        Workload::W1Plain => train::<Plain, _, _, _>(BinaryCrossEntropyLogits, tumours(), 32),
        Workload::W2(batch) => infer::<Plain, [f32; 20]>(samples(&data::inputs::<20>(batch))),
        Workload::W3 => train::<Digits, _, _, _>(SparseCategoricalCrossEntropyLogits, digits(), 128),
        Workload::W4 => convolutional(),
        Workload::W5 => infer::<Sequence, [[f32; 8]; 64]>(samples(&data::sequence())),
    })
}
