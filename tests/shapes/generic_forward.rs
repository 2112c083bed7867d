use typenet::prelude::*;

fn run<N>(network: &N, x: &[[f32; 4]]) -> Vec<[f32; 1]> {
    let mut output = vec![[0.0; 1]; x.len()];
    network.forward(x, &mut output);
    output
}

fn main() {
    run(&*initialized::<Dense<4, 1>>(1), &[[0.5; 4]]);
}
