//! What the binaries share: the networks, the data, the instruments.
#![no_std]
#![forbid(unsafe_code)]

use core::panic::PanicInfo;

use cortex_m_semihosting::{debug, hprintln};

pub mod clock;
pub mod lamp;
pub mod networks;

/// Breast Cancer Wisconsin (Diagnostic), as in `../data`.
pub mod data {
    include!(concat!(env!("OUT_DIR"), "/data.rs"));

    /// Rows to train on; the rest is for tests.
    pub const TRAINING: usize = INPUTS.len() * 4 / 5;
}

/// Ends the emulator; cargo sees whether all was well.
pub fn finish(fine: bool) -> ! {
    debug::exit(if fine { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    loop {}
}

/// What a program does that panics: the library does not, but a program's own code may.
pub fn report(info: &PanicInfo<'_>) -> ! {
    hprintln!("{}", info);
    finish(false)
}
