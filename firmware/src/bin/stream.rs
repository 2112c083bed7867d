//! Follows a signal that does not end: each sample goes through a recurrent network as it comes, and all
//! that is kept is the network's state.
//!
//! `cargo run --release --bin stream`
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::fmt;

use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use typenet::prelude::*;
use typenet_firmware::lamp::signal;
use typenet_firmware::{clock::Clock, finish, networks::Lamp};

/// In flash, read and checked while this is compiled.
static NETWORK: Lamp = typenet::weights!(Lamp, "../../weights/lamp.weights");

/// Samples in a line of the output, and in the sequence that is compared with it.
const STEPS: usize = 64;
const LINES: usize = 4;

#[entry]
fn main() -> ! {
    let clock = cortex_m::Peripherals::take().map(|peripherals| Clock::new(peripherals.SYST));
    let (mut on, mut rng) = (false, seeded(11));
    let mut state = Stream::<[f32; 1]>::start(&NETWORK);
    let (mut known, mut instructions, mut same) = (0, 0, true);
    hprintln!("button: # where it is pushed; lamp and network: # where it is on");
    for line in 0..LINES {
        let samples: [(f32, bool); STEPS] = core::array::from_fn(|_| signal(&mut on, &mut rng));
        let voltages = samples.map(|(voltage, _)| [voltage]);
        let logits = voltages.map(|voltage| {
            let mut logit = [0.0];
            let mut step = || logit = NETWORK.step(&mut state, &voltage);
            match &clock {
                Some(clock) => instructions = clock.instructions(step).max(instructions),
                None => step(),
            }
            logit
        });
        if line == 0 {
            // The same network on the sequence as a whole.
            let mut whole = [[[0.0]; STEPS]];
            NETWORK.forward(&[voltages], &mut whole);
            let bits = |outputs: &[[f32; 1]; STEPS]| outputs.map(|[y]| y.to_bits());
            same = whole.iter().all(|whole| bits(whole) == bits(&logits));
        }
        known += samples.iter().zip(&logits).filter(|((_, on), [logit])| *on == (*logit > 0.0)).count();
        hprintln!("button  {}", Marks(voltages.map(|[voltage]| voltage > 0.5)));
        hprintln!("lamp    {}", Marks(samples.map(|(_, on)| on)));
        hprintln!("network {}", Marks(logits.map(|[logit]| logit > 0.0)));
    }
    hprintln!("the lamp is known after {} of {} samples", known, LINES * STEPS);
    hprintln!("{} bytes in flash, {} bytes of state", size_of::<Lamp>(), size_of_val(&state));
    hprintln!("{} instructions for a sample", instructions);
    hprintln!("{} bits as the sequence as a whole", if same { "the same" } else { "not the same" });
    finish(same && known * 100 >= LINES * STEPS * 95)
}

/// A row of marks.
struct Marks([bool; STEPS]);

impl fmt::Display for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|mark| f.write_str(if *mark { "#" } else { "." }))
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    typenet_firmware::report(info)
}
