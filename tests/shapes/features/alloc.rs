// without the default features
use typenet::prelude::*;

fn main() {
    let network = initialized::<Dense<4, 1>>(1); // off
}
