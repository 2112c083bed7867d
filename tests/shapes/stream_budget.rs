use typenet::prelude::*;

type Network = Sequential![CausalConv1d<3, 8, 5>, Relu, MaxPool1d<3, 2, 1>, ReturnSequences<Gru<8, 8>>];

typenet::assert_budget!(Network, state_bytes::<[f32; 3]>() <= 1024);

fn main() {}
