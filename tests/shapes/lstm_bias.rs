use typenet::prelude::*;

type Network = ReturnSequences<Lstm<3, 4, f32, 1>>;

typenet::assert_shapes!(Network, [[f32; 3]; 5] => [[f32; 4]; 5]);

fn main() {}
