//! Trains a network, gives it to PyTorch with the scaler of its inputs, and takes it back.
//!
//! `cargo run --release --example exchange [file]`, then in Python:
//!
//! ```python
//! from safetensors.torch import load_file
//! from torch import nn
//! tensors = load_file("target/model.safetensors")
//! mean, scale = (tensors.pop(f"scaler[inputs].{name}") for name in ("mean", "scale"))
//! model = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.BatchNorm1d(32), nn.Linear(32, 1), nn.Sigmoid())
//! model.load_state_dict(tensors)
//! probability = model.eval()((inputs - mean) / scale)
//! ```

use std::error::Error;
use std::path::PathBuf;

use typenet::prelude::*;

// The epsilon of the normalisation is PyTorch's.
type Network = Sequential![Dense<20, 32>, Relu, BatchNorm<32, 90, -5>, Dense<32, 1>, Sigmoid];

fn main() -> Result<(), Box<dyn Error>> {
    let path = PathBuf::from(std::env::args().nth(1).unwrap_or("target/model.safetensors".into()));

    let data: Dataset<[f32; 20], [f32; 1]> = Dataset::from_csv("data/breast_cancer.csv", Columns::First, "benign")?;
    let (mut train, test) = data.train_test_split(0.2, 1)?;
    let scaler = StandardScaler::fit(train.inputs())?;
    scaler.transform(train.inputs_mut());
    let mut trainer = Trainer::new(initialized::<Network>(1), BinaryCrossEntropy, Adam::default()).seed(1);
    trainer.fit(&train, Fit::epochs(20))?;
    TensorFile::of(trainer.network(), Names::PyTorch)?.with_scaler("inputs", &scaler)?.save(&path)?;
    println!("wrote {}", path.display());

    // Another program, or what PyTorch went on training.
    let file = TensorFile::open(&path)?;
    for (name, shape) in file.tensors() {
        println!("  {name} {shape:?}");
    }
    let mut network = initialized::<Network>(0);
    file.load(&mut *network, Names::PyTorch)?;
    let scaler: StandardScaler<[f32; 20]> = file.scaler("inputs")?;
    let mut test = test;
    scaler.transform(test.inputs_mut());
    let mut trainer = Trainer::new(network, BinaryCrossEntropy, Adam::default()).metric(BinaryAccuracy::default());
    println!("test accuracy {:.4}", trainer.evaluate(&test)?.get("accuracy").unwrap_or(f64::NAN));

    // A network of another shape: every difference is told, and nothing is changed.
    let mut other = initialized::<Sequential![Dense<20, 16>, Relu, Dense<16, 1>]>(0);
    if let Err(error) = file.load(&mut *other, Names::PyTorch) {
        println!("{error}");
    }
    Ok(())
}
