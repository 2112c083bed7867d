//! The right networks of images and sequences.

use typenet::prelude::*;

type LeNet = Sequential![
    Conv2d<1, 8, 3>,
    Relu,
    MaxPool2d<2>,
    Conv2d<8, 16, 3>,
    Relu,
    MaxPool2d<2>,
    Flatten,
    Dense<400, 10>,
];

typenet::assert_shapes!(LeNet, [[[f32; 28]; 28]; 1] => [f32; 10]);
typenet::assert_shapes!(
    Sequential![Reshape<[[[f32; 8]; 8]; 3]>, Pad<1>, Conv2d<3, 6, 3, 1, 0, 1, 3>, DepthwiseConv2d<6, 3, 2, 1>, Upsample<2>],
    [f32; 192] => [[[f32; 8]; 8]; 6]
);
typenet::assert_shapes!(
    Sequential![Conv1d<2, 4, 3, 2>, CausalConv1d<4, 4, 2>, MaxPool1d<2>, Transpose, Flatten],
    [[f32; 2]; 21] => [f32; 20]
);
// Longer than a side can be computed with: the shape is given.
typenet::assert_shapes!(Reshape<[f32; 12288]>, [[[f32; 64]; 64]; 3] => [f32; 12288]);

fn main() {
    let network = initialized::<LeNet>(1);
    let mut output = [[0.0; 10]; 1];
    network.forward(&[[[[0.5; 28]; 28]; 1]], &mut output);
}
