//! Weights that compile: `small.weights` of make.py.

use typenet::prelude::*;

type Network = Sequential![Dense<2, 3>, Tanh, Dense<3, 1>];
static NETWORK: Network = typenet::weights!(Network, "small.weights");

fn main() {
    assert_eq!(NETWORK.0.bias.as_slice(), [0.125, 0.0, -0.25]);
}
