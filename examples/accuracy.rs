//! The accuracy of the quickstart's network, as Keras measures it and over many more seeds.
//!
//! First the ten splits of `benches/accuracy/splits.csv`, each with the seed's own weights, order
//! and dropout masks: `benches/accuracy/keras.py` trains and tests Keras on the same rows. Then 200
//! splits of typenet's own, because ten test sets of 114 rows say little.
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

type Data = Dataset<[f32; 20], [f32; 1]>;

fn main() -> Result<(), Box<dyn Error>> {
    let data = Data::from_csv("data/breast_cancer.csv", Columns::First, "benign")?;
    let splits = std::fs::read_to_string("benches/accuracy/splits.csv")?;
    for weights in [Initializer::HeNormal, Initializer::GlorotUniform] {
        println!("{weights:?}, the splits of benches/accuracy/splits.csv");
        let mut accuracies = Vec::new();
        for seed in 0..10 {
            let (train, test) = written_split(&data, &splits, seed)?;
            let scores = train_and_test(train, test, weights, seed as u64)?;
            println!("seed {seed}: {scores}");
            accuracies.extend(scores.get("accuracy"));
        }
        println!("{}\n", describe(&accuracies));
        accuracies.clear();
        for seed in 0..200 {
            let (train, test) = data.train_test_split_stratified(0.2, seed)?;
            accuracies.extend(train_and_test(train, test, weights, seed)?.get("accuracy"));
        }
        println!("{weights:?}, 200 splits of typenet's own: {}\n", describe(&accuracies));
    }
    Ok(())
}

/// Trains by the quickstart's protocol, scaled on the training rows.
fn train_and_test(mut train: Data, mut test: Data, weights: Initializer, seed: u64) -> Result<Scores, Box<dyn Error>> {
    let scaler = StandardScaler::fit(train.inputs())?;
    scaler.transform(train.inputs_mut());
    scaler.transform(test.inputs_mut());
    let mut trainer = Trainer::new(initialized_with::<Network>(weights, seed), BinaryCrossEntropy, Adam::default())
        .metric(BinaryAccuracy::default())
        .seed(seed);
    trainer.fit(&train, Fit::epochs(20).batch_size(32).validation_split(0.2))?;
    Ok(trainer.evaluate(&test)?)
}

/// The training and the test rows of a column of the file, in its order.
fn written_split(data: &Data, splits: &str, column: usize) -> Result<(Data, Data), Box<dyn Error>> {
    let mut rows = Data::new(Vec::new(), Vec::new())?;
    for line in splits.lines().skip(1) {
        let row: usize = line.split(',').nth(column).ok_or("a column is missing")?.parse()?;
        let (input, target) = data.iter().nth(row).ok_or("there is no such row")?;
        rows.push(*input, *target);
    }
    let training = rows.len() - data.len().div_ceil(5);
    Ok(rows.split_at(training))
}

fn describe(accuracies: &[f64]) -> String {
    let mean = accuracies.iter().sum::<f64>() / accuracies.len() as f64;
    let lowest = accuracies.iter().copied().fold(f64::INFINITY, f64::min);
    format!("mean {mean:.4}, lowest {lowest:.4}")
}
