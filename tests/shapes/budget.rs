use typenet::prelude::*;

type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];

typenet::assert_budget!(Network, PARAMETER_BYTES <= 8 * 1024);

fn main() {}
