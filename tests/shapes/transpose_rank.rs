use typenet::prelude::*;

type Network = Sequential![Relu, Transpose];

typenet::assert_shapes!(Network, [f32; 4] => [[f32; 4]; 1]);

fn main() {}
