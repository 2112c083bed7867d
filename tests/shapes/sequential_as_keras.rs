use typenet::prelude::*;

type Network = Sequential![Dense(4, 8), Relu, Dense(8, 1)];

fn main() {
    let _ = initialized::<Network>(1);
}
