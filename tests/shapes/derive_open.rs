use typenet::bytemuck::AnyBitPattern;
use typenet::prelude::*;

#[derive(Clone, Copy, AnyBitPattern, Layer)]
#[bytemuck(crate = "typenet::bytemuck")]
#[layer(input = _)]
#[repr(C)]
struct Classifier {
    encoder: Dense<20, 64>,
    activation: Relu,
    head: Dense<65, 1>,
}

typenet::assert_shapes!(Classifier, [f32; 20] => [f32; 1]);

fn main() {}
