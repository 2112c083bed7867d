use typenet::prelude::*;

type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];

fn main() {
    let network = initialized::<Network>(1);
    let mut output = [0.0];
    network.forward(&[0.5; 20], &mut output);
}
