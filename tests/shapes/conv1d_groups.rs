use typenet::prelude::*;

type Network = Sequential![Relu, Conv1d<4, 6, 3, 1, 0, 1, 4>];

typenet::assert_shapes!(Network, [[f32; 4]; 6] => [[f32; 6]; 4]);

fn main() {}
