use typenet::prelude::*;

type Network = Sequential![Conv2d<3, 8, 3>, Relu, GlobalAveragePool, Dense<8, 10>];

fn main() {
    let network = initialized::<Network>(1);
    let mut output = [[0.0; 10]; 1];
    network.forward(&[[[[0.5_f32; 3]; 32]; 32]], &mut output);
}
