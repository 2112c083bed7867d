use typenet::prelude::*;

type Network = Sequential![Gru<8, 32>, Dense<32, 1>];

fn main() {
    let mut output = [[0.0]; 1];
    initialized::<Network>(1).forward(&[[[0.5; 7]; 64]], &mut output);
}
