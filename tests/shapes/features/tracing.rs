use typenet::prelude::*;

fn main() {
    let _ = Trace::default(); // off
}
