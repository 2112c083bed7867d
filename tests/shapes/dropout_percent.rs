use typenet::prelude::*;

type Network = Sequential![Relu, Dropout<150>];

typenet::assert_shapes!(Network, [f32; 4] => [f32; 4]);

fn main() {}
