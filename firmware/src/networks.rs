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
