use typenet::prelude::*;

type Network = Sequential![Dense<8, 16>, Relu, Gru<16, 4>];

fn main() {
    let network = initialized::<Network>(1);
    let mut output = [[0.0; 4]; 1];
    network.forward(&[[[0.5_f32; 8]; 20]], &mut output);
}
