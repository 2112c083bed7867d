//! The right network, used in every way that the wrong ones are.

use typenet::prelude::*;

type Network = Sequential![
    Dense<20, 128>,
    Relu,
    BatchNorm<128>,
    Dropout,
    Residual<Sequential![Dense<128, 16>, Relu, Dense<16, 128>]>,
    Dense<128, 1>,
];

typenet::assert_budget!(Network, PARAMETER_BYTES <= 64 * 1024);

fn main() -> Result<(), typenet::Error> {
    let network = initialized::<Network>(1);
    let mut output = [[0.0; 1]; 2];
    network.forward(&[[0.5; 20]; 2], &mut output);

    let data = Dataset::new(vec![[0.5; 20]; 2], vec![[1.0]; 2])?;
    let mut trainer = Trainer::new(network, BinaryCrossEntropyLogits, Adam::default());
    trainer.fit(&data, Fit::epochs(1))?;
    Ok(())
}
