//! Trains a classifier on the device: Adam on 455 real samples, from memory that is there before
//! the program starts.
//!
//! `cargo run --release --bin learn`
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use typenet::prelude::*;
use typenet::rand::{Rng, RngExt};
use typenet_firmware::data::{INPUTS, TARGETS, TRAINING};
use typenet_firmware::{clock::Clock, finish, networks::Learner};

const BATCH: usize = 32;
const EPOCHS: usize = 12;

type Training = Workspace<Learner, [f32; 20], Adam, Inline<BATCH>>;

// The network, its training and a batch take less than 32 KiB of RAM, or this does not compile.
const _: () = assert!(Budget::<Learner>::training_bytes::<[f32; 20], Adam, BATCH>() + BATCH * 84 <= 32 * 1024);

#[entry]
fn main() -> ! {
    // `entry` turns these into references that live as long as the program.
    static mut NETWORK: Learner = Learner::ZERO;
    static mut TRAINING_MEMORY: Training = Training::EMPTY;
    static mut BATCH_MEMORY: ([[f32; 20]; BATCH], [[f32; 1]; BATCH]) = Zero::ZERO;

    match learn(NETWORK, TRAINING_MEMORY, BATCH_MEMORY) {
        Ok(true) => finish(true),
        Ok(false) => hprintln!("it did not learn what it learns on every machine"),
        Err(error) => hprintln!("training stopped: {}", error),
    }
    finish(false)
}

fn learn(
    network: &mut Learner,
    training: &mut Training,
    (inputs, targets): &mut ([[f32; 20]; BATCH], [[f32; 1]; BATCH]),
) -> Result<bool, Error> {
    let clock = cortex_m::Peripherals::take().map(|peripherals| Clock::new(peripherals.SYST));
    let rng = &mut seeded(7);
    let adam = Adam::new(0.003);
    // Measured on the training rows, applied to every row as it comes.
    let scaler = StandardScaler::fit(INPUTS.get(..TRAINING).unwrap_or_default())?;
    let mut order: [u16; TRAINING] = core::array::from_fn(|index| index as u16);
    network.init(Initializer::HeNormal, rng);

    hprintln!("{} parameters, {} bytes of RAM for training", Learner::COUNT, size_of::<Training>());
    let mut instructions = None;
    let (mut first, mut last) = (f32::NAN, f32::NAN);
    for epoch in 1..=EPOCHS {
        shuffle(&mut order, rng);
        let mut sum = 0.0;
        for rows in order.chunks(BATCH) {
            let samples = rows.len();
            let batch = inputs.iter_mut().zip(targets.iter_mut());
            for (row, (input, target)) in rows.iter().zip(batch) {
                if let (Some(x), Some(y)) = (INPUTS.get(usize::from(*row)), TARGETS.get(usize::from(*row))) {
                    (*input, *target) = (*x, *y);
                }
            }
            let (inputs, targets) = (inputs.get_mut(..samples), targets.get(..samples));
            let (inputs, targets) = (inputs.unwrap_or_default(), targets.unwrap_or_default());
            scaler.transform(inputs);
            let mut loss = Ok(0.0);
            let mut step = || loss = training.train_step(network, &BinaryCrossEntropy, &adam, inputs, targets, rng);
            match &clock {
                Some(clock) => instructions = Some(clock.instructions(step).max(instructions.unwrap_or(0))),
                None => step(),
            }
            sum += loss? * samples as f32;
        }
        last = sum / TRAINING as f32;
        first = if epoch == 1 { last } else { first };
        hprintln!("epoch {:2}: loss {:.4}, accuracy on new samples {:.4}", epoch, last, accuracy(network, &scaler));
    }
    hprintln!("{} instructions for a step of {} samples", instructions.unwrap_or(0), BATCH);
    let found = accuracy(network, &scaler);
    // What a run must show. The seed is fixed and the bits are the same on every machine.
    Ok(last < 0.3 * first && found > 0.93)
}

/// The share of samples never trained on that are on the right side of one half.
fn accuracy(network: &Learner, scaler: &StandardScaler<[f32; 20]>) -> f64 {
    let mut accuracy = BinaryAccuracy::default();
    for (input, target) in INPUTS.iter().zip(&TARGETS).skip(TRAINING) {
        let (mut input, mut output) = ([*input], [[0.0]]);
        scaler.transform(&mut input);
        network.forward(&input, &mut output);
        accuracy.update(&output, &[*target]);
    }
    Metric::<[f32; 1]>::value(&accuracy)
}

/// Fisher and Yates' shuffle.
fn shuffle(order: &mut [u16], rng: &mut impl Rng) {
    for end in (1..order.len()).rev() {
        order.swap(end, rng.random_range(0..=end));
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    typenet_firmware::report(info)
}
