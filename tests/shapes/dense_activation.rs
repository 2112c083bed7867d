use typenet::prelude::*;

type Network = Sequential![Dense<4, 8, Relu>, Dense<8, 1>];

fn main() {
    let network = initialized::<Network>(1);
    let mut output = [[0.0]; 1];
    network.forward(&[[0.5; 4]], &mut output);
}
