use typenet::prelude::*;

type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];

fn main() {
    let network = initialized::<Network>(1);
    let _: Trainer<_, [f32; 20], [f32; 1], _, _> = Trainer::new(network, MeanSquaredError, "adam");
}
