use typenet::prelude::*;

type Network = Sequential![BatchNorm<8>, Relu];

typenet::assert_shapes!(Network, [[[f32; 8]; 5]; 4] => [[[f32; 8]; 5]; 4]);

fn main() {}
