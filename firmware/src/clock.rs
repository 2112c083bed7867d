//! Counts instructions.
//!
//! QEMU with `-icount shift=6` advances the emulated clock by 64 ns an instruction, and the timer
//! counts it in steps of 40 ns. It is a count of instructions, not of cycles: a real processor waits
//! for its memory and needs several cycles for a division. It repeats exactly from run to run.

use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::asm::delay;
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
    /// Instructions of [`SysTick`], which are counted with those of the code that it interrupts.
    interrupt: u64,
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
        let (overhead, _) = ticks(|| ());
        // What a loop of known length counts too much, for each round that ends in it.
        const TURNS: u32 = 30_000_000;
        let (long, rounds) = ticks(|| turn(TURNS));
        let (short, _) = ticks(|| turn(1));
        let excess = from_ticks(long - short) - 2 * u64::from(TURNS - 1);
        Self { overhead, interrupt: (excess + rounds / 2) / rounds.max(1) }
    }

    /// The instructions that a piece of code takes.
    pub fn instructions(&self, run: impl FnOnce()) -> u64 {
        let (ticks, rounds) = ticks(run);
        from_ticks(ticks.saturating_sub(self.overhead)) - rounds * self.interrupt
    }

    /// Whether loops of known lengths count as what they are, also where the timer runs through its range meanwhile:
    /// but for one, since a tick is less than an instruction, for each of the two loops.
    pub fn is_exact(&self) -> bool {
        let count = |turns| self.instructions(|| turn(turns)) as i64;
        let excess = |turns: u32| count(turns) - count(1) - 2 * i64::from(turns - 1);
        [1_000, 10_000_000, 100_000_000].map(excess).iter().all(|excess| excess.abs() <= 2)
    }
}

/// A loop of two instructions, so many times.
#[inline(never)]
fn turn(times: u32) {
    // It goes round once more than it is told.
    delay(times);
}

/// 64 ns an instruction, 40 ns a tick, to the nearest.
fn from_ticks(ticks: u64) -> u64 {
    (ticks * 5 + 4) / 8
}

/// Ticks, and the rounds that ended meanwhile.
#[inline(never)]
fn ticks(run: impl FnOnce()) -> (u64, u64) {
    let (rounds, before) = now();
    run();
    let (last, after) = now();
    let rounds = u64::from(last - rounds);
    (rounds * u64::from(RANGE) + after - before, rounds)
}

/// The rounds and the ticks of this one.
fn now() -> (u32, u64) {
    // Read again if a round has ended in between.
    loop {
        let rounds = ROUNDS.load(Ordering::Relaxed);
        let passed = RANGE - 1 - SYST::get_current();
        if rounds == ROUNDS.load(Ordering::Relaxed) {
            return (rounds, passed.into());
        }
    }
}
