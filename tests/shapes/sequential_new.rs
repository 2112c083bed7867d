use typenet::prelude::*;

fn main() {
    let network = Sequential![Dense::new(4, 8), Relu, Dense::new(8, 1)];
    let mut output = [[0.0]; 1];
    network.forward(&[[0.5; 4]], &mut output);
}
