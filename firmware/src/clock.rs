//! Counts instructions.
//!
//! QEMU with `-icount shift=6` advances the emulated clock by 64 ns an instruction, and the timer
//! counts it in steps of 40 ns. It is a count of instructions, not of cycles: a real processor waits
//! for its memory and needs several cycles for a division. It repeats exactly from run to run.

use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;

/// The timer's range: 24 bits.
const RANGE: u32 = 1 << 24;

/// How often the timer has run through its range, each time 10 million instructions.
static ROUNDS: AtomicU32 = AtomicU32::new(0);

#[exception]
fn SysTick() {
    ROUNDS.fetch_add(1, Ordering::Relaxed);
}

/// The counter of instructions.
pub struct Clock {
    overhead: u64,
}

impl Clock {
    /// Starts counting.
    #[must_use]
    pub fn new(mut timer: SYST) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(RANGE - 1);
        timer.clear_current();
        timer.enable_interrupt();
        timer.enable_counter();
        let overhead = ticks(|| ());
        Self { overhead }
    }

    /// The instructions that a piece of code takes.
    pub fn instructions(&self, run: impl FnOnce()) -> u64 {
        // 64 ns an instruction, 40 ns a tick, to the nearest.
        (ticks(run).saturating_sub(self.overhead) * 5 + 4) / 8
    }
}

#[inline(never)]
fn ticks(run: impl FnOnce()) -> u64 {
    let before = now();
    run();
    now() - before
}

fn now() -> u64 {
    // Read again if a round has ended in between.
    loop {
        let rounds = ROUNDS.load(Ordering::Relaxed);
        let passed = RANGE - 1 - SYST::get_current();
        if rounds == ROUNDS.load(Ordering::Relaxed) {
            return u64::from(rounds) * u64::from(RANGE) + u64::from(passed);
        }
    }
}
