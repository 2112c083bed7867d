use typenet::prelude::*;

type Network = Sequential![CausalConv1d<3, 8, 5>, Relu, Conv1d<8, 8, 3, 1, 1>, Relu, TimeDistributed<Dense<8, 1>>];

fn main() {
    let network = initialized::<Network>(1);
    let mut state = Stream::<[f32; 3]>::start(&*network);
}
