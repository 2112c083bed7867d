use typenet::prelude::*;

fn main() {
    let network = initialized::<Sequential![Dense<4, 8>, Relu, Dense<8, 1>]>(1);
    layer!(network, 3);
}
