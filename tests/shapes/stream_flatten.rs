use typenet::prelude::*;

type Network = Sequential![CausalConv1d<3, 8, 5>, Relu, Flatten, Dense<96, 1>];

fn main() {
    let network = initialized::<Network>(1);
    let mut state = Stream::<[f32; 3]>::start(&*network);
}
