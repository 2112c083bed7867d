//! Six ways to go downhill, from the same weights and on the same data: gradient descent with all samples in a step, with
//! one, with 32, with momentum, and the steps of RMSProp and Adam. The loss after each epoch is printed and drawn.
//!
//! `cargo run --release --example optimizers`

use std::error::Error;

use typenet::prelude::*;

type Network = Sequential![Dense<20, 32>, Relu, Dense<32, 16>, Relu, Dense<16, 1>];
type Data = Dataset<[f32; 20], [f32; 1]>;

const EPOCHS: usize = 30;

/// The loss on all of the data after each epoch.
fn train(optimizer: impl Optimizer, batch_size: usize, data: &Data) -> Result<Vec<f64>, typenet::Error> {
    let mut trainer = Trainer::new(initialized::<Network>(3), BinaryCrossEntropyLogits, optimizer).seed(3);
    // The training loss of an epoch is a mean over weights that change meanwhile. To compare the weights that each
    // epoch ends with, they are evaluated on the same data.
    let history = trainer.fit(data, Fit::epochs(EPOCHS).batch_size(batch_size).validation_data(data))?;
    Ok(history.validation("loss").unwrap_or_default())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut data: Data = Dataset::from_csv("data/breast_cancer.csv", Columns::First, "benign")?;
    StandardScaler::fit(data.inputs())?.transform(data.inputs_mut());
    let all = data.len();

    let runs = [
        ("full batch", "0.01", all, train(Sgd::new(0.01), all, &data)?),
        ("stochastic", "0.01", 1, train(Sgd::new(0.01), 1, &data)?),
        ("mini-batch", "0.01", 32, train(Sgd::new(0.01), 32, &data)?),
        ("momentum 0.9", "0.01", 32, train(Sgd::new(0.01).momentum(0.9), 32, &data)?),
        ("RMSProp", "0.001", 32, train(RmsProp::new(0.001), 32, &data)?),
        ("Adam", "0.001", 32, train(Adam::new(0.001), 32, &data)?),
    ];

    println!("                                   steps       loss after epoch");
    println!("                rate   batch   an epoch        1        2        5       10       20       30");
    for (name, rate, batch, losses) in &runs {
        print!("{name:<14} {rate:>5}   {batch:>5}   {:>8}", all.div_ceil(*batch));
        for epoch in [1, 2, 5, 10, 20, 30] {
            print!("  {:>7.4}", losses.get(epoch - 1).copied().unwrap_or(f64::NAN));
        }
        println!();
    }
    println!(
        "\nEach epoch goes through the data once. A step of the full batch follows the exact gradient, but there is one in\n\
         an epoch; a step of one sample follows a poor guess, and 569 of them come much further, not always downwards.\n\
         Mini-batches are between the two. Momentum adds steps of one direction up to ten\n\
         times their length; RMSProp and Adam give each weight a step of its own, here at a tenth of the rate.\n\
         The order is that of these rates, and of the loss on the training data: what was learned is another question."
    );
    let mut chart = LineChart::new("Six optimizers").axes("epoch", "loss (binary cross-entropy)").logarithmic();
    for (name, rate, batch, losses) in runs {
        chart = chart.line(&format!("{name}: batches of {batch}, rate {rate}"), losses);
    }
    chart.plot("optimizers.svg")?;
    println!("\nwrote optimizers.svg");
    Ok(())
}
