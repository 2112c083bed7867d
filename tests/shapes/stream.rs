use typenet::prelude::*;

type Network = Sequential![Gru<8, 32>, Dense<32, 1>];

fn listen(network: &impl Stream<[f32; 7], Output = [f32; 1]>) {
    let mut state = network.start();
    network.step(&mut state, &[0.5; 7]);
}

fn main() {
    listen(&*initialized::<Network>(1));
}
