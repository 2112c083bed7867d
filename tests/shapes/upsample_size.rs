use typenet::prelude::*;

type Network = Sequential![Relu, Upsample<100>];

typenet::assert_shapes!(Network, [[[f32; 64]; 64]; 1] => [[[f32; 6400]; 6400]; 1]);

fn main() {}
