use typenet::prelude::*;

type Network = Sequential![Regularized<Dense<4, 8>, L2<0.01>>, Relu, Dense<8, 1>];

fn main() {
    let _ = initialized::<Network>(1);
}
