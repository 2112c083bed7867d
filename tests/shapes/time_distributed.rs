use typenet::prelude::*;

type Network = Sequential![TimeDistributed<Dense<8, 4>>];

typenet::assert_shapes!(Network, [[f32; 9]; 64] => [[f32; 4]; 64]);

fn main() {}
