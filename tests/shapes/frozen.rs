use typenet::prelude::*;

type Network = Sequential![Frozen<Sequential![Dense<20, 64>, Relu]>, Dense<32, 1>];

typenet::assert_shapes!(Network, [f32; 20] => [f32; 1]);

fn main() {}
