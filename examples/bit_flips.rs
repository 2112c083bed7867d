//! Flips single bits of a trained network's weights and counts which of the faults each watch catches.
//!
//! `cargo run --release --example bit_flips`
//!
//! Of every 29th weight of the firmware's classifier each of the 32 bits is flipped, one at a time. A fault is one that
//! changes the decision for any of 64 unseen samples, or the probability by more than 0.01.

use std::error::Error;

use typenet::bytemuck;
use typenet::prelude::*;

#[allow(dead_code, reason = "the firmware has more networks")]
#[path = "../firmware/src/networks.rs"]
mod networks;
use networks::Classifier;

static NETWORK: Classifier = typenet::weights!(Classifier, "../firmware/weights/classifier.weights");
const SCALER: StandardScaler<[f32; 20]> = include!("../firmware/weights/scaler.rs");
/// The network was trained on the rows before.
const TRAINING: usize = 455;
const SAMPLES: usize = 64;
type Ranges = Envelope<{ <Classifier as Layer<[f32; 20]>>::DEPTH }>;
const EACH: usize = 29;

/// What is counted over bits of one kind.
#[derive(Clone, Copy, Default)]
struct Counts {
    flips: usize,
    /// Flips that change a probability by more than 0.01, and those of them that are noticed by: the checksum, a look
    /// for numbers that are not finite, the envelope.
    outputs: [usize; 4],
    /// The same of those that change a decision.
    decisions: [usize; 4],
    /// Right decisions after such a flip: of the network, and of `Guarded`.
    right: [usize; 2],
}

fn main() -> Result<(), Box<dyn Error>> {
    let data: Dataset<[f32; 20], [f32; 1]> = Dataset::from_csv("data/breast_cancer.csv", Columns::First, "benign")?;
    let (mut train, mut test) = data.split_at(TRAINING);
    SCALER.transform(train.inputs_mut());
    SCALER.transform(test.inputs_mut());
    let inputs = test.inputs().get(..SAMPLES).ok_or("there are too few rows")?;
    // How many decisions are right.
    let right = |probabilities: &[[f32; 1]]| {
        let pairs = probabilities.iter().zip(test.targets());
        pairs.filter(|([probability], [target])| (*probability > 0.5) == (*target > 0.5)).count()
    };

    let mut envelope = Ranges::EMPTY;
    envelope.learn(&NETWORK, train.inputs());
    let envelope = envelope.widened(0.1);
    let alarms = test.inputs().iter().filter(|input| alarm(&envelope, &NETWORK, input)).count();
    println!("without a fault the envelope warns at {alarms} of {} unseen samples\n", test.len());

    // What answers instead: a network without hidden layers.
    type Fallback = Sequential![Dense<20, 1>, Sigmoid];
    let mut trainer = Trainer::new(initialized::<Fallback>(1), BinaryCrossEntropy, Adam::new(0.01));
    trainer.fit(&train, Fit::epochs(50).batch_size(32))?;
    let fallback = trainer.into_network();

    let whole = probabilities(&NETWORK, inputs);
    let answers = probabilities(&*fallback, inputs);
    println!("right decisions: {} of {SAMPLES}, of the fallback {}\n", right(&whole), right(&answers));

    let file = Weights::to_vec(&NETWORK)?;
    let mut kinds = [("sign", Counts::default()), ("exponent", Counts::default()), ("fraction", Counts::default())];
    let start = file.len() - size_of::<Classifier>();
    for weight in (start..file.len()).step_by(4 * EACH) {
        for bit in 0..32 {
            let mut file = file.clone();
            *file.get_mut(weight + bit / 8).ok_or("a weight is outside of the file")? ^= 1 << (bit % 8);
            let caught_by_checksum = Weights::<Classifier>::check(&file).is_err();
            let network: Classifier = bytemuck::pod_read_unaligned(file.get(start..).unwrap_or_default());

            let found = probabilities(&network, inputs);
            let pairs = || whole.iter().zip(&found);
            // A not-a-number is not near to anything.
            let moved = !pairs().all(|([whole], [found])| (whole - found).abs() <= 0.01);
            let decided = pairs().any(|([whole], [found])| (*whole > 0.5) != (*found > 0.5));
            let caught = [
                true,
                caught_by_checksum,
                inputs.iter().any(|input| alarm(&Ranges::FINITE, &network, input)),
                inputs.iter().any(|input| alarm(&envelope, &network, input)),
            ];

            let (_, counts) = kinds.get_mut(if bit < 23 { 2 } else { usize::from(bit < 31) }).ok_or("no such kind")?;
            counts.flips += 1;
            if decided {
                let guarded = Guarded { network: &network, envelope, fallback: &*fallback };
                let outputs: Vec<[f32; 1]> = inputs.iter().map(|input| guarded.forward(input).output).collect();
                counts.right[0] += right(&found);
                counts.right[1] += right(&outputs);
            }
            for (counts, happened) in [(&mut counts.outputs, moved), (&mut counts.decisions, decided)] {
                counts.iter_mut().zip(caught).for_each(|(count, caught)| *count += usize::from(happened && caught));
            }
        }
    }

    println!("| bit | flips | that change | | checksum | not finite | envelope | right, network | right, `Guarded` |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let share = |part: usize, of: usize| {
        if of == 0 { "-".into() } else { format!("{:.1} %", 100.0 * part as f64 / of as f64) }
    };
    for (name, counts) in kinds {
        let [output, decision] = [counts.outputs, counts.decisions].map(|[faults, caught @ ..]| {
            format!("{faults} | {}", caught.map(|caught| share(caught, faults)).join(" | "))
        });
        let right = counts.right.map(|right| share(right, counts.decisions[0] * SAMPLES)).join(" | ");
        println!("| {name} | {} | outputs | {output} | | |", counts.flips);
        println!("| | | decisions | {decision} | {right} |");
    }
    Ok(())
}

fn probabilities(network: &impl Layer<[f32; 20], Output = [f32; 1]>, inputs: &[[f32; 20]]) -> Vec<[f32; 1]> {
    let mut outputs = vec![[0.0]; inputs.len()];
    network.forward(inputs, &mut outputs);
    outputs
}

fn alarm(envelope: &Ranges, network: &Classifier, input: &[f32; 20]) -> bool {
    envelope.forward_checked(network, &[*input], &mut [[0.0]]).is_err()
}
