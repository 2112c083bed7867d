//! Normalisations, embeddings, positions, attention, branches: `blocks.py`.

use std::collections::BTreeSet;

use typenet::prelude::*;

use super::file::{Object, Read};
use super::{Number, close};

/// Puts the file's arrays into a layer, by their names.
struct Fill(Object);

impl Walker<0> for Fill {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], _: [&mut [T]; 0]) {
        let numbers: Vec<f64> = self.0.take(&entry.to_string());
        assert_eq!(numbers.len(), values.len(), "{entry}");
        values.iter_mut().zip(numbers).for_each(|(value, number)| *value = T::from_f64(number));
    }
}

/// Compares the gradient of each array with that of the file.
struct Compare<'a>(&'a str, Object);

impl Walker<1> for Compare<'_> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, _: &mut [T], [gradient]: [&mut [T]; 1]) {
        let (found, expected): (Vec<f64>, Vec<f64>) =
            (gradient.iter().map(|g| g.to_f64()).collect(), self.1.take(&entry.to_string()));
        let what = format!("gradient of {entry} of {}", self.0);
        // A derivative that is 0 in exact arithmetic, as that by the bias of the keys: what is left is
        // rounding on both sides, of terms of size 1.
        if expected.iter().all(|e| e.abs() < 1e-14) {
            assert!(found.iter().all(|g| g.abs() < 100.0 * T::EPSILON.to_f64()), "{what}: {found:?}");
        } else if T::EPSILON.to_f64() > f64::EPSILON {
            close(&what, &found.iter().map(|g| *g as f32).collect::<Vec<_>>(), &expected);
        } else {
            close(&what, &found, &expected);
        }
    }
}

pub fn tensors<X: Tensor>(numbers: &[f64]) -> Vec<X> {
    let mut samples = vec![X::ZERO; numbers.len() / X::LEN];
    X::flat_mut(&mut samples).iter_mut().zip(numbers).for_each(|(x, number)| *x = X::Scalar::from_f64(*number));
    samples
}

/// Compares outputs and gradients; the layer is returned with what it measured.
pub fn compare<L, X>(name: &str, golden: &mut Object, input: &[X]) -> (Box<L>, Vec<X>)
where
    L: Layer<X, Output: Tensor<Scalar: Number>>,
    X: Sample,
{
    let mut layer: Box<L> = initialized(1);
    layer.walk([], &Path::ROOT, &mut Fill(golden.take("parameters")));

    let mut tape = L::Tape::<Heap>::EMPTY;
    tape.grow(input.len());
    let not_a_number = <L::Output as Tensor>::Scalar::from_f64(f64::NAN);
    let mut output = vec![L::Output::ZERO; input.len()];
    L::Output::flat_mut(&mut output).fill(not_a_number);
    layer.forward_train::<Heap>(input, &mut output, &mut tape, &mut seeded(1));
    let expected: Vec<f64> = golden.take("output");
    close(&format!("output of {name}"), &output, &expected);
    if L::STATISTICS == 0 {
        let mut inference = vec![L::Output::ZERO; input.len()];
        L::Output::flat_mut(&mut inference).fill(not_a_number);
        layer.forward(input, &mut inference);
        close(&format!("inference of {name}"), &inference, &expected);
    }

    let mut output_gradient = tensors::<L::Output>(&golden.take::<Vec<f64>>("cotangent"));
    let (mut input_gradient, mut gradient) = (input.to_vec(), Box::new(L::Gradient::ZERO));
    let wanted = Some(input_gradient.as_mut_slice());
    layer.backward::<Heap>(input, &output, &mut tape, &mut output_gradient, wanted, &mut gradient);
    layer.walk([&mut *gradient], &Path::ROOT, &mut Compare(name, golden.take("gradients")));
    layer.update_statistics(&tape);
    (layer, input_gradient)
}

/// A case of numbers.
fn numbers<L, X>(name: &str, mut golden: Object) -> (Box<L>, Vec<X>, Object)
where
    L: Layer<X, Output: Tensor<Scalar: Number>>,
    X: Tensor<Scalar: Number>,
{
    let input = tensors::<X>(&golden.take::<Vec<f64>>("input"));
    let (layer, gradient) = compare::<L, X>(name, &mut golden, &input);
    let expected: Vec<f64> = golden.take("input_gradient");
    close(&format!("input gradient of {name}"), &gradient, &expected);
    (layer, input, golden)
}

/// A batch normalisation: also its statistics after the step, and inference with them.
fn batch_norm<T: Number, const SCALE: usize, const SHIFT: usize, X>(name: &str, golden: Object)
where
    BatchNorm<4, 99, -3, T, SCALE, SHIFT>: Layer<X, Output: Tensor<Scalar = T>>,
    X: Tensor<Scalar = T>,
{
    let (layer, input, mut golden) = numbers::<BatchNorm<4, 99, -3, T, SCALE, SHIFT>, X>(name, golden);
    close(&format!("mean of {name}"), &layer.mean, &golden.take::<Vec<f64>>("mean"));
    close(&format!("variance of {name}"), &layer.variance, &golden.take::<Vec<f64>>("variance"));
    let mut output = vec![<BatchNorm<4, 99, -3, T, SCALE, SHIFT> as Layer<X>>::Output::ZERO; input.len()];
    layer.forward(&input, &mut output);
    close(&format!("inference of {name}"), &output, &golden.take::<Vec<f64>>("inference"));
}

fn embedding<T: Number>(name: &str, mut golden: Object) {
    let tokens: Vec<usize> = golden.take("input");
    let input: Vec<[usize; 3]> = tokens.chunks_exact(3).map(|tokens| [tokens[0], tokens[1], tokens[2]]).collect();
    let (_, gradient) = compare::<Embedding<5, 4, T>, [usize; 3]>(name, &mut golden, &input);
    assert_eq!(gradient, [[0; 3]; 2]);
}

type Image<T> = [[[T; 2]; 3]; 4];

/// Two convolutions before normalisations, which need no bias; the chain is what a shortcut goes around.
type ResNetBlock<T> = Sequential![
    Residual<
        Sequential![
            Conv2dNoBias<4, 4, 3, 1, 1, 1, 1, T>,
            BatchNorm<4, 99, -3, T>,
            Relu,
            Conv2dNoBias<4, 4, 3, 1, 1, 1, 1, T>,
            BatchNorm<4, 99, -3, T>,
        ],
    >,
    Relu,
];

/// Layers without a bias, scale or shift.
fn without<T: Number + Read>(n: &str, golden: Object) {
    type Steps<T> = [[T; 4]; 3];
    match n {
        "dense without a bias" => drop(numbers::<DenseNoBias<5, 3, T>, [T; 5]>(n, golden)),
        "layer_norm without a scale" => drop(numbers::<LayerNorm<4, -3, T, 0, 4>, Steps<T>>(n, golden)),
        "layer_norm without a shift" => drop(numbers::<LayerNorm<4, -3, T, 4, 0>, Steps<T>>(n, golden)),
        "layer_norm without both" => drop(numbers::<LayerNorm<4, -3, T, 0, 0>, Steps<T>>(n, golden)),
        "rms_norm without a scale" => drop(numbers::<RmsNorm<4, -6, T, 0>, Steps<T>>(n, golden)),
        "group_norm without a scale" => drop(numbers::<GroupNorm<4, 2, -3, T, 0, 4>, Image<T>>(n, golden)),
        "group_norm without a shift" => drop(numbers::<GroupNorm<4, 2, -3, T, 4, 0>, Image<T>>(n, golden)),
        "group_norm without both" => drop(numbers::<GroupNorm<4, 2, -3, T, 0, 0>, Image<T>>(n, golden)),
        "instance_norm without a scale" => drop(numbers::<InstanceNorm<4, -3, T, 0, 4>, Image<T>>(n, golden)),
        "instance_norm without a shift" => drop(numbers::<InstanceNorm<4, -3, T, 4, 0>, Image<T>>(n, golden)),
        "instance_norm without both" => drop(numbers::<InstanceNorm<4, -3, T, 0, 0>, Image<T>>(n, golden)),
        "batch_norm without a scale" => batch_norm::<T, 0, 4, [T; 4]>(n, golden),
        "batch_norm without a shift" => batch_norm::<T, 4, 0, [T; 4]>(n, golden),
        "batch_norm without both" => batch_norm::<T, 0, 0, [T; 4]>(n, golden),
        "batch_norm of an image without a scale" => batch_norm::<T, 0, 4, Image<T>>(n, golden),
        "batch_norm of an image without a shift" => batch_norm::<T, 4, 0, Image<T>>(n, golden),
        "batch_norm of an image without both" => batch_norm::<T, 0, 0, Image<T>>(n, golden),
        "attention without biases" => {
            drop(numbers::<MultiHeadAttention<6, 2, false, T, 0>, [[T; 6]; 5]>(n, golden));
        }
        "rnn without biases" => drop(numbers::<Rnn<3, 4, T, 0>, [[T; 3]; 5]>(n, golden)),
        "gru without biases" => drop(numbers::<Gru<3, 4, T, 0>, [[T; 3]; 5]>(n, golden)),
        "lstm without biases" => drop(numbers::<Lstm<3, 4, T, 0>, [[T; 3]; 5]>(n, golden)),
        "residual block" => drop(numbers::<ResNetBlock<T>, Image<T>>(n, golden)),
        _ => panic!("no test knows the block {n:?}"),
    }
}

fn compare_all<T: Number + Read>() {
    let mut file = Object::open(include_str!("blocks.json"));
    let mut known = BTreeSet::new();
    for (name, golden) in file.take::<Object>("cases").entries::<Object>() {
        assert!(known.insert(name.clone()));
        let n = name.as_str();
        match n {
            "p_relu" => drop(numbers::<PRelu<3, T>, [T; 3]>(n, golden)),
            "p_relu of an image" => drop(numbers::<PRelu<3, T>, [[[T; 4]; 2]; 3]>(n, golden)),
            "layer_norm" => drop(numbers::<LayerNorm<4, -3, T>, [T; 4]>(n, golden)),
            "layer_norm of a sequence" => drop(numbers::<LayerNorm<4, -3, T>, [[T; 4]; 3]>(n, golden)),
            "layer_norm of an image" => drop(numbers::<LayerNorm<4, -3, T>, [[[T; 4]; 2]; 3]>(n, golden)),
            "layer_norm of PyTorch" => drop(numbers::<LayerNorm<4, -5, T>, [T; 4]>(n, golden)),
            "rms_norm" => drop(numbers::<RmsNorm<4, -6, T>, [T; 4]>(n, golden)),
            "rms_norm of a sequence" => drop(numbers::<RmsNorm<4, -6, T>, [[T; 4]; 3]>(n, golden)),
            "group_norm" => drop(numbers::<GroupNorm<6, 2, -3, T>, [T; 6]>(n, golden)),
            "group_norm of an image" => drop(numbers::<GroupNorm<4, 2, -3, T>, Image<T>>(n, golden)),
            "instance_norm" => drop(numbers::<InstanceNorm<4, -3, T>, Image<T>>(n, golden)),
            "batch_norm of an image" => batch_norm::<T, 4, 4, Image<T>>(n, golden),
            "batch_norm of a sequence" => batch_norm::<T, 4, 4, [[T; 4]; 5]>(n, golden),
            "embedding" => embedding::<T>(n, golden),
            "sinusoidal" => drop(numbers::<SinusoidalPosition, [[T; 6]; 4]>(n, golden)),
            "sinusoidal of an odd width" => drop(numbers::<SinusoidalPosition, [[T; 5]; 4]>(n, golden)),
            "learnt_position" => drop(numbers::<LearntPosition<4, 3, T>, [[T; 3]; 4]>(n, golden)),
            "attention" => drop(numbers::<MultiHeadAttention<6, 2, false, T>, [[T; 6]; 5]>(n, golden)),
            "causal attention" => drop(numbers::<CausalAttention<6, 3, T>, [[T; 6]; 5]>(n, golden)),
            "attention of one head" => drop(numbers::<MultiHeadAttention<6, 1, false, T>, [[T; 6]; 5]>(n, golden)),
            "transformer block" => drop(numbers::<TransformerBlock<4, 2, 6, false, -5, T>, [[T; 4]; 4]>(n, golden)),
            "causal transformer block" => {
                drop(numbers::<TransformerBlock<4, 2, 6, true, -5, T>, [[T; 4]; 4]>(n, golden));
            }
            "glu" => drop(numbers::<Glu, [T; 6]>(n, golden)),
            "glu of a sequence" => drop(numbers::<Glu, [[T; 4]; 3]>(n, golden)),
            "glu of an image" => drop(numbers::<Glu, Image<T>>(n, golden)),
            "concat" => drop(numbers::<Chain<Parallel<Dense<3, 2, T>, Identity>, Concat>, [T; 3]>(n, golden)),
            "concat of images" => drop(numbers::<Chain<Parallel<Tanh, Identity>, Concat>, [[[T; 2]; 3]; 2]>(n, golden)),
            "gate of two branches" => {
                type Gate<T> = Chain<Parallel<Dense<3, 4, T>, Chain<Dense<3, 4, T>, Sigmoid>>, Multiply>;
                drop(numbers::<Gate<T>, [T; 3]>(n, golden));
            }
            _ => without::<T>(n, golden),
        }
    }
    assert_eq!(known.len(), 28 + 22);
}

#[test]
fn blocks_f32() {
    compare_all::<f32>();
}

#[test]
fn blocks_f64() {
    compare_all::<f64>();
}
