//! A training that is killed, and goes on as if nothing had been.
//!
//! Run it, press Ctrl-C at any moment, and run it again, as often as you like:
//!
//! `cargo run --release --example resume`
//!
//! The last line is a fingerprint of the trained weights. It is the same however often the training was
//! interrupted. `cargo run --release --example resume -- new` begins anew.

use std::error::Error;
use std::fs;
use std::path::Path as FilePath;
use std::thread;
use std::time::Duration;

use typenet::prelude::*;

type Network = Sequential![
    Dense<20, 128>,
    Relu,
    BatchNorm<128>,
    Dropout,
    Dense<128, 64>,
    Relu,
    Dense<64, 1>,
];

const CHECKPOINT: &str = "resume.checkpoint";
const SEED: u64 = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let mut data: Dataset<[f32; 20], [f32; 1]> = Dataset::from_csv("data/breast_cancer.csv", Columns::First, "benign")?;
    StandardScaler::fit(data.inputs())?.transform(data.inputs_mut());

    // The trainer is built in the same way each time, callbacks included.
    let mut trainer = Trainer::new(initialized::<Network>(SEED), BinaryCrossEntropyLogits, Adam::default())
        .metric(BinaryAccuracy::on_logits())
        .seed(SEED)
        .callback(ReduceOnPlateau::new("val_loss").factor(0.5).patience(3))
        .callback(EarlyStopping::new("val_loss").patience(40).restore_best())
        // So slow that there is time for Ctrl-C.
        .on_epoch(|_| thread::sleep(Duration::from_millis(200)))
        .report(Lines)
        .checkpoint(Checkpoint::last(CHECKPOINT));

    if std::env::args().nth(1).as_deref() == Some("new") && FilePath::new(CHECKPOINT).exists() {
        fs::remove_file(CHECKPOINT)?;
    }
    if FilePath::new(CHECKPOINT).exists() {
        let completed = trainer.resume(CHECKPOINT)?;
        println!("{CHECKPOINT}: {completed} epochs are done, going on\n");
    } else {
        println!("{CHECKPOINT} is not there yet: beginning anew. Press Ctrl-C whenever you like.\n");
    }
    let history = trainer.fit(&data, Fit::epochs(50).validation_split(0.2))?;

    let best = history.validation("loss").unwrap_or_default().into_iter().fold(f64::INFINITY, f64::min);
    println!(
        "\ndone after {} epochs; the network is that of the best one, with a validation loss of {best:.4}",
        history.len()
    );
    println!("fingerprint of its weights: {:08x}", fingerprint(trainer.network()));
    Ok(())
}

/// A sum over the bits of all weights and statistics (FNV-1a).
fn fingerprint(network: &Network) -> u32 {
    struct Hash(u32);
    impl Visitor for Hash {
        fn array<T: Scalar>(&mut self, _: &Entry<'_>, values: &[T]) {
            for value in values {
                for byte in value.to_f64().to_le_bytes() {
                    self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
                }
            }
        }
    }
    let mut hash = Hash(0x811c_9dc5);
    network.visit(&Path::ROOT, &mut hash);
    hash.0
}
