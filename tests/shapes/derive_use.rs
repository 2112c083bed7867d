use typenet::bytemuck::AnyBitPattern;
use typenet::prelude::*;

#[derive(Clone, Copy, AnyBitPattern, Layer)]
#[bytemuck(crate = "typenet::bytemuck")]
#[repr(C)]
struct Classifier {
    encoder: Dense<20, 64>,
    activation: Relu,
    head: Dense<65, 1>,
}

fn main() {
    initialized::<Classifier>(1).forward(&[[0.5; 20]], &mut [[0.0]]);
}
