use typenet::prelude::*;

type Network = Sequential![Relu, MaxPool1d<2, 2, 2>];

typenet::assert_shapes!(Network, [[f32; 2]; 6] => [[f32; 2]; 5]);

fn main() {}
