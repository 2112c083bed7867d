//! One step: with and without a heap, alone and in a trainer.

use std::sync::Mutex;

use typenet::prelude::*;
use typenet::rand::rngs::Xoshiro256PlusPlus;

use super::{Network, bits, data, network};

/// An epoch of batches of 4, step by step. Returns the losses of the steps.
fn epoch_by_steps<B: Batch>(
    workspace: &mut Workspace<Network, [f32; 2], Adam, B>,
    network: &mut Network,
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<f32> {
    let data = data(10);
    let mut losses = Vec::new();
    for (inputs, targets) in data.inputs().chunks(4).zip(data.targets().chunks(4)) {
        let loss = workspace.train_step(network, &MeanSquaredError, &Adam::new(0.01), inputs, targets, rng);
        losses.push(loss.unwrap());
    }
    losses
}

/// Three such epochs.
fn train_by_steps<B: Batch>(
    workspace: &mut Workspace<Network, [f32; 2], Adam, B>,
    network: &mut Network,
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<f32> {
    (0..3).flat_map(|_| epoch_by_steps(workspace, network, rng)).collect()
}

#[test]
fn arrays_in_a_static_and_the_heap_give_the_same_bits() {
    // Nothing of this is on a heap: the workspace is a constant.
    static STATIC: Mutex<Workspace<Network, [f32; 2], Adam, Inline<4>>> = Mutex::new(Workspace::EMPTY);
    let (mut inline, mut heap) = (network(), network());
    let (mut inline_rng, mut heap_rng) = (seeded(5), seeded(5));
    let workspace = &mut *STATIC.lock().unwrap();
    let losses = train_by_steps(workspace, &mut inline, &mut inline_rng);
    let mut other = Workspace::<_, _, _, Heap>::EMPTY;
    assert_eq!(losses, train_by_steps(&mut other, &mut heap, &mut heap_rng));
    assert_eq!(bits(&*inline), bits(&*heap));
    assert_eq!(inline_rng, heap_rng);
    assert_eq!((workspace.steps(), other.steps()), (9, 9));
    // Parameters and statistics have moved.
    let Chain(start, Chain(start_norm, _)) = &*network();
    let Chain(dense, Chain(norm, _)) = &*inline;
    assert!(dense.0.weight != start.0.weight && norm.scale != start_norm.scale);
    assert!(norm.mean != start_norm.mean && norm.variance != start_norm.variance);
}

#[test]
fn a_trainer_takes_the_same_steps() {
    // The random numbers of the first epoch are those of the seed.
    let (mut alone, mut rng) = (network(), seeded(5));
    let losses = epoch_by_steps(&mut Workspace::<_, _, _, Heap>::default(), &mut alone, &mut rng);
    let mut trainer = Trainer::new(network(), MeanSquaredError, Adam::new(0.01)).seed(5);
    let history = trainer.fit(&data(10), Fit::epochs(1).batch_size(4).shuffle(false)).unwrap();
    assert_eq!(bits(trainer.network()), bits(&*alone));
    let weighted = losses.iter().zip([4.0, 4.0, 2.0]).map(|(loss, samples)| f64::from(*loss) * samples);
    assert_eq!(history.training("loss").unwrap(), [weighted.sum::<f64>() / 10.0]);
}

#[test]
fn epochs_one_by_one_are_the_same_as_at_once() {
    let train = |calls: usize, epochs: usize| {
        let mut trainer = Trainer::new(network(), MeanSquaredError, Adam::new(0.01)).seed(5);
        for _ in 0..calls {
            trainer.fit(&data(10), Fit::epochs(epochs).batch_size(4)).unwrap();
        }
        bits(trainer.network())
    };
    assert_eq!(train(3, 1), train(1, 3));
    // Each epoch has an order and masks of its own.
    assert_ne!(train(2, 1), train(1, 1));
}

#[test]
fn nothing_is_left_of_a_larger_batch() {
    // Descent keeps no state: a workspace that is used again must be as good as a new one.
    fn steps<B: Batch>(again: bool) -> (Vec<u64>, Vec<f32>) {
        let (mut network, mut rng, data) = (network(), seeded(5), data(9));
        let mut workspace = Workspace::<Network, [f32; 2], Sgd, B>::EMPTY;
        let mut losses = Vec::new();
        for samples in [9, 2, 5, 1] {
            if !again {
                workspace = Workspace::EMPTY;
            }
            let (inputs, targets) = (&data.inputs()[..samples], &data.targets()[..samples]);
            let loss = workspace.train_step(&mut network, &MeanSquaredError, &Sgd::new(0.1), inputs, targets, &mut rng);
            losses.push(loss.unwrap());
        }
        (bits(&*network), losses)
    }
    assert_eq!(steps::<Heap>(true), steps::<Heap>(false));
    assert_eq!(steps::<Inline<9>>(true), steps::<Heap>(false));
}

#[test]
fn outputs_are_those_of_the_step() {
    // 2 x, before the weight changes.
    let mut line = Dense::<1, 1>::ZERO;
    line.weight[0] = 2.0;
    let mut workspace = Workspace::<_, _, _, Inline<3>>::EMPTY;
    let inputs = [[1.0], [2.0], [3.0]];
    let loss = workspace
        .train_step(&mut line, &MeanSquaredError, &Sgd::new(0.1), &inputs, &[[2.0], [4.0], [9.0]], &mut seeded(1))
        .unwrap();
    assert_eq!((loss, workspace.output()), (3.0, &[[2.0], [4.0], [6.0]][..]));
    assert_ne!(line.weight[0], 2.0);
    // After a smaller batch nothing is left of the larger one, with and without a heap.
    fn smaller<B: Batch>() -> usize {
        let (mut line, mut rng) = (Dense::<1, 1>::ZERO, seeded(1));
        let mut workspace = Workspace::<_, _, _, B>::EMPTY;
        assert!(workspace.output().is_empty());
        for samples in [3, 2] {
            let (inputs, targets) = (&[[1.0], [2.0], [3.0]][..samples], &[[1.0]; 3][..samples]);
            workspace.train_step(&mut line, &MeanSquaredError, &Sgd::new(0.1), inputs, targets, &mut rng).unwrap();
        }
        workspace.output().len()
    }
    assert_eq!((smaller::<Inline<3>>(), smaller::<Heap>()), (2, 2));
}
