//! The networks. This file is also part of the program on the desktop that trains them
//! (`../examples/export.rs`).

use typenet::prelude::*;

/// The smallest one in the tables: 4-16-3.
pub type Small = Sequential![Dense<4, 16>, Relu, Dense<16, 3>];

/// The classifier of the quickstart, 20-128-64-1, whose weights are in flash.
pub type Classifier = Sequential![
    Dense<20, 128>,
    Relu,
    BatchNorm<128>,
    Dropout,
    Dense<128, 64>,
    Relu,
    Dense<64, 1>,
    Sigmoid,
];

/// The network that is trained on the device: 20-16-1.
pub type Learner = Sequential![Dense<20, 16>, Relu, BatchNorm<16>, Dropout<20>, Dense<16, 1>, Sigmoid];

/// Follows a signal sample by sample: whether a lamp is on, from the voltage of its button.
pub type Lamp = Sequential![ReturnSequences<Gru<1, 16>>, TimeDistributed<Dense<16, 1>>];

/// One channel of 8 rows of 8 pixels.
pub type Image = [[[f32; 8]; 8]; 1];

/// A small convolutional network for digits.
pub type Digits = Sequential![Conv2d<1, 8, 3, 1, 1>, Relu, MaxPool2d<2>, Flatten, Dense<128, 10>];

/// A normalisation of the features: 20-64-3.
pub type Normalised = Sequential![Dense<20, 64>, LayerNorm<64>, Relu, Dense<64, 3>];

/// A convolution over an image of 28 x 28: its first activation is four times as large as all that follows.
pub type Large = Sequential![Conv2d<1, 8, 3, 1, 1>, Relu, MaxPool2d<2>, Flatten, Dense<1568, 10>];

/// A convolution over 32 steps of 3 signals.
pub type Signals = Sequential![Conv1d<3, 8, 3, 1, 1>, Relu, MaxPool1d<2>, Flatten, Dense<128, 3>];

/// Follows 3 signals sample by sample, and gives scores after every second one: an output sees 22 samples.
pub type Sensor = Sequential![
    CausalConv1d<3, 16, 5>,
    Relu,
    MaxPool1d<2>,
    CausalConv1d<16, 16, 3, 4>,
    Relu,
    TimeDistributed<Dense<16, 3>>
];

/// Attention over 16 steps of 3 signals.
pub type Attentive = Sequential![
    TimeDistributed<Sequential![Dense<3, 16>, Relu, Dense<16, 8>]>,
    Residual<Sequential![LayerNorm<8>, MultiHeadAttention<8, 2>]>,
    GlobalAveragePool,
    Dense<8, 3>,
];

/// The sine predictor of TensorFlow Lite Micro's first example, 1-16-16-1, which others have measured.
pub type Sine = Sequential![Dense<1, 16>, Relu, Dense<16, 16>, Relu, Dense<16, 1>];

/// Two layers of 64, and eight: does the stack grow with the number of layers?
pub type Shallow = Sequential![Dense<20, 64>, Relu, Dense<64, 64>, Relu, Dense<64, 1>];
/// See [`Shallow`].
pub type Deep = Sequential![
    Dense<20, 64>,
    Relu,
    Dense<64, 64>,
    Relu,
    Dense<64, 64>,
    Relu,
    Dense<64, 64>,
    Relu,
    Dense<64, 64>,
    Relu,
    Dense<64, 64>,
    Relu,
    Dense<64, 64>,
    Relu,
    Dense<64, 64>,
    Relu,
    Dense<64, 1>,
];
