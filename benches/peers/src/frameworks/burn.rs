//! The workloads on Burn, with its CPU backend flex.

use std::hint::black_box;

use ::burn::module::Module;
use ::burn::nn::conv::{Conv2d, Conv2dConfig};
use ::burn::nn::loss::{BinaryCrossEntropyLossConfig, CrossEntropyLossConfig};
use ::burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use ::burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Gru, GruConfig, Linear, LinearConfig, Relu};
use ::burn::optim::momentum::MomentumConfig;
use ::burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig};
use ::burn::tensor::{Device, Int, Tensor, TensorData};

use crate::data::{self, Batches};
use crate::task::{Offer, Task, Workload};

/// W1; W1-plain and W2 without batch normalisation and dropout.
#[derive(Module, Debug)]
struct Classifier {
    first: Linear,
    norm: Option<BatchNorm>,
    dropout: Option<Dropout>,
    second: Linear,
    third: Linear,
    relu: Relu,
}

impl Classifier {
    fn new(plain: bool, device: &Device) -> Self {
        Self {
            first: LinearConfig::new(20, 128).init(device),
            norm: (!plain).then(|| BatchNormConfig::new(128).init(device)),
            dropout: (!plain).then(|| DropoutConfig::new(0.5).init()),
            second: LinearConfig::new(128, 64).init(device),
            third: LinearConfig::new(64, 1).init(device),
            relu: Relu::new(),
        }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let mut x = self.relu.forward(self.first.forward(x));
        if let Some(norm) = &self.norm {
            x = norm.forward(x);
        }
        if let Some(dropout) = &self.dropout {
            x = dropout.forward(x);
        }
        self.third.forward(self.relu.forward(self.second.forward(x)))
    }
}

/// W3.
#[derive(Module, Debug)]
struct Digits {
    first: Linear,
    second: Linear,
    third: Linear,
    relu: Relu,
}

impl Digits {
    fn new(device: &Device) -> Self {
        Self {
            first: LinearConfig::new(784, 512).init(device),
            second: LinearConfig::new(512, 512).init(device),
            third: LinearConfig::new(512, 10).init(device),
            relu: Relu::new(),
        }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let x = self.relu.forward(self.first.forward(x));
        self.third.forward(self.relu.forward(self.second.forward(x)))
    }
}

/// W4.
#[derive(Module, Debug)]
struct Convolutional {
    first: Conv2d,
    second: Conv2d,
    pool: MaxPool2d,
    dense: Linear,
    relu: Relu,
}

impl Convolutional {
    fn new(device: &Device) -> Self {
        Self {
            first: Conv2dConfig::new([1, 8], [3, 3]).init(device),
            second: Conv2dConfig::new([8, 16], [3, 3]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).init(),
            dense: LinearConfig::new(400, 10).init(device),
            relu: Relu::new(),
        }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let [samples, _] = x.dims();
        let x = self.pool.forward(self.relu.forward(self.first.forward(x.reshape([samples, 1, 28, 28]))));
        let x = self.pool.forward(self.relu.forward(self.second.forward(x)));
        self.dense.forward(x.reshape([samples, 400]))
    }
}

/// A tensor that takes over a vector.
fn matrix(values: Vec<f32>, rows: usize, device: &Device) -> Tensor<2> {
    let columns = values.len() / rows;
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

/// Steps whose loss `loss` computes from a model and a batch.
fn train<M: Module + 'static, Y: Copy + 'static>(
    model: M,
    mut optimizer: ModuleOptimizer,
    rate: f64,
    mut batches: Batches<Y>,
    loss: impl Fn(&M, Vec<f32>, Vec<Y>) -> Tensor<1> + 'static,
) -> Task {
    let mut model = Some(model);
    Task::Train(Box::new(move || {
        let (inputs, targets) = batches.gather();
        let network = model.take().expect("put back by the last step");
        let loss = loss(&network, inputs, targets);
        let value = loss.clone().into_scalar::<f32>();
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        model = Some(optimizer.step(rate, network, gradients));
        value
    }))
}

fn classifier(plain: bool) -> Task {
    let device = Device::flex().autodiff();
    let entropy = BinaryCrossEntropyLossConfig::new().with_logits(true).init(&device);
    let model = Classifier::new(plain, &device);
    train(model, AdamConfig::new().init(), 1e-3, Batches::new(data::tumours(), 32), move |model, x, y| {
        let classes = y.iter().map(|y| *y as i32).collect::<Vec<_>>();
        let targets = Tensor::<2, Int>::from_data(TensorData::new(classes, [y.len(), 1]), &device);
        entropy.forward(model.forward(matrix(x, y.len(), &device)), targets)
    })
}

/// Training on classes.
fn classes<M: Module + 'static>(
    model: M,
    optimizer: ModuleOptimizer,
    rate: f64,
    batches: Batches<usize>,
    forward: fn(&M, Tensor<2>) -> Tensor<2>,
) -> Task {
    let device = Device::flex().autodiff();
    let entropy = CrossEntropyLossConfig::new().init(&device);
    train(model, optimizer, rate, batches, move |model, x, y| {
        let classes = y.iter().map(|y| *y as i32).collect::<Vec<_>>();
        let targets = Tensor::<1, Int>::from_data(TensorData::new(classes, [y.len()]), &device);
        entropy.forward(forward(model, matrix(x, y.len(), &device)), targets)
    })
}

fn infer<const D: usize>(run: impl Fn() -> Tensor<D> + Clone + 'static) -> Task {
    let outputs = run.clone();
    Task::Infer(
        Box::new(move || {
            black_box(run());
        }),
        Box::new(move || outputs().into_data().try_into_vec().expect("f32")),
    )
}

pub fn offer(workload: Workload) -> Offer {
    let (device, training) = (Device::flex(), Device::flex().autodiff());
    Ok(match workload {
        Workload::W1 => classifier(false),
        Workload::W1Plain => classifier(true),
        Workload::W2(batch) => {
            let model = Classifier::new(true, &device);
            let inputs = matrix(data::inputs::<20>(batch), batch, &device);
            infer(move || model.forward(black_box(inputs.clone())))
        }
        Workload::W3 => {
            let batches = Batches::new(data::bands(4096), 128);
            classes(Digits::new(&training), AdamConfig::new().init(), 1e-3, batches, Digits::forward)
        }
        Workload::W4 => {
            let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0);
            let sgd = SgdConfig::new().with_momentum(Some(momentum)).init();
            let batches = Batches::new(data::bands(1024), 32);
            classes(Convolutional::new(&training), sgd, 0.01, batches, Convolutional::forward)
        }
        Workload::W5 => {
            let gru: Gru = GruConfig::new(8, 32, true).init(&device);
            let sequence = Tensor::<3>::from_data(TensorData::new(data::sequence(), [1, 64, 8]), &device);
            infer(move || gru.forward(black_box(sequence.clone()), None))
        }
    })
}
