//! The right use of each layer that has a wrong one beside it.

use typenet::prelude::*;

typenet::assert_shapes!(Sequential![Dense<20, 64>, LayerNorm<64>, PRelu<64>, Glu, RmsNorm<32>], [f32; 20] => [f32; 32]);
typenet::assert_shapes!(
    Sequential![GroupNorm<8, 2>, InstanceNorm<8>, BatchNorm<8>, SpatialDropout],
    [[[f32; 5]; 6]; 8] => [[[f32; 5]; 6]; 8]
);
typenet::assert_shapes!(
    Sequential![
        Embedding<100, 8>, LearntPosition<20, 8>, SinusoidalPosition, Repeat<3, TransformerBlock<8, 2, 16, true>>,
        GaussianNoise<1, -1>, AlphaDropout, CausalAttention<8, 4>,
    ],
    [u16; 20] => [[f32; 8]; 20]
);
typenet::assert_shapes!(
    Sequential![
        Both<Embedding<100, 8>, Frozen<Dense<4, 8>>>, Parallel<Add, Concat>, Both<Dense<8, 16>, Identity>, Multiply
    ],
    (u16, [f32; 4]) => [f32; 16]
);

fn main() {
    let network = initialized::<Sequential![Dense<4, 8>, Relu, Dense<8, 1>]>(1);
    let _: &Dense<8, 1> = layer!(network, 2);
}
