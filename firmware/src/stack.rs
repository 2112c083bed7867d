//! Measures how much stack a piece of code takes.
#![allow(unsafe_code, reason = "it looks at memory below the stack, which nothing owns")]

use cortex_m::register::msp;

/// What the memory below the stack is filled with.
const PAINT: u32 = 0x5a5a_5a5a;
/// How far down it is painted: more than any of the networks takes.
const DEPTH: u32 = 64 * 1024;

/// The bytes of stack below the caller that a piece of code has written to at its deepest, without interrupts.
#[inline(never)]
pub fn depth(run: impl FnOnce()) -> u32 {
    let top = msp::read() & !3;
    let bottom = top - DEPTH;
    for address in (bottom..top).step_by(4) {
        // SAFETY: the board's RAM goes on for megabytes below, and nothing is kept below the stack
        // pointer: interrupts write there, but do not expect to find anything.
        unsafe { (address as *mut u32).write_volatile(PAINT) };
    }
    // The timer's interrupt would write there too.
    cortex_m::interrupt::free(|_| run());
    // SAFETY: as above.
    let is_painted = |address: &u32| unsafe { (*address as *const u32).read_volatile() } == PAINT;
    top - (bottom..top).step_by(4).find(|address| !is_painted(address)).unwrap_or(top)
}
