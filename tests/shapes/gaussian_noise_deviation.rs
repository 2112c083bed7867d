use typenet::prelude::*;

type Network = Sequential![Relu, GaussianNoise<-1, 0>];

typenet::assert_shapes!(Network, [f32; 4] => [f32; 4]);

fn main() {}
