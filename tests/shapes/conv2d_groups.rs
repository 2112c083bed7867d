use typenet::prelude::*;

type Network = Sequential![Relu, Conv2d<3, 8, 3, 1, 0, 1, 2>];

typenet::assert_shapes!(Network, [[[f32; 8]; 8]; 3] => [[[f32; 6]; 6]; 8]);

fn main() {}
