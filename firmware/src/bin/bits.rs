//! Prints the hashes of outputs and weights of all cases, to be compared with other machines
//! (`tests/bits/run`).
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use typenet_firmware::finish;

#[entry]
fn main() -> ! {
    cases::hash::hash_all(|name, outputs, weights| hprintln!("{}: {:08x} {:08x}", name, outputs, weights));
    finish(true)
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    typenet_firmware::report(info)
}
