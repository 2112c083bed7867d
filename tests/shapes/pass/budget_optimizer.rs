use typenet::prelude::*;

type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];

typenet::assert_budget!(Network, training_bytes::<[f32; 20], Accumulated<Adam>, 16>() <= 96 * 1024);

fn main() {}
