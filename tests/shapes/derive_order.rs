use typenet::bytemuck::AnyBitPattern;
use typenet::prelude::*;

#[derive(Clone, Copy, AnyBitPattern, Layer)]
#[bytemuck(crate = "typenet::bytemuck")]
struct Classifier {
    encoder: Dense<20, 64>,
    head: Dense<64, 1>,
}

fn main() {}
