use typenet::prelude::*;

type Network = Sequential![SinusoidalPosition, Dense<8, 1>];

typenet::assert_shapes!(Network, [f32; 8] => [f32; 1]);

fn main() {}
