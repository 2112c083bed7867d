use typenet::bytemuck::AnyBitPattern;
use typenet::prelude::*;

#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[bytemuck(crate = "typenet::bytemuck")]
struct Double;

fn main() {
    let _ = initialized::<Sequential![Dense<2, 3>, Double]>(1);
}
