use typenet::prelude::*;

type Network = Sequential![Dense<20, 64>, PRelu<20>, Dense<64, 1>];

typenet::assert_shapes!(Network, [f32; 20] => [f32; 1]);

fn main() {}
