use typenet::prelude::*;

type Network = Sequential![GroupNorm<8, 3>, Relu];

typenet::assert_shapes!(Network, [[[f32; 5]; 5]; 8] => [[[f32; 5]; 5]; 8]);

fn main() {}
