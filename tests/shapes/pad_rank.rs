use typenet::prelude::*;

type Network = Sequential![Relu, Pad<1>];

typenet::assert_shapes!(Network, [[f32; 4]; 6] => [[f32; 6]; 8]);

fn main() {}
