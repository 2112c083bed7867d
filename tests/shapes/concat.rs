use typenet::prelude::*;

type Network = Sequential![Both<Identity, Identity>, Concat];

typenet::assert_shapes!(Network, ([[f32; 3]; 10], [[f32; 3]; 9]) => [[f32; 6]; 10]);

fn main() {}
