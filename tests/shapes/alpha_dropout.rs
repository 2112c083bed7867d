use typenet::prelude::*;

type Network = Sequential![Parallel<Relu, Selu>, AlphaDropout, Add];

typenet::assert_shapes!(Network, [f32; 20] => [f32; 20]);

fn main() {}
