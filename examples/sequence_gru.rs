//! A lamp with a push button: each push switches it on or off, and all that is there is the noisy
//! voltage of the button. Is the lamp on? A GRU learns what a push does and remembers the lamp; a
//! dense network sees all 32 samples at once, on the same data, and cannot count them.
//!
//! `cargo run --release --example sequence_gru`

use std::error::Error;

use typenet::prelude::*;
use typenet::rand::Rng;

const STEPS: usize = 32;

/// One output for each step.
type Recurrent = Sequential![ReturnSequences<Gru<1, 16>>, TimeDistributed<Dense<16, 1>>];
/// The whole signal in, the lamp at each step out; 14 times the parameters.
type Feedforward = Sequential![Dense<STEPS, 96>, Relu, Dense<96, 96>, Relu, Dense<96, STEPS>];

typenet::assert_shapes!(Recurrent, [[f32; 1]; STEPS] => [[f32; 1]; STEPS]);
typenet::assert_shapes!(Feedforward, [f32; STEPS] => [f32; STEPS]);

/// A number in [0, 1).
fn uniform(rng: &mut impl Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / (1 << 24) as f32
}

/// The voltage of the button, and whether the lamp is on, from step to step.
fn signal(lamp: &mut bool, rng: &mut impl Rng) -> (f32, f32) {
    let push = uniform(rng) < 0.2;
    *lamp ^= push;
    // The sum of four uniform numbers: nearly normal, and always nearer to the truth than to the other.
    let noise: f32 = (0..4).map(|_| uniform(rng) - 0.5).sum::<f32>() * 0.24;
    (f32::from(u8::from(push)) + noise, f32::from(u8::from(*lamp)))
}

fn sequences(count: usize, seed: u64) -> (Vec<[f32; STEPS]>, Vec<[f32; STEPS]>) {
    let mut rng = seeded(seed);
    let sequence = |_| {
        let mut lamp = false;
        let steps: [(f32, f32); STEPS] = std::array::from_fn(|_| signal(&mut lamp, &mut rng));
        (steps.map(|(voltage, _)| voltage), steps.map(|(_, lamp)| lamp))
    };
    (0..count).map(sequence).unzip()
}

/// The share of sequences in which the lamp is known after the last step.
fn accuracy(logits: impl Iterator<Item = [f32; STEPS]>, lamps: &[[f32; STEPS]]) -> f64 {
    let known = logits.zip(lamps).filter(|(y, lamp)| (y[STEPS - 1] > 0.0) == (lamp[STEPS - 1] > 0.5)).count();
    known as f64 / lamps.len() as f64
}

fn main() -> Result<(), Box<dyn Error>> {
    let ((voltages, lamps), (unseen, unseen_lamps)) = (sequences(4000, 1), sequences(1000, 2));
    let single = |sequence: &[f32; STEPS]| sequence.map(|x| [x]);
    let steps = |sequences: &[[f32; STEPS]]| sequences.iter().map(single).collect::<Vec<_>>();

    let mut recurrent = Trainer::new(initialized::<Recurrent>(3), BinaryCrossEntropyLogits, Adam::new(0.01));
    recurrent.fit(&Dataset::new(steps(&voltages), steps(&lamps))?, Fit::epochs(40).batch_size(32))?;

    let mut feedforward = Trainer::new(initialized::<Feedforward>(3), BinaryCrossEntropyLogits, Adam::new(0.001));
    feedforward.fit(&Dataset::new(voltages.clone(), lamps.clone())?, Fit::epochs(60).batch_size(32))?;

    println!("the lamp after {STEPS} steps                  trained on    unseen    parameters");
    let of_recurrent = |x: &[_]| recurrent.predict(&steps(x)).into_iter().map(|y| y.map(|[y]| y)).collect::<Vec<_>>();
    let seen = accuracy(of_recurrent(&voltages).into_iter(), &lamps);
    let new = accuracy(of_recurrent(&unseen).into_iter(), &unseen_lamps);
    println!("GRU with 16 hidden units                     {seen:5.3}     {new:5.3}        {:6}", Recurrent::COUNT);
    let seen = accuracy(feedforward.predict(&voltages).into_iter(), &lamps);
    let new = accuracy(feedforward.predict(&unseen).into_iter(), &unseen_lamps);
    println!("dense network, two layers of 96              {seen:5.3}     {new:5.3}        {:6}", Feedforward::COUNT);

    // The same network on a signal that does not end: one sample at a time, with nothing but its state.
    let network = recurrent.into_network();
    let (mut state, mut lamp, mut rng) = (network.start(), false, seeded(4));
    let known = (0..100_000).filter(|_| {
        let (voltage, target) = signal(&mut lamp, &mut rng);
        let [logit] = network.step(&mut state, &[voltage]);
        (logit > 0.0) == (target > 0.5)
    });
    let known = known.count();
    println!(
        "\nGRU as a stream of 100000 samples, one by one: known at {known} of them, with a state of {} bytes",
        size_of_val(&state)
    );
    Ok(())
}
