//! Measures what networks cost: instructions and stack of inference and of a training step, beside
//! what the type says. `../figures` runs it and makes tables of what it prints.
#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "names by which `figures` finds functions and weights in the program")]

use core::hint::black_box;

use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use typenet::prelude::*;
use typenet::rand::rngs::Xoshiro256PlusPlus;
use typenet_firmware::clock::Clock;
use typenet_firmware::finish;
use typenet_firmware::networks::{
    Attentive, Classifier, Deep, Digits, Image, Lamp, Large, Normalised, Sensor, Shallow, Signals, Sine, Small,
};

#[path = "../stack.rs"]
mod stack;

const BATCH: usize = 32;

type Training<N, X> = Workspace<N, X, Adam, Inline<BATCH>>;
type Random = Xoshiro256PlusPlus;

/// A network, and how it is run.
struct Case<N: Layer<X>, X: Tensor> {
    name: &'static str,
    flash: &'static N,
    infer: fn(&N, &[X; 1], &mut [N::Output; 1]),
    train: Option<Train<N, X>>,
}

/// A training step; whether it succeeded.
type Train<N, X> = fn(&mut N, &mut Training<N, X>, &[X; BATCH], &[<N as Layer<X>>::Output; BATCH], &mut Random) -> bool;

/// Inference of a network as a function of its own, and the network in flash. The weights there are zeros: it is
/// their size that counts.
macro_rules! inference {
    ($network:ty, $input:ty, $infer:ident, $flash:ident) => {
        #[unsafe(no_mangle)]
        #[inline(never)]
        fn $infer(network: &$network, input: &[$input; 1], output: &mut [<$network as Layer<$input>>::Output; 1]) {
            network.forward(input, output);
        }

        #[unsafe(no_mangle)]
        static $flash: $network = <$network>::ZERO;
    };
}

/// A training step as a function of its own.
macro_rules! training {
    ($network:ty, $input:ty, $loss:expr, $train:ident) => {
        #[unsafe(no_mangle)]
        #[inline(never)]
        fn $train(
            network: &mut $network,
            training: &mut Training<$network, $input>,
            inputs: &[$input; BATCH],
            targets: &[<$network as Layer<$input>>::Output; BATCH],
            rng: &mut Random,
        ) -> bool {
            training.train_step(network, &$loss, &Adam::default(), inputs, targets, rng).is_ok()
        }
    };
}

/// A step of a stream as a function of its own, and its state before the first.
macro_rules! stream {
    ($network:ty, $input:ty, $step:ident, $state:ident) => {
        #[unsafe(no_mangle)]
        #[inline(never)]
        fn $step(
            network: &$network,
            state: &mut <$network as Stream<$input>>::State,
            input: &$input,
            output: &mut <$network as Stream<$input>>::Output,
        ) {
            *output = network.step(state, input);
        }

        #[unsafe(no_mangle)]
        static $state: <$network as Stream<$input>>::State = Zero::ZERO;
    };
}

inference!(Sine, [f32; 1], infer_sine, SINE);
training!(Sine, [f32; 1], MeanSquaredError, train_sine);
inference!(Small, [f32; 4], infer_small, SMALL);
training!(Small, [f32; 4], MeanSquaredError, train_small);
inference!(Classifier, [f32; 20], infer_classifier, CLASSIFIER);
training!(Classifier, [f32; 20], BinaryCrossEntropy, train_classifier);
inference!(Digits, Image, infer_digits, DIGITS);
training!(Digits, Image, MeanSquaredError, train_digits);
inference!(Lamp, [[f32; 1]; 32], infer_lamp, LAMP);
training!(Lamp, [[f32; 1]; 32], MeanSquaredError, train_lamp);
inference!(Normalised, [f32; 20], infer_normalised, NORMALISED);
training!(Normalised, [f32; 20], MeanSquaredError, train_normalised);
inference!(Signals, [[f32; 3]; 32], infer_signals, SIGNALS);
training!(Signals, [[f32; 3]; 32], MeanSquaredError, train_signals);
inference!(Attentive, [[f32; 3]; 16], infer_attentive, ATTENTIVE);
training!(Attentive, [[f32; 3]; 16], MeanSquaredError, train_attentive);
stream!(Lamp, [f32; 1], step_lamp, LAMP_STATE);
stream!(Sensor, [f32; 3], step_sensor, SENSOR_STATE);
#[unsafe(no_mangle)]
static SENSOR: Sensor = Sensor::ZERO;
inference!(Shallow, [f32; 20], infer_shallow, SHALLOW);
inference!(Deep, [f32; 20], infer_deep, DEEP);
inference!(Large, [[[f32; 28]; 28]; 1], infer_large, LARGE);

#[entry]
fn main() -> ! {
    static mut SINE_MEMORY: (Sine, Training<Sine, [f32; 1]>) = (Sine::ZERO, Workspace::EMPTY);
    static mut SMALL_MEMORY: (Small, Training<Small, [f32; 4]>) = (Small::ZERO, Workspace::EMPTY);
    static mut CLASSIFIER_MEMORY: (Classifier, Training<Classifier, [f32; 20]>) = (Classifier::ZERO, Workspace::EMPTY);
    static mut DIGITS_MEMORY: (Digits, Training<Digits, Image>) = (Digits::ZERO, Workspace::EMPTY);
    static mut LAMP_MEMORY: (Lamp, Training<Lamp, [[f32; 1]; 32]>) = (Lamp::ZERO, Workspace::EMPTY);
    static mut NORMALISED_MEMORY: (Normalised, Training<Normalised, [f32; 20]>) = (Normalised::ZERO, Workspace::EMPTY);
    static mut SIGNALS_MEMORY: (Signals, Training<Signals, [[f32; 3]; 32]>) = (Signals::ZERO, Workspace::EMPTY);
    static mut ATTENTIVE_MEMORY: (Attentive, Training<Attentive, [[f32; 3]; 16]>) = (Attentive::ZERO, Workspace::EMPTY);
    static mut SENSOR_NETWORK: Sensor = Sensor::ZERO;
    static mut SHALLOW_NETWORK: Shallow = Shallow::ZERO;
    static mut DEEP_NETWORK: Deep = Deep::ZERO;
    static mut LARGE_NETWORK: Large = Large::ZERO;

    let Some(peripherals) = cortex_m::Peripherals::take() else { finish(false) };
    let clock = &Clock::new(peripherals.SYST);
    let sine = Case { name: "sine", flash: &SINE, infer: infer_sine, train: Some(train_sine) };
    let small = Case { name: "small", flash: &SMALL, infer: infer_small, train: Some(train_small) };
    let classifier =
        Case { name: "classifier", flash: &CLASSIFIER, infer: infer_classifier, train: Some(train_classifier) };
    let digits = Case { name: "digits", flash: &DIGITS, infer: infer_digits, train: Some(train_digits) };
    let lamp = Case { name: "lamp", flash: &LAMP, infer: infer_lamp, train: Some(train_lamp) };
    let normalised =
        Case { name: "normalised", flash: &NORMALISED, infer: infer_normalised, train: Some(train_normalised) };
    let signals = Case { name: "signals", flash: &SIGNALS, infer: infer_signals, train: Some(train_signals) };
    let attentive = Case { name: "attentive", flash: &ATTENTIVE, infer: infer_attentive, train: Some(train_attentive) };
    let lamp_stream = Steps::<Lamp, [f32; 1]> { name: "lamp", flash: &LAMP, start: &LAMP_STATE, step: step_lamp };
    let sensor = Steps::<Sensor, [f32; 3]> { name: "sensor", flash: &SENSOR, start: &SENSOR_STATE, step: step_sensor };
    let shallow = Case { name: "shallow", flash: &SHALLOW, infer: infer_shallow, train: None };
    let deep = Case { name: "deep", flash: &DEEP, infer: infer_deep, train: None };
    let large = Case { name: "large", flash: &LARGE, infer: infer_large, train: None };

    if !clock.is_exact() {
        hprintln!("the clock does not count instructions");
        finish(false);
    }
    let fine = sine.run(clock, &mut SINE_MEMORY.0, Some(&mut SINE_MEMORY.1))
        & small.run(clock, &mut SMALL_MEMORY.0, Some(&mut SMALL_MEMORY.1))
        & classifier.run(clock, &mut CLASSIFIER_MEMORY.0, Some(&mut CLASSIFIER_MEMORY.1))
        & digits.run(clock, &mut DIGITS_MEMORY.0, Some(&mut DIGITS_MEMORY.1))
        & lamp.run(clock, &mut LAMP_MEMORY.0, Some(&mut LAMP_MEMORY.1))
        & normalised.run(clock, &mut NORMALISED_MEMORY.0, Some(&mut NORMALISED_MEMORY.1))
        & signals.run(clock, &mut SIGNALS_MEMORY.0, Some(&mut SIGNALS_MEMORY.1))
        & attentive.run(clock, &mut ATTENTIVE_MEMORY.0, Some(&mut ATTENTIVE_MEMORY.1))
        & shallow.run(clock, SHALLOW_NETWORK, None)
        & deep.run(clock, DEEP_NETWORK, None)
        & large.run(clock, LARGE_NETWORK, None);
    lamp_stream.run(clock, &mut LAMP_MEMORY.0, [0.0]);
    sensor.run(clock, SENSOR_NETWORK, None);
    finish(fine)
}

impl<N, X> Case<N, X>
where
    X: Tensor<Scalar = f32>,
    N: Layer<X>,
    N::Output: Tensor<Scalar = f32>,
{
    /// Prints two lines: name and what is measured, then numbers. Of several inputs the worst counts.
    fn run(&self, clock: &Clock, network: &mut N, training: Option<&mut Training<N, X>>) -> bool {
        let rng = &mut seeded(5);
        network.init(Initializer::HeNormal, rng);
        black_box(self.flash);

        let (mut least, mut most, mut depth) = (u64::MAX, 0, 0);
        // Small, large, tiny, zero, not finite, and ordinary numbers of both signs.
        for value in [0.0, 1.0, -1.0, 1e-40, -3e38, f32::INFINITY, f32::NAN, 0.3] {
            let (mut input, mut output) = ([X::ZERO], [N::Output::ZERO]);
            X::flat_mut(&mut input).fill(value);
            if value == 0.3 {
                pattern(X::flat_mut(&mut input));
            }
            let found = clock.instructions(|| (self.infer)(network, black_box(&input), black_box(&mut output)));
            (least, most) = (least.min(found), most.max(found));
            depth = depth.max(stack::depth(|| (self.infer)(network, black_box(&input), black_box(&mut output))));
        }
        let (flash, buffers) = (Budget::<N>::FLASH_BYTES, Budget::<N>::buffer_bytes::<X>());
        let inference = Budget::<N>::inference_bytes::<X>();
        hprintln!("{} inference {} {} {} {} {} {}", self.name, flash, buffers, inference, depth, least, most);

        let (Some(train), Some(training)) = (self.train, training) else { return true };
        let (mut inputs, mut targets) = ([X::ZERO; BATCH], [N::Output::ZERO; BATCH]);
        pattern(X::flat_mut(&mut inputs));
        for target in N::Output::flat_mut(&mut targets).iter_mut().step_by(2) {
            *target = 1.0;
        }
        let mut fine = true;
        let mut step = || fine &= train(network, training, &inputs, &targets, rng);
        // The fourth: the first is cheaper, where Adam takes its factors to the power of 1.
        for _ in 0..3 {
            step();
        }
        let instructions = clock.instructions(&mut step);
        let depth = stack::depth(&mut step);
        let memory = size_of::<(N, Training<N, X>)>();
        let budget = Budget::<N>::training_bytes::<X, Adam, BATCH>();
        hprintln!("{} training {} {} {} {}", self.name, budget, memory, depth, instructions);
        fine
    }
}

/// A stream, and how it is run.
struct Steps<N: Stream<X>, X: Tensor> {
    name: &'static str,
    flash: &'static N,
    start: &'static N::State,
    step: fn(&N, &mut N::State, &X, &mut N::Output),
}

impl<N: Stream<X>, X: Tensor<Scalar = f32>> Steps<N, X> {
    /// Prints a line, for the cheapest and the dearest of many steps.
    fn run(&self, clock: &Clock, network: &mut N, mut output: N::Output) {
        network.init(Initializer::HeNormal, &mut seeded(5));
        black_box(self.flash);
        let (mut state, mut input) = (*black_box(self.start), X::ZERO);
        let (mut least, mut most, mut depth) = (u64::MAX, 0, 0);
        pattern(X::flat_mut(core::slice::from_mut(&mut input)));
        let mut run = || (self.step)(network, &mut state, black_box(&input), black_box(&mut output));
        for _ in 0..64 {
            let found = clock.instructions(&mut run);
            (least, most) = (least.min(found), most.max(found));
        }
        for _ in 0..64 {
            depth = depth.max(stack::depth(&mut run));
        }
        let (flash, bytes) = (Budget::<N>::FLASH_BYTES, Budget::<N>::state_bytes::<X>());
        let budget = Budget::<N>::step_bytes::<X>();
        hprintln!("{} stream {} {} {} {} {} {}", self.name, flash, bytes, budget, depth, least, most);
    }
}

/// Ordinary numbers from -0.5 to 0.5.
fn pattern(values: &mut [f32]) {
    for (index, value) in values.iter_mut().enumerate() {
        *value = ((index * 7) % 11) as f32 * 0.1 - 0.5;
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    typenet_firmware::report(info)
}
