use typenet::prelude::*;

type Network = Sequential![Dense<20, 63>, Glu, Dense<32, 1>];

typenet::assert_shapes!(Network, [f32; 20] => [f32; 1]);

fn main() {}
