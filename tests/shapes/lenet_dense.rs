use typenet::prelude::*;

type Network = Sequential![
    Conv2d<1, 8, 3>,
    Relu,
    MaxPool2d<2>,
    Conv2d<8, 16, 3>,
    Relu,
    MaxPool2d<2>,
    Flatten,
    Dense<401, 10>,
];

typenet::assert_shapes!(Network, [[[f32; 28]; 28]; 1] => [f32; 10]);

fn main() {}
