use typenet::prelude::*;

type Network = Sequential![Relu, LayerNorm<4, -5, f32, 0, 1>];

typenet::assert_shapes!(Network, [f32; 4] => [f32; 4]);

fn main() {}
