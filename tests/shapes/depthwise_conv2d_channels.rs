use typenet::prelude::*;

type Network = Sequential![Relu, DepthwiseConv2d<3, 3>];

typenet::assert_shapes!(Network, [[[f32; 8]; 8]; 4] => [[[f32; 6]; 6]; 4]);

fn main() {}
