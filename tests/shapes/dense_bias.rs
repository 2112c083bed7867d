use typenet::prelude::*;

type Network = Sequential![Relu, Dense<4, 3, f32, 2>];

typenet::assert_shapes!(Network, [f32; 4] => [f32; 3]);

fn main() {}
