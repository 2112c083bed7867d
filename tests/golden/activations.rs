//! The activations: output, and gradient by the input.

use std::collections::BTreeSet;

use typenet::prelude::*;

use super::file::Object;
use super::{Number, assert_all_compared, close, name_of};

type Numbers<T> = [[T; 6]; 4];

/// One case, given an activation.
struct Case<'a, T> {
    name: &'a str,
    input: &'a Numbers<T>,
    cotangent: &'a Numbers<T>,
    golden: Object,
}

impl<T: Number> Case<'_, T> {
    /// Compares the activation and returns its name.
    fn compare<A: Layer<[T; 6], Output = [T; 6], Gradient = ()>>(mut self) -> &'static str {
        let mut output = [[T::from_f64(f64::NAN); 6]; 4];
        A::ZERO.forward(self.input, &mut output);
        let expected: Numbers<f64> = self.golden.take("output");
        close(&format!("output of {}", self.name), &output, &expected);

        let mut tape = A::Tape::<Inline<4>>::EMPTY;
        let mut trained = [[T::from_f64(f64::NAN); 6]; 4];
        A::ZERO.forward_train::<Inline<4>>(self.input, &mut trained, &mut tape, &mut seeded(1));
        assert_eq!(trained, output, "{}: training and inference differ", self.name);

        let mut output_gradient = *self.cotangent;
        let mut gradient = [[T::from_f64(f64::NAN); 6]; 4];
        A::ZERO.backward::<Inline<4>>(
            self.input,
            &output,
            &mut tape,
            &mut output_gradient,
            Some(&mut gradient),
            &mut (),
        );
        let expected: Numbers<f64> = self.golden.take("gradient");
        close(&format!("gradient of {}", self.name), &gradient, &expected);
        name_of::<A>()
    }
}

fn compare<T: Number>() {
    let mut file = Object::open(include_str!("activations.json"));
    let (input, cotangent) = (&file.take("input"), &file.take("cotangent"));
    let mut compared = BTreeSet::new();
    for (name, golden) in file.take::<Object>("cases").entries::<Object>() {
        let case = Case::<T> { name: &name, input, cotangent, golden };
        compared.insert(match name.as_str() {
            "relu" => case.compare::<Relu>(),
            "leaky_relu 0.01" => case.compare::<LeakyRelu>(),
            "leaky_relu 0.3" => case.compare::<LeakyRelu<3, -1>>(),
            "elu 1" => case.compare::<Elu>(),
            "elu 0.5" => case.compare::<Elu<5, -1>>(),
            "gelu" => case.compare::<Gelu>(),
            "gelu tanh" => case.compare::<GeluTanh>(),
            "silu" => case.compare::<Silu>(),
            "softplus" => case.compare::<Softplus>(),
            "sigmoid" => case.compare::<Sigmoid>(),
            "tanh" => case.compare::<Tanh>(),
            "softmax" => case.compare::<Softmax>(),
            "log_softmax" => case.compare::<LogSoftmax>(),
            "selu" => case.compare::<Selu>(),
            "mish" => case.compare::<Mish>(),
            "hard_sigmoid" => case.compare::<HardSigmoid>(),
            "hard_swish" => case.compare::<HardSwish>(),
            "softsign" => case.compare::<Softsign>(),
            "relu6" => case.compare::<Relu6>(),
            _ => panic!("no test knows the activation {name:?}"),
        });
    }
    // PRelu and Glu are among the blocks.
    assert_all_compared(include_str!("../../src/activations/mod.rs"), &compared, &["PRelu", "Glu"]);
}

#[test]
fn activations_f32() {
    compare::<f32>();
}

#[test]
fn activations_f64() {
    compare::<f64>();
}
