use typenet::prelude::*;

type Network = Sequential![GaussianNoise<1, -1>, Embedding<100, 8>];

typenet::assert_shapes!(Network, [u16; 20] => [[f32; 8]; 20]);

fn main() {}
