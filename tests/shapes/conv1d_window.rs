use typenet::prelude::*;

type Network = Sequential![Relu, Conv1d<3, 8, 4, 1, 0, 2>];

typenet::assert_shapes!(Network, [[f32; 3]; 6] => [[f32; 8]; 1]);

fn main() {}
