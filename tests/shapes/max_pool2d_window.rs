use typenet::prelude::*;

type Network = Sequential![Conv2d<1, 2, 3>, MaxPool2d<4>];

typenet::assert_shapes!(Network, [[[f32; 5]; 5]; 1] => [[[f32; 1]; 1]; 2]);

fn main() {}
