use typenet::prelude::*;

type Network = Sequential![Relu, RmsNorm<4, -38>];

typenet::assert_shapes!(Network, [f32; 4] => [f32; 4]);

fn main() {}
