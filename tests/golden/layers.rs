//! Dense, batch normalisation, penalties.

use typenet::layers::bounds::BatchNormGradient;
use typenet::prelude::*;

use super::file::{Object, Read};
use super::{Number, close, close_number};

fn compare<T: Number>() {
    let mut file = Object::open(include_str!("layers.json"));
    dense::<T>(file.take("dense"));
    let mut batch_norms: Object = file.take("batch_norm");
    // The types say what the two libraries' defaults are.
    batch_norm::<T, 99, -3>("Keras' batch norm", batch_norms.take("keras"));
    batch_norm::<T, 90, -5>("PyTorch's batch norm", batch_norms.take("torch"));
    let default = <BatchNorm<3, 99, -3, T> as Zero>::ZERO;
    let _: BatchNorm<3, 99, -3, T> = default;
    drop(batch_norms);

    let mut penalties: Object = file.take("penalties");
    let weight = penalties.take("weight");
    for (name, golden) in penalties.take::<Object>("cases").entries::<Object>() {
        match name.as_str() {
            "l1" => penalty::<T, L1<1, -2>>(&name, &weight, golden),
            "l2" => penalty::<T, L2<1, -2>>(&name, &weight, golden),
            _ => panic!("no test knows the penalty {name:?}"),
        }
    }
}

/// A layer of the file's weight and bias.
fn dense_of<T: Number>(weight: &[[T; 3]; 5], bias: &[T; 3]) -> Dense<5, 3, T> {
    let mut layer = Dense::<5, 3, T>::ZERO;
    layer.weight.as_mut_slice().copy_from_slice(weight.as_flattened());
    layer.bias.as_mut_slice().copy_from_slice(bias);
    layer
}

fn dense<T: Number>(mut golden: Object) {
    let input: [[T; 5]; 4] = golden.take("input");
    let layer = dense_of::<T>(&golden.take("weight"), &golden.take("bias"));
    let mut output = [[T::from_f64(f64::NAN); 3]; 4];
    layer.forward(&input, &mut output);
    close("output of dense", &output, &golden.take::<[[f64; 3]; 4]>("output"));

    let mut cotangent: [[T; 3]; 4] = golden.take("cotangent");
    let mut input_gradient = [[T::from_f64(f64::NAN); 5]; 4];
    let mut gradient = Dense::ZERO;
    layer.backward::<Inline<4>>(&input, &output, &mut (), &mut cotangent, Some(&mut input_gradient), &mut gradient);
    close("input gradient of dense", &input_gradient, &golden.take::<[[f64; 5]; 4]>("input_gradient"));
    close("weight gradient of dense", gradient.weight.as_slice(), &golden.take::<[[f64; 3]; 5]>("weight_gradient"));
    close("bias gradient of dense", gradient.bias.as_slice(), &golden.take::<[f64; 3]>("bias_gradient"));
}

/// One of the two batches that a batch norm is trained on.
struct Trained<T> {
    input: [[T; 3]; 5],
    output: [[f64; 3]; 5],
    mean: [f64; 3],
    variance: [f64; 3],
}

impl<T: Number> Read for Trained<T> {
    fn read(value: serde_json::Value, name: &str) -> Self {
        let mut golden = Object::read(value, name);
        Self {
            input: golden.take("input"),
            output: golden.take("output"),
            mean: golden.take("mean"),
            variance: golden.take("variance"),
        }
    }
}

fn batch_norm<T: Number, const KEEP_PERCENT: u32, const EPSILON_EXPONENT: i32>(name: &str, mut golden: Object) {
    close_number(name, f64::from(KEEP_PERCENT) / 100.0, golden.take("momentum"));
    close_number(name, decimal(1, EPSILON_EXPONENT), golden.take("epsilon"));
    let mut layer = BatchNorm::<3, KEEP_PERCENT, EPSILON_EXPONENT, T>::ZERO;
    layer.init(Initializer::default(), &mut seeded(1));
    layer.scale = golden.take("scale");
    layer.shift = golden.take("shift");

    let [first, second]: [Trained<T>; 2] = golden.take("batches");
    let mut tape = Tape::EMPTY;
    for (order, batch) in [("first", &first), ("second", &second)] {
        let mut output = [[T::from_f64(f64::NAN); 3]; 5];
        layer.forward_train::<Inline<5>>(&batch.input, &mut output, &mut tape, &mut seeded(1));
        close(&format!("{name}: output of the {order} batch"), &output, &batch.output);
        if order == "first" {
            let mut cotangent: [[T; 3]; 5] = golden.take("cotangent");
            let mut by_input = [[T::from_f64(f64::NAN); 3]; 5];
            let mut gradient = BatchNormGradient::ZERO;
            layer.backward::<Inline<5>>(
                &batch.input,
                &output,
                &mut tape,
                &mut cotangent,
                Some(&mut by_input),
                &mut gradient,
            );
            close(&format!("{name}: input gradient"), &by_input, &golden.take::<[[f64; 3]; 5]>("input_gradient"));
            close(&format!("{name}: scale gradient"), &gradient.scale, &golden.take::<[f64; 3]>("scale_gradient"));
            close(&format!("{name}: shift gradient"), &gradient.shift, &golden.take::<[f64; 3]>("shift_gradient"));
        }
        Layer::<[T; 3]>::update_statistics::<Inline<5>>(&mut layer, &tape);
        close(&format!("{name}: running mean after the {order} batch"), &layer.mean, &batch.mean);
        close(&format!("{name}: running variance after the {order} batch"), &layer.variance, &batch.variance);
    }

    let mut inference: Object = golden.take("inference");
    let input: [[T; 3]; 5] = inference.take("input");
    let mut output = [[T::from_f64(f64::NAN); 3]; 5];
    layer.forward(&input, &mut output);
    close(&format!("{name}: output of inference"), &output, &inference.take::<[[f64; 3]; 5]>("output"));
}

fn penalty<T: Number, P: Penalty>(name: &str, weight: &[[T; 3]; 5], mut golden: Object) {
    // The bias is not zero, and must not count.
    let mut layer = Regularized(dense_of(weight, &[T::ONE; 3]), P::ZERO);
    assert_eq!(golden.take::<f64>("factor"), 0.01, "{name}");
    close_number(&format!("value of {name}"), T::from_f64(layer.penalty()), golden.take("value"));
    let mut gradient = Dense::<5, 3, T>::ZERO;
    layer.penalize(&mut gradient);
    close(&format!("gradient of {name}"), gradient.weight.as_slice(), &golden.take::<[[f64; 3]; 5]>("gradient"));
    assert_eq!(gradient.bias.as_slice(), [T::ZERO; 3], "{name}");
}

#[test]
fn layers_f32() {
    compare::<f32>();
}

#[test]
fn layers_f64() {
    compare::<f64>();
}
