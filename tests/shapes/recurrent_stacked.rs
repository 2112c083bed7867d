use typenet::prelude::*;

type Network = Sequential![Lstm<8, 32>, Lstm<32, 16>];

typenet::assert_shapes!(Network, [[f32; 8]; 64] => [f32; 16]);

fn main() {}
