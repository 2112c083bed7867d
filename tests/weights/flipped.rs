//! Weights that do not compile: `flipped.weights` of make.py.

use typenet::prelude::*;

type Network = Sequential![Dense<2, 3>, Tanh, Dense<3, 1>];
static NETWORK: Network = typenet::weights!(Network, "flipped.weights");

fn main() {
    println!("{NETWORK:?}");
}
