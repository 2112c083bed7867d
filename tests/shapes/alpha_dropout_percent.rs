use typenet::prelude::*;

type Network = Sequential![Relu, AlphaDropout<101>];

typenet::assert_shapes!(Network, [f32; 4] => [f32; 4]);

fn main() {}
