use typenet::prelude::*;

type Network = Sequential![Relu, GlobalAveragePool];

typenet::assert_shapes!(Network, [f32; 6] => [f32; 1]);

fn main() {}
