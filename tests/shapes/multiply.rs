use typenet::prelude::*;

type Network = Sequential![Parallel<Dense<20, 8>, Sequential![Dense<20, 1>, Sigmoid]>, Multiply, Dense<8, 1>];

typenet::assert_shapes!(Network, [f32; 20] => [f32; 1]);

fn main() {}
