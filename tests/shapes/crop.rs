use typenet::prelude::*;

type Network = Sequential![Relu, Crop<2>];

typenet::assert_shapes!(Network, [[[f32; 4]; 6]; 1] => [[[f32; 1]; 2]; 1]);

fn main() {}
