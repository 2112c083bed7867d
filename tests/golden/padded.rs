//! Padded sequences: `padded.py`.

use std::collections::BTreeSet;

use typenet::prelude::*;

use super::blocks::{compare, tensors};
use super::file::{Object, Read};
use super::{Number, close, close_number};

type Sequence<T> = Padded<[T; 4], 5>;

/// The first steps of each array: whatever stands behind them is left away.
fn cut<X: Sample, const STEPS: usize>(arrays: &[[X; STEPS]], lengths: &[usize]) -> Vec<Padded<X, STEPS>> {
    arrays.iter().zip(lengths).map(|(steps, length)| Padded::new(&steps[..*length]).unwrap()).collect()
}

/// A case of numbers.
fn numbers<L, T>(name: &str, mut golden: Object, lengths: &[usize])
where
    T: Number,
    L: Layer<Sequence<T>, Output: Tensor<Scalar: Number>>,
{
    let input = cut(&tensors::<[[T; 4]; 5]>(&golden.take::<Vec<f64>>("input")), lengths);
    let (_, found) = compare::<L, Sequence<T>>(name, &mut golden, &input);
    let expected = tensors::<[[f64; 4]; 5]>(&golden.take::<Vec<f64>>("input_gradient"));
    for ((found, expected), length) in found.iter().zip(expected).zip(lengths) {
        close(&format!("input gradient of {name}"), found.steps(), &expected[..*length]);
    }
}

fn compare_all<T: Number + Read>() {
    let mut file = Object::open(include_str!("padded.json"));
    let lengths: Vec<usize> = file.take("lengths");
    let mut known = BTreeSet::new();
    for (name, mut golden) in file.take::<Object>("cases").entries::<Object>() {
        assert!(known.insert(name.clone()));
        let n = name.as_str();
        match n {
            "rnn last" => numbers::<Rnn<4, 4, T>, T>(n, golden, &lengths),
            "gru last" => numbers::<Gru<4, 4, T>, T>(n, golden, &lengths),
            "lstm last" => numbers::<Lstm<4, 4, T>, T>(n, golden, &lengths),
            "rnn all" => numbers::<Chain<ReturnSequences<Rnn<4, 4, T>>, Unmask>, T>(n, golden, &lengths),
            "gru all" => numbers::<Chain<ReturnSequences<Gru<4, 4, T>>, Unmask>, T>(n, golden, &lengths),
            "lstm all" => numbers::<Chain<ReturnSequences<Lstm<4, 4, T>>, Unmask>, T>(n, golden, &lengths),
            "bidirectional last" => numbers::<Bidirectional<Lstm<4, 4, T>>, T>(n, golden, &lengths),
            "bidirectional all" => {
                numbers::<Chain<Bidirectional<ReturnSequences<Lstm<4, 4, T>>>, Unmask>, T>(n, golden, &lengths);
            }
            "attention" => numbers::<Chain<MultiHeadAttention<4, 2, false, T>, Unmask>, T>(n, golden, &lengths),
            "causal attention" => numbers::<Chain<CausalAttention<4, 1, T>, Unmask>, T>(n, golden, &lengths),
            "average" => numbers::<GlobalAveragePool, T>(n, golden, &lengths),
            "maximum" => numbers::<GlobalMaxPool, T>(n, golden, &lengths),
            "embedding" => {
                // Padded with token 0, as PyTorch and Keras have it.
                let tokens: Vec<usize> = golden.take("input");
                let input = tokens.as_chunks::<5>().0.iter().map(|tokens| Padded::trimmed(tokens, &0).unwrap());
                let input: Vec<Padded<usize, 5>> = input.collect();
                assert!(input.iter().map(|tokens| tokens.steps().len()).eq(lengths.iter().copied()));
                compare::<Chain<Embedding<5, 4, T>, Unmask>, _>(n, &mut golden, &input);
            }
            _ => panic!("no test knows the case {name:?}"),
        }
    }
    assert_eq!(known.len(), 13);

    let mut golden: Object = file.take("cross_entropy");
    let outputs = tensors::<[[T; 3]; 5]>(&golden.take::<Vec<f64>>("logits"));
    let targets = cut(golden.take::<Vec<usize>>("classes").as_chunks::<5>().0, &lengths);
    let mut gradients = vec![[[T::from_f64(f64::NAN); 3]; 5]; 4];
    let loss = PerStep(SparseCategoricalCrossEntropyLogits).mean(&outputs, &targets, Some(&mut gradients));
    let expected: f64 = golden.take("loss");
    close_number("cross-entropy", loss, expected);
    close("gradient of the cross-entropy", &gradients, &golden.take::<Vec<f64>>("gradient"));
    let evaluated = PerStep(SparseCategoricalCrossEntropyLogits).evaluation(&outputs, &targets);
    close_number("cross-entropy in evaluation", evaluated, expected);
    let padding = gradients.iter().zip(&lengths).flat_map(|(gradient, length)| &gradient[*length..]);
    assert!(padding.flatten().all(|g| *g == T::ZERO));
}

#[test]
fn padded_f32() {
    compare_all::<f32>();
}

#[test]
fn padded_f64() {
    compare_all::<f64>();
}
