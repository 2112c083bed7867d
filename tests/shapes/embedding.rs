use typenet::prelude::*;

type Network = Sequential![Embedding<100, 8>, TimeDistributed<Dense<8, 1>>];

typenet::assert_shapes!(Network, [f32; 20] => [[f32; 1]; 20]);

fn main() {}
