use typenet::prelude::*;

type Network = Sequential![Relu, GroupNorm<4, 2, -38>];

typenet::assert_shapes!(Network, [[[f32; 5]; 5]; 4] => [[[f32; 5]; 5]; 4]);

fn main() {}
