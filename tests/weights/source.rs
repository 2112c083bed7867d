//! Weights as source code, of another network.

use typenet::prelude::*;

static NETWORK: Dense<2, 2> = typenet::deployment::from_source::<_, f32, _>(0x0123_4567_89ab_cdef, [0.0; 6]);

fn main() {
    println!("{NETWORK:?}");
}
