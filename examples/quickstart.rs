//! Trains a classifier of breast tumours on 20 measurements, and shows what a program in typenet
//! looks like from data to picture.
//!
//! `cargo run --release --example quickstart`

use std::error::Error;

use typenet::prelude::*;

type Network = Sequential![
    Dense<20, 128>,
    Relu,
    BatchNorm<128>,
    Dropout,
    Dense<128, 64>,
    Relu,
    Dense<64, 1>,
    Sigmoid,
];

// Checked by the compiler: the parameters fit in 64 KiB.
typenet::assert_budget!(Network, PARAMETER_BYTES <= 64 * 1024);

const SEED: u64 = 7;

fn main() -> Result<(), Box<dyn Error>> {
    // The first 20 columns: means and standard errors of ten measurements of the cell nuclei.
    let data: Dataset<[f32; 20], [f32; 1]> = Dataset::from_csv("data/breast_cancer.csv", Columns::First, "benign")?;
    let (mut train, mut test) = data.train_test_split_stratified(0.2, SEED)?;
    let scaler = StandardScaler::fit(train.inputs())?;
    scaler.transform(train.inputs_mut());
    scaler.transform(test.inputs_mut());

    let mut trainer = Trainer::new(initialized::<Network>(SEED), BinaryCrossEntropy, Adam::default())
        .metric(BinaryAccuracy::default())
        .report(Bar::default())
        .seed(SEED);
    println!("{}\n", trainer.summary());
    let history = trainer.fit(&train, Fit::epochs(20).batch_size(32).validation_split(0.2))?;
    history.write_csv("history.csv")?;
    history.plot("history.svg")?;
    println!("\nwrote history.csv and history.svg\n");

    let confusion = ConfusionMatrix::binary(&trainer.predict(test.inputs()), test.targets(), 0.5)?;
    println!("test set\n{}\n", confusion.named(["malignant", "benign"]));
    let scores = trainer.evaluate(&test)?;
    println!("test loss {:.4}, test accuracy {:.4}", scores.loss, scores.get("accuracy").unwrap_or(f64::NAN));
    Ok(())
}
