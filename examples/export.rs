//! Trains a network on the desktop and writes its weights for a microcontroller.
//!
//! `cargo run --release --example export [folder]`, in place of what is in `firmware/weights`

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use typenet::prelude::*;

// The same file that the firmware is built from: the type is what the two agree on.
#[path = "../firmware/src/lamp.rs"]
mod lamp;
#[allow(dead_code, reason = "the firmware has networks whose weights are not exported")]
#[path = "../firmware/src/networks.rs"]
mod networks;
use networks::{Classifier, Lamp, Small};

const SEED: u64 = 7;
/// The firmware tests on the rows after these.
const TRAINING: usize = 455;
/// Samples of a sequence to train on.
const STEPS: usize = 32;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or("firmware/weights".into()));

    let data: Dataset<[f32; 20], [f32; 1]> = Dataset::from_csv("data/breast_cancer.csv", Columns::First, "benign")?;
    let (mut train, mut test) = data.split_at(TRAINING);
    let scaler = StandardScaler::fit(train.inputs())?;
    scaler.transform(train.inputs_mut());
    scaler.transform(test.inputs_mut());
    let mut trainer = Trainer::new(initialized::<Classifier>(SEED), BinaryCrossEntropy, Adam::default())
        .metric(BinaryAccuracy::default())
        .seed(SEED);
    trainer.fit(&train, Fit::epochs(20).batch_size(32))?;
    println!("test accuracy {:.4}", trainer.evaluate(&test)?.get("accuracy").unwrap_or(f64::NAN));

    // Binary, for `typenet::weights!`; what scales the inputs belongs to it.
    Weights::save(folder.join("classifier.weights"), trainer.network())?;
    fs::write(folder.join("scaler.rs"), format!("{scaler:?}\n"))?;

    // A recurrent network, which the firmware runs sample by sample.
    let mut rng = seeded(SEED);
    let sequences = std::iter::repeat_with(|| {
        let mut on = false;
        let steps: [(f32, bool); STEPS] = std::array::from_fn(|_| lamp::signal(&mut on, &mut rng));
        (steps.map(|(voltage, _)| [voltage]), steps.map(|(_, on)| [f32::from(u8::from(on))]))
    });
    let (voltages, lamps) = sequences.take(2000).unzip();
    let mut trainer = Trainer::new(initialized::<Lamp>(SEED), BinaryCrossEntropyLogits, Adam::new(0.01)).seed(SEED);
    let history = trainer.fit(&Dataset::new(voltages, lamps)?, Fit::epochs(40).batch_size(32))?;
    println!("loss of the lamp {:.4}", history.training("loss").unwrap_or_default().last().unwrap_or(&f64::NAN));
    Weights::save(folder.join("lamp.weights"), trainer.network())?;

    // Source code, for `include!`.
    let mut source = String::new();
    Weights::<Small>::write_source(&initialized(SEED), &mut source)?;
    fs::write(folder.join("small.rs"), source)?;
    println!("wrote classifier.weights, lamp.weights, scaler.rs and small.rs to {}", folder.display());
    Ok(())
}
