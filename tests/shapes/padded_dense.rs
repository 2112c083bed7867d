use typenet::prelude::*;

type Network = Sequential![ReturnSequences<Gru<2, 8>>, Dense<8, 3>, Unmask];

fn main() {
    let mut output = [[[0.0; 3]; 20]];
    initialized::<Network>(1).forward(&[Padded::<[f32; 2], 20>::ZERO], &mut output);
}
