use typenet::prelude::*;

type Network = Sequential![Relu, ConvTranspose2d<1, 2, 3, 1, 2>];

typenet::assert_shapes!(Network, [[[f32; 2]; 2]; 1] => [[[f32; 1]; 1]; 2]);

fn main() {}
