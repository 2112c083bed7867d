use typenet::prelude::*;

type Network = Sequential![Dense<20, 64>, Repeat<3, Dense<64, 32>>];

typenet::assert_shapes!(Network, [f32; 20] => [f32; 32]);

fn main() {}
