use typenet::prelude::*;

fn main() {
    let network = Sequential![Dense<4, 8>, Relu, Dense<8, 1>];
    let mut output = [[0.0]; 1];
    network.forward(&[[0.5; 4]], &mut output);
}
