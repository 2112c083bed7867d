use typenet::prelude::*;

type Network = Sequential![Both<Dense<4, 8>, Dense<20, 8>>, Add];

typenet::assert_shapes!(Network, ([f32; 4], [f32; 21]) => [f32; 8]);

fn main() {}
