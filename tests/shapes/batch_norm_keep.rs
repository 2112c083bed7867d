use typenet::prelude::*;

type Network = Sequential![Relu, BatchNorm<4, 999>];

typenet::assert_shapes!(Network, [f32; 4] => [f32; 4]);

fn main() {}
