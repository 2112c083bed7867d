//! Draws every picture that typenet can draw of a network and its training, into a folder, and prints the history as
//! a picture of text.
//!
//! `cargo run --release --example pictures -- docs`

use std::error::Error;
use std::path::PathBuf;

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
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "docs".into()));
    std::fs::create_dir_all(&folder)?;
    let file = |name: &str| folder.join(name);

    let data: Dataset<[f32; 20], [f32; 1]> = Dataset::from_csv("data/breast_cancer.csv", Columns::First, "benign")?;
    let (mut train, mut test) = data.train_test_split_stratified(0.2, 7)?;
    let scaler = StandardScaler::fit(train.inputs())?;
    scaler.transform(train.inputs_mut());
    scaler.transform(test.inputs_mut());
    let mut trainer = Trainer::new(initialized::<Network>(7), BinaryCrossEntropy, Adam::default())
        .metric(BinaryAccuracy::default())
        .seed(7);
    trainer.summary().plot(file("network.svg"))?;
    let history = trainer.fit(&train, Fit::epochs(20).validation_split(0.2))?;

    history.plot(file("history.svg"))?;
    let (outputs, targets) = (trainer.predict(test.inputs()), test.targets());
    let matrix = ConfusionMatrix::binary(&outputs, targets, 0.5)?;
    matrix.plot(file("confusion.svg"), ["malignant", "benign"])?;
    plot_roc(file("roc.svg"), &outputs, targets)?;
    plot_precision_recall(file("precision_recall.svg"), &outputs, targets)?;
    Histograms::of("Weights after training", trainer.network()).plot(file("weights.svg"))?;
    println!("{}\n\n{}", history.text()?, matrix.report().named(["malignant", "benign"]));
    println!("\nwrote six pictures to {}", folder.display());
    Ok(())
}
