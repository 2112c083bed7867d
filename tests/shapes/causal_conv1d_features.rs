use typenet::prelude::*;

type Network = Sequential![Relu, CausalConv1d<3, 8, 4>];

typenet::assert_shapes!(Network, [[f32; 2]; 6] => [[f32; 8]; 6]);

fn main() {}
