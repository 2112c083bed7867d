use typenet::prelude::*;

type Network = Sequential![Gru<8, 32>, Dense<32, 1>];

fn main() {
    let network = initialized::<Network>(1);
    let mut state = Stream::<[f32; 7]>::start(&*network);
    network.step(&mut state, &[0.5; 7]);
}
