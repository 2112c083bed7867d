use typenet::prelude::*;

type Network = Sequential![Embedding<100, 8>, CausalAttention<16, 4>];

typenet::assert_shapes!(Network, [u16; 20] => [[f32; 8]; 20]);

fn main() {}
