use typenet::prelude::*;

type Network = Sequential![Relu, Constrained<Dense<4, 1>, MaxNorm<-1, 0>>];

typenet::assert_shapes!(Network, [f32; 4] => [f32; 1]);

fn main() {}
