use typenet::prelude::*;

type Network = Sequential![Embedding<100, 8>, TransformerBlock<16, 4, 64>];

typenet::assert_shapes!(Network, [u16; 20] => [[f32; 8]; 20]);

fn main() {}
