use typenet::prelude::*;

type Network = Sequential![Relu, Flatten];

typenet::assert_shapes!(Network, [[[f32; 32]; 32]; 5] => [f32; 5120]);

fn main() {}
