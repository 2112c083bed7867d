use typenet::prelude::*;

type Network = Sequential![InstanceNorm<8>, Relu];

typenet::assert_shapes!(Network, [[[f32; 5]; 5]; 4] => [[[f32; 5]; 5]; 4]);

fn main() {}
