use typenet::prelude::*;

type Network = Sequential![Relu, Reshape<[[f32; 8]; 8]>];

typenet::assert_shapes!(Network, [f32; 65] => [[f32; 8]; 8]);

fn main() {}
