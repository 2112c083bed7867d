use typenet::prelude::*;

type Network = Sequential![Relu, BatchNorm<4, 99, 13>];

typenet::assert_shapes!(Network, [[f32; 4]; 3] => [[f32; 4]; 3]);

fn main() {}
