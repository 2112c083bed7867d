use typenet::prelude::*;

type Network = Sequential![Relu, InstanceNorm<4, 13>];

typenet::assert_shapes!(Network, [[[f32; 5]; 5]; 4] => [[[f32; 5]; 5]; 4]);

fn main() {}
