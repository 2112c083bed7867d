//! The accuracy of the quickstart's network over 10 seeds: each seed draws the stratified 80/20
//! split, the initial weights, the order of the samples and the masks of dropout.
//! `benches/accuracy/keras.py` does the same in Keras.
//!
//! `cargo run --release --example accuracy`

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

fn main() -> Result<(), Box<dyn Error>> {
    let data: Dataset<[f32; 20], [f32; 1]> = Dataset::from_csv("data/breast_cancer.csv", Columns::First, "benign")?;
    let mut accuracies = Vec::new();
    for seed in 0..10 {
        let (mut train, mut test) = data.train_test_split_stratified(0.2, seed)?;
        let scaler = StandardScaler::fit(train.inputs())?;
        scaler.transform(train.inputs_mut());
        scaler.transform(test.inputs_mut());
        let mut trainer = Trainer::new(initialized::<Network>(seed), BinaryCrossEntropy, Adam::default())
            .metric(BinaryAccuracy::default())
            .seed(seed);
        trainer.fit(&train, Fit::epochs(20).batch_size(32).validation_split(0.2))?;
        let scores = trainer.evaluate(&test)?;
        println!("seed {seed}: {scores}");
        accuracies.extend(scores.get("accuracy"));
    }
    let mean = accuracies.iter().sum::<f64>() / accuracies.len() as f64;
    let lowest = accuracies.iter().copied().fold(f64::INFINITY, f64::min);
    println!("mean {mean:.4}, lowest {lowest:.4}");
    Ok(())
}
