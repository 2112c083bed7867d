//! The workloads on dfdx, which has shapes in types too.

use std::hint::black_box;

use ::dfdx::nn::builders::*;
use ::dfdx::nn::modules::Linear as Built;
use ::dfdx::optim::{Adam, Optimizer};
use ::dfdx::prelude::{
    AsArray, Backward, Const, Cpu, DeviceBuildExt, Module, ModuleMut, Rank0, Rank1, Rank2, SelectTo, Tensor,
    TensorFrom, TensorFromVec, Trace, ZeroGrads, ZerosTensor, binary_cross_entropy_with_logits_loss,
    cross_entropy_with_logits_loss, sigmoid, tanh,
};

use crate::data::{self, Batches};
use crate::task::{Offer, Task, Workload};

type Classifier = ((Linear<20, 128>, ReLU), (BatchNorm1D<128>, Dropout), (Linear<128, 64>, ReLU), Linear<64, 1>);
type Plain = ((Linear<20, 128>, ReLU), (Linear<128, 64>, ReLU), Linear<64, 1>);
type Digits = ((Linear<784, 512>, ReLU), (Linear<512, 512>, ReLU), Linear<512, 10>);

/// Training steps of a model: its batch and width, and the loss with a function that gives the targets'
/// tensor from the vector.
macro_rules! train {
    ($model:ty, $batches:expr, $batch:literal x $width:literal, $loss:path, $targets:expr) => {{
        let device = Cpu::seed_from_u64(1);
        let mut batches = $batches;
        let mut model = device.build_module::<$model, f32>();
        let mut gradients = Some(model.alloc_grads());
        let mut adam = Adam::new(&model, Default::default());
        Task::Train(Box::new(move || {
            let (inputs, targets) = batches.gather();
            let inputs = device.tensor_from_vec(inputs, (Const::<$batch>, Const::<$width>));
            let traced = inputs.trace(gradients.take().expect("put back by the last step"));
            let loss = $loss(model.forward_mut(traced), $targets(&device, targets));
            let value = loss.array();
            let mut next = loss.backward();
            adam.update(&mut model, &next).expect("every parameter is used");
            model.zero_grads(&mut next);
            gradients = Some(next);
            value
        }))
    }};
}

fn column(device: &Cpu, targets: Vec<f32>) -> Tensor<Rank2<32, 1>, f32, Cpu> {
    device.tensor_from_vec(targets, (Const, Const))
}

fn one_hot(device: &Cpu, targets: Vec<usize>) -> Tensor<Rank2<128, 10>, f32, Cpu> {
    let mut hot = vec![0.0; 1280];
    for (row, class) in targets.into_iter().enumerate() {
        hot[row * 10 + class] = 1.0;
    }
    device.tensor_from_vec(hot, (Const, Const))
}

fn infer<T: 'static>(run: impl Fn() -> T + Clone + 'static, values: fn(T) -> Vec<f32>) -> Task {
    let outputs = run.clone();
    Task::Infer(
        Box::new(move || {
            black_box(run());
        }),
        Box::new(move || values(outputs())),
    )
}

fn inference<const BATCH: usize>() -> Task {
    let device = Cpu::seed_from_u64(1);
    let model = device.build_module::<Plain, f32>();
    let inputs: Tensor<Rank2<BATCH, 20>, f32, Cpu> = device.tensor_from_vec(data::inputs::<20>(BATCH), (Const, Const));
    let run = move || -> Tensor<Rank2<BATCH, 1>, f32, Cpu> { model.forward(black_box(inputs.clone())) };
    infer(run, |outputs| outputs.as_vec())
}

/// A GRU by hand, which dfdx has not: the products of the inputs for all steps at once.
#[derive(Clone)]
struct Gru {
    device: Cpu,
    /// Reset, update, new: from the input and from the state.
    input: [Built<8, 32, f32, Cpu>; 3],
    hidden: [Built<32, 32, f32, Cpu>; 3],
}

impl Gru {
    fn new() -> Self {
        let device = Cpu::seed_from_u64(1);
        Self {
            input: std::array::from_fn(|_| device.build_module::<Linear<8, 32>, f32>()),
            hidden: std::array::from_fn(|_| device.build_module::<Linear<32, 32>, f32>()),
            device,
        }
    }

    fn forward(&self, sequence: Tensor<Rank2<64, 8>, f32, Cpu>) -> Tensor<Rank1<32>, f32, Cpu> {
        let inputs: [Tensor<Rank2<64, 32>, f32, Cpu>; 3] =
            self.input.each_ref().map(|layer| layer.forward(sequence.clone()));
        let mut state: Tensor<Rank1<32>, f32, Cpu> = self.device.zeros();
        for step in 0..64 {
            let at: Tensor<Rank0, usize, Cpu> = self.device.tensor(step);
            let [reset, update, new]: [Tensor<Rank1<32>, f32, Cpu>; 3] =
                inputs.each_ref().map(|x| x.clone().select(at.clone()));
            let [by_reset, by_update, by_new] =
                self.hidden.each_ref().map(|layer| -> Tensor<Rank1<32>, f32, Cpu> { layer.forward(state.clone()) });
            let (reset, update) = (sigmoid(reset + by_reset), sigmoid(update + by_update));
            let new = tanh(new + reset * by_new);
            state = (state - new.clone()) * update + new;
        }
        state
    }
}

pub fn offer(workload: Workload) -> Offer {
    Ok(match workload {
        Workload::W1 => train!(
            Classifier,
            Batches::new(data::tumours(), 32),
            32 x 20,
            binary_cross_entropy_with_logits_loss,
            column
        ),
        Workload::W1Plain => train!(
            Plain,
            Batches::new(data::tumours(), 32),
            32 x 20,
            binary_cross_entropy_with_logits_loss,
            column
        ),
        Workload::W2(1) => inference::<1>(),
        Workload::W2(32) => inference::<32>(),
        Workload::W2(_) => inference::<1024>(),
        Workload::W3 => train!(
            Digits,
            Batches::new(data::bands(4096), 128),
            128 x 784,
            cross_entropy_with_logits_loss,
            one_hot
        ),
        Workload::W4 => return Err("nightly only"),
        Workload::W5 => {
            let gru = Gru::new();
            let sequence = gru.device.tensor_from_vec(data::sequence(), (Const::<64>, Const::<8>));
            let run = move || gru.forward(black_box(sequence.clone()));
            infer(run, |outputs| outputs.as_vec())
        }
    })
}
