//! A whole training: dense layers, batch normalisation, cross-entropy, Adam.

use typenet::prelude::*;

use super::file::Object;
use super::{Number, close};

type Network<T> = Sequential![Dense<4, 8, T>, Relu, BatchNorm<8, 99, -3, T>, Dense<8, 3, T>];

fn initial<T: Number>(mut golden: Object) -> Network<T> {
    let mut network = Network::<T>::ZERO;
    let Chain(first, Chain(Relu, Chain(norm, second))) = &mut network;
    first.weight.as_mut_slice().copy_from_slice(golden.take::<[[T; 8]; 4]>("first_weight").as_flattened());
    first.bias.as_mut_slice().copy_from_slice(&golden.take::<[T; 8]>("first_bias"));
    norm.scale = golden.take("scale");
    norm.shift = golden.take("shift");
    norm.mean = golden.take("mean");
    norm.variance = golden.take("variance");
    second.weight.as_mut_slice().copy_from_slice(golden.take::<[[T; 3]; 8]>("second_weight").as_flattened());
    second.bias.as_mut_slice().copy_from_slice(&golden.take::<[T; 3]>("second_bias"));
    network
}

fn compare_arrays(network: &Network<impl Number>, mut golden: Object) {
    let Chain(first, Chain(Relu, Chain(norm, second))) = network;
    close("first weight", first.weight.as_slice(), &golden.take::<[[f64; 8]; 4]>("first_weight"));
    close("first bias", first.bias.as_slice(), &golden.take::<[f64; 8]>("first_bias"));
    close("scale", &norm.scale, &golden.take::<[f64; 8]>("scale"));
    close("shift", &norm.shift, &golden.take::<[f64; 8]>("shift"));
    close("mean", &norm.mean, &golden.take::<[f64; 8]>("mean"));
    close("variance", &norm.variance, &golden.take::<[f64; 8]>("variance"));
    close("second weight", second.weight.as_slice(), &golden.take::<[[f64; 3]; 8]>("second_weight"));
    close("second bias", second.bias.as_slice(), &golden.take::<[f64; 3]>("second_bias"));
}

fn compare<T: Number>() {
    let mut file = Object::open(include_str!("network.json"));
    let (inputs, classes): ([[T; 4]; 6], [usize; 6]) = (file.take("input"), file.take("class"));
    let loss = SparseCategoricalCrossEntropyLogits;
    let data = Dataset::new(inputs.to_vec(), classes.to_vec()).unwrap_or_default();
    let mut trainer = Trainer::new(Box::new(initial::<T>(file.take("initial"))), loss, Adam::default());
    let history = trainer.fit(&data, Fit::epochs(10).batch_size(6).shuffle(false)).unwrap_or_default();
    let losses: Vec<T> = history.training("loss").unwrap_or_default().into_iter().map(T::from_f64).collect();
    close("losses", &losses, &file.take::<[f64; 10]>("losses"));
    close("prediction", &trainer.predict(&inputs), &file.take::<[[f64; 3]; 6]>("prediction"));
    compare_arrays(trainer.network(), file.take("final"));
}

#[test]
fn network_f32() {
    compare::<f32>();
}

#[test]
fn network_f64() {
    compare::<f64>();
}
