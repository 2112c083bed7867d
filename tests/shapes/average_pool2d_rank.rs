use typenet::prelude::*;

type Network = Sequential![Relu, AveragePool2d<2>];

typenet::assert_shapes!(Network, [[f32; 6]; 6] => [[f32; 3]; 3]);

fn main() {}
