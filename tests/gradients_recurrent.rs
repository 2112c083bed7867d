//! The gradients of the recurrent layers.

use typenet::gradcheck::{Check, check_layer, check_network, tensors};
use typenet::prelude::*;

fn layer<L, X>()
where
    L: Layer<X, Output: Tensor<Scalar = f64>>,
    X: Tensor<Scalar = f64>,
{
    match check_layer::<L, X>(&Check::default()) {
        Ok(report) => assert!(report.largest_error < 1e-6, "{report}"),
        Err(failure) => panic!("{}: {failure}", std::any::type_name::<L>()),
    }
}

#[test]
fn simple() {
    layer::<Rnn<1, 1, f64>, [[f64; 1]; 1]>();
    layer::<Rnn<3, 4, f64>, [[f64; 3]; 5]>();
    layer::<Rnn<2, 9, f64>, [[f64; 2]; 4]>();
    layer::<ReturnSequences<Rnn<3, 2, f64>>, [[f64; 3]; 4]>();
}

#[test]
fn gated() {
    layer::<Gru<1, 1, f64>, [[f64; 1]; 1]>();
    layer::<Gru<3, 4, f64>, [[f64; 3]; 5]>();
    layer::<Gru<2, 9, f64>, [[f64; 2]; 4]>();
    layer::<ReturnSequences<Gru<3, 2, f64>>, [[f64; 3]; 4]>();
}

#[test]
fn long_short_term() {
    layer::<Lstm<1, 1, f64>, [[f64; 1]; 1]>();
    layer::<Lstm<3, 4, f64>, [[f64; 3]; 5]>();
    layer::<Lstm<2, 9, f64>, [[f64; 2]; 4]>();
    layer::<ReturnSequences<Lstm<3, 2, f64>>, [[f64; 3]; 4]>();
}

#[test]
fn steps_alone() {
    layer::<TimeDistributed<Dense<3, 2, f64>>, [[f64; 3]; 4]>();
    layer::<TimeDistributed<Sequential![Dense<3, 5, f64>, Tanh, BatchNorm<5, f64>, Dense<5, 2, f64>]>, [[f64; 3]; 4]>();
}

#[test]
fn stacked() {
    type Network = Sequential![
        ReturnSequences<Lstm<2, 3, f64>>,
        TimeDistributed<Dense<3, 3, f64>>,
        ReturnSequences<Gru<3, 4, f64>>,
        Tanh,
        Rnn<4, 3, f64>,
        Dense<3, 2, f64>,
    ];
    let report = check_network::<Network, [[f64; 2]; 4], _, _>(
        &Check::default(),
        &MeanSquaredError,
        tensors::<[f64; 2]>(-1.0..1.0),
    );
    report.map_or_else(|failure| panic!("{failure}"), |report| assert!(report.largest_error < 1e-6));
}
