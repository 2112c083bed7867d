use typenet::prelude::*;

type Network = Sequential!(Dense(4, 8));

fn main() {
    let _ = initialized::<Network>(1);
}
