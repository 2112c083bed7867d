use typenet::prelude::*;

type Network = Sequential![RmsNorm<16>, TimeDistributed<Dense<8, 1>>];

typenet::assert_shapes!(Network, [[f32; 8]; 10] => [[f32; 1]; 10]);

fn main() {}
