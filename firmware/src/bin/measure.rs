//! Measures what networks cost: instructions and stack of inference and of a training step, beside
//! what the type says (`measure`, the script).
#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use typenet::prelude::*;
use typenet_firmware::clock::Clock;
use typenet_firmware::networks::{Classifier, Learner, Small};
use typenet_firmware::{data, finish};

#[path = "../stack.rs"]
mod stack;

const BATCH: usize = 32;

#[entry]
fn main() -> ! {
    static mut SMALL: (Small, Workspace<Small, [f32; 4], Adam, Inline<BATCH>>) = (Small::ZERO, Workspace::EMPTY);
    static mut LEARNER: (Learner, Workspace<Learner, [f32; 20], Adam, Inline<BATCH>>) =
        (Learner::ZERO, Workspace::EMPTY);
    static mut CLASSIFIER: (Classifier, Workspace<Classifier, [f32; 20], Adam, Inline<BATCH>>) =
        (Classifier::ZERO, Workspace::EMPTY);

    let Some(peripherals) = cortex_m::Peripherals::take() else { finish(false) };
    let clock = Clock::new(peripherals.SYST);
    let fine = measure("4-16-3", &clock, SMALL, &MeanSquaredError)
        & measure("20-16-1", &clock, LEARNER, &BinaryCrossEntropy)
        & measure("20-128-64-1", &clock, CLASSIFIER, &BinaryCrossEntropy);
    finish(fine)
}

/// Prints a line: name, instructions, stack and its estimate, once for inference and once for a step
/// of training. Each number is that of the worst of several inputs; whether the instructions of
/// inference were the same for all of them comes last.
fn measure<N, const IN: usize, const OUT: usize>(
    name: &str,
    clock: &Clock,
    (network, training): &mut (N, Workspace<N, [f32; IN], Adam, Inline<BATCH>>),
    loss: &impl Loss<[f32; OUT]>,
) -> bool
where
    N: Layer<[f32; IN], Output = [f32; OUT]>,
{
    let rng = &mut seeded(5);
    network.init(Initializer::HeNormal, rng);
    // Inputs of all kinds: small, large, tiny, zero, not finite, and real ones.
    let real = core::array::from_fn(|i| data::INPUTS[7][i]);
    let inputs =
        [[0.0; IN], [1.0; IN], [-1.0; IN], [1e-40; IN], [-3e38; IN], [f32::INFINITY; IN], [f32::NAN; IN], real];
    let (mut least, mut most, mut depth) = (u64::MAX, 0, 0);
    for input in inputs {
        let (input, mut output) = (black_box([input]), [[0.0; OUT]]);
        let found = clock.instructions(|| network.forward(black_box(&input), black_box(&mut output)));
        (least, most) = (least.min(found), most.max(found));
        depth = depth.max(stack::depth(|| network.forward(black_box(&input), black_box(&mut output))));
    }
    hprintln!(
        "{} inference {} {} {} {} {}",
        name,
        size_of::<N>(),
        Budget::<N>::inference_bytes::<[f32; IN]>(),
        depth,
        least,
        most
    );

    let inputs: [[f32; IN]; BATCH] =
        core::array::from_fn(|row| core::array::from_fn(|i| ((row * 7 + i * 3) % 11) as f32 * 0.1));
    let targets: [[f32; OUT]; BATCH] = core::array::from_fn(|row| [(row % 2) as f32; OUT]);
    let adam = Adam::default();
    let mut result = Ok(0.0);
    let mut step = || result = training.train_step(network, loss, &adam, &inputs, &targets, rng);
    let instructions = clock.instructions(&mut step);
    let depth = stack::depth(&mut step);
    hprintln!(
        "{} training {} {} {}",
        name,
        size_of::<Workspace<N, [f32; IN], Adam, Inline<BATCH>>>(),
        depth,
        instructions
    );
    result.is_ok()
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    typenet_firmware::report(info)
}
