use typenet::prelude::*;

type Network = Sequential![Parallel<Dense<20, 8>, Dense<20, 9>>, Concat, Dense<16, 1>];

typenet::assert_shapes!(Network, [f32; 20] => [f32; 1]);

fn main() {}
