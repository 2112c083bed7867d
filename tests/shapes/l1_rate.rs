use typenet::prelude::*;

type Network = Sequential![Relu, Regularized<Dense<4, 1>, L1<-1, -2>>];

typenet::assert_shapes!(Network, [f32; 4] => [f32; 1]);

fn main() {}
