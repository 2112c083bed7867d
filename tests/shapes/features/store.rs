use typenet::prelude::*;

fn main() {
    let _ = Store::<(), Dense<4, 1>>::new((), 0..4096); // off
}
