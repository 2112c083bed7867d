use typenet::prelude::*;

type Network = Sequential![Dense<20, 64>, Repeat<0, Relu>];

typenet::assert_shapes!(Network, [f32; 20] => [f32; 64]);

fn main() {}
