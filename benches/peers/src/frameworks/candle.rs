//! The workloads on candle.

use std::hint::black_box;

use candle_core::{DType, Device, Module, Result, Tensor, Var};
use candle_nn::{
    AdamW, BatchNorm, BatchNormConfig, Conv2d, Dropout, GRU, GRUConfig, Linear, Optimizer, ParamsAdamW, RNN,
    VarBuilder, VarMap, batch_norm, conv2d, linear, loss,
};

use crate::data::{self, Batches};
use crate::task::{Offer, Task, Workload};

const CPU: Device = Device::Cpu;

/// W1; W1-plain and W2 without batch normalisation and dropout.
struct Classifier {
    first: Linear,
    between: Option<(BatchNorm, Dropout)>,
    second: Linear,
    third: Linear,
}

impl Classifier {
    fn new(plain: bool, vars: &VarBuilder<'_>) -> Result<Self> {
        let between = if plain {
            None
        } else {
            Some((batch_norm(128, BatchNormConfig::default(), vars.pp("norm"))?, Dropout::new(0.5)))
        };
        Ok(Self {
            first: linear(20, 128, vars.pp("first"))?,
            between,
            second: linear(128, 64, vars.pp("second"))?,
            third: linear(64, 1, vars.pp("third"))?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = self.first.forward(x)?.relu()?;
        if let Some((norm, dropout)) = &self.between {
            x = dropout.forward(&norm.forward_train(&x)?, true)?;
        }
        self.third.forward(&self.second.forward(&x)?.relu()?)
    }
}

/// W3.
struct Digits([Linear; 3]);

impl Digits {
    fn new(vars: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self([
            linear(784, 512, vars.pp("first"))?,
            linear(512, 512, vars.pp("second"))?,
            linear(512, 10, vars.pp("third"))?,
        ]))
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let [first, second, third] = &self.0;
        third.forward(&second.forward(&first.forward(x)?.relu()?)?.relu()?)
    }
}

/// W4.
struct Convolutional {
    first: Conv2d,
    second: Conv2d,
    dense: Linear,
}

impl Convolutional {
    fn new(vars: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self {
            first: conv2d(1, 8, 3, Default::default(), vars.pp("first"))?,
            second: conv2d(8, 16, 3, Default::default(), vars.pp("second"))?,
            dense: linear(400, 10, vars.pp("dense"))?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = x.reshape(((), 1, 28, 28))?;
        let x = self.first.forward(&x)?.relu()?.max_pool2d(2)?;
        let x = self.second.forward(&x)?.relu()?.max_pool2d(2)?;
        self.dense.forward(&x.flatten_from(1)?)
    }
}

/// Gradient descent with momentum, which candle's own has not.
struct Momentum {
    vars: Vec<(Var, Var)>,
    rate: f64,
    momentum: f64,
}

impl Momentum {
    fn new(vars: Vec<Var>) -> Result<Self> {
        let zero = |var: Var| Ok((var.clone(), Var::from_tensor(&var.zeros_like()?)?));
        Ok(Self { vars: vars.into_iter().map(zero).collect::<Result<_>>()?, rate: 0.01, momentum: 0.9 })
    }

    fn step(&self, loss: &Tensor) -> Result<()> {
        let gradients = loss.backward()?;
        for (var, velocity) in &self.vars {
            if let Some(gradient) = gradients.get(var) {
                let next = ((velocity.as_tensor() * self.momentum)? + gradient)?;
                var.set(&(var.as_tensor() - (&next * self.rate)?)?)?;
                velocity.set(&next)?;
            }
        }
        Ok(())
    }
}

/// Adam: decay off.
fn adam(vars: &VarMap) -> Result<impl FnMut(&Tensor) -> Result<()> + use<>> {
    let mut adam = AdamW::new(vars.all_vars(), ParamsAdamW { weight_decay: 0.0, ..Default::default() })?;
    Ok(move |loss: &Tensor| adam.backward_step(loss))
}

/// Steps whose loss `loss` computes from a batch and `update` takes to the parameters.
fn train<Y: Copy + 'static>(
    mut batches: Batches<Y>,
    loss: impl Fn(Vec<f32>, Vec<Y>) -> Result<Tensor> + 'static,
    mut update: impl FnMut(&Tensor) -> Result<()> + 'static,
) -> Task {
    let mut step = move || -> Result<f32> {
        let (inputs, targets) = batches.gather();
        let loss = loss(inputs, targets)?;
        update(&loss)?;
        loss.to_scalar()
    };
    Task::Train(Box::new(move || step().expect("shapes fit")))
}

fn classifier(plain: bool) -> Result<Task> {
    let vars = VarMap::new();
    let model = Classifier::new(plain, &VarBuilder::from_varmap(&vars, DType::F32, &CPU))?;
    let entropy = move |x: Vec<f32>, y: Vec<f32>| {
        let samples = y.len();
        let targets = Tensor::from_vec(y, (samples, 1), &CPU)?;
        loss::binary_cross_entropy_with_logit(&model.forward(&Tensor::from_vec(x, (samples, 20), &CPU)?)?, &targets)
    };
    Ok(train(Batches::new(data::tumours(), 32), entropy, adam(&vars)?))
}

/// The loss of a network that tells ten classes apart.
fn cross_entropy(forward: impl Fn(&Tensor) -> Result<Tensor>) -> impl Fn(Vec<f32>, Vec<usize>) -> Result<Tensor> {
    move |x, y| {
        let inputs = Tensor::from_vec(x, (y.len(), 784), &CPU)?;
        let classes = y.iter().map(|y| *y as u32).collect::<Vec<_>>();
        loss::cross_entropy(&forward(&inputs)?, &Tensor::from_vec(classes, y.len(), &CPU)?)
    }
}

fn infer(run: impl Fn() -> Result<Tensor> + Clone + 'static) -> Task {
    let outputs = run.clone();
    Task::Infer(
        Box::new(move || {
            black_box(run().expect("shapes fit"));
        }),
        Box::new(move || outputs().and_then(|y| y.flatten_all()?.to_vec1()).expect("shapes fit")),
    )
}

fn task(workload: Workload) -> Result<Task> {
    let map = VarMap::new();
    let vars = VarBuilder::from_varmap(&map, DType::F32, &CPU);
    Ok(match workload {
        Workload::W1 => classifier(false)?,
        Workload::W1Plain => classifier(true)?,
        Workload::W2(batch) => {
            let vars = detached(&vars, |vars| Classifier::new(true, vars).map(drop), &map)?;
            let model = std::rc::Rc::new(Classifier::new(true, &vars)?);
            let inputs = Tensor::from_vec(data::inputs::<20>(batch), (batch, 20), &CPU)?;
            infer(move || model.forward(black_box(&inputs)))
        }
        Workload::W3 => {
            let model = Digits::new(&vars)?;
            let entropy = cross_entropy(move |x| model.forward(x));
            train(Batches::new(data::bands(4096), 128), entropy, adam(&map)?)
        }
        Workload::W4 => {
            let model = Convolutional::new(&vars)?;
            let sgd = Momentum::new(map.all_vars())?;
            let entropy = cross_entropy(move |x| model.forward(x));
            train(Batches::new(data::bands(1024), 32), entropy, move |loss| sgd.step(loss))
        }
        Workload::W5 => {
            let build = |vars: &VarBuilder<'_>| GRU::new(8, 32, GRUConfig::default(), vars.clone());
            let gru = build(&detached(&vars, |vars| build(vars).map(drop), &map)?)?;
            let sequence = Tensor::from_vec(data::sequence(), (1, 64, 8), &CPU)?;
            infer(move || {
                let states = gru.seq(black_box(&sequence))?;
                Ok(states[63].h.clone())
            })
        }
    })
}

/// The same parameters as plain tensors: inference need not record what a gradient would need.
fn detached(
    vars: &VarBuilder<'_>,
    build: impl Fn(&VarBuilder<'_>) -> Result<()>,
    map: &VarMap,
) -> Result<VarBuilder<'static>> {
    build(vars)?;
    let data = map.data().lock().expect("one thread");
    let tensors = data.iter().map(|(name, var)| (name.clone(), var.as_detached_tensor())).collect();
    Ok(VarBuilder::from_tensors(tensors, DType::F32, &CPU))
}

pub fn offer(workload: Workload) -> Offer {
    task(workload).map_err(|error| {
        eprintln!("candle: {error}");
        "an error"
    })
}
