use typenet::prelude::*;

type Network = Sequential![Relu, Conv2d<1, 8, 3, 1, 1, 1, 1, f32, 1>];

typenet::assert_shapes!(Network, [[[f32; 5]; 4]; 1] => [[[f32; 5]; 4]; 8]);

fn main() {}
