use typenet::prelude::*;

type Network = Sequential![Relu, SpatialDropout<70000>];

typenet::assert_shapes!(Network, [[f32; 4]; 3] => [[f32; 4]; 3]);

fn main() {}
