use typenet::prelude::*;

type Network = Sequential![Relu, Regularized<Dense<4, 1>, L2<-1, -4>>];

typenet::assert_shapes!(Network, [f32; 4] => [f32; 1]);

fn main() {}
