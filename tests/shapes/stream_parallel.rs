use typenet::prelude::*;

type Network = Sequential![CausalConv1d<3, 8, 5>, Parallel<MaxPool1d<2>, AveragePool1d<2>>, Concat];

fn main() {
    let network = initialized::<Network>(1);
    let mut state = Stream::<[f32; 3]>::start(&*network);
}
