use typenet::prelude::*;

type Network = Sequential![Embedding<100, 8>, MultiHeadAttention<8, 3>];

typenet::assert_shapes!(Network, [u16; 20] => [[f32; 8]; 20]);

fn main() {}
