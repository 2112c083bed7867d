use typenet::prelude::*;

type Network = Sequential![Conv2d<1, 8, 3>, Relu, Dense<5408, 10>];

fn main() {
    let network = initialized::<Network>(1);
    let mut output = [[0.0; 10]; 1];
    network.forward(&[[[[0.5_f32; 28]; 28]; 1]], &mut output);
}
