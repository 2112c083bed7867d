use typenet::prelude::*;

type Network = Sequential![Conv2d<1, 8, 3>, Relu, Conv2d<8, 8, 7>];

typenet::assert_shapes!(Network, [[[f32; 8]; 8]; 1] => [[[f32; 1]; 1]; 8]);

fn main() {}
