use typenet::prelude::*;

type Network = Sequential![Relu, LayerNorm<4, -400>];

typenet::assert_shapes!(Network, [f32; 4] => [f32; 4]);

fn main() {}
