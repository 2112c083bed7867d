use typenet::prelude::*;

fn main() {
    let network = Sequential![Dense::<4, 8>::new(), Relu, Dense::<8, 1>::new()];
    let mut output = [[0.0]; 1];
    network.forward(&[[0.5; 4]], &mut output);
}
