use typenet::prelude::*;

type Network = Sequential![Parallel<Dense<20, 8>, Dense<21, 8>>, Add];

typenet::assert_shapes!(Network, [f32; 20] => [f32; 8]);

fn main() {}
