use typenet::prelude::*;

type Network = Sequential![Embedding<100, 8>, Conv1d<8, 4, 3>, GlobalAveragePool];

typenet::assert_shapes!(Network, Padded<u16, 20> => [f32; 4]);

fn main() {}
