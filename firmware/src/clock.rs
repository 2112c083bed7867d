//! Counts instructions.
//!
//! QEMU with `-icount shift=6` advances the emulated clock by 64 ns an instruction, and the timer
//! counts it in steps of 40 ns. It is a count of instructions, not of cycles: a real processor waits
//! for its memory and needs several cycles for a division. It repeats exactly from run to run.

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

/// The timer's range: 24 bits.
const RANGE: u32 = 1 << 24;

/// The counter of instructions.
pub struct Clock {
    timer: SYST,
    overhead: u32,
}

impl Clock {
    /// Starts counting.
    #[must_use]
    pub fn new(mut timer: SYST) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(RANGE - 1);
        timer.clear_current();
        timer.enable_counter();
        let mut clock = Self { timer, overhead: 0 };
        clock.overhead = clock.ticks(|| ()).unwrap_or(0);
        clock
    }

    /// The instructions that a piece of code takes, up to 10 million: `None` if there are more.
    pub fn instructions(&mut self, run: impl FnOnce()) -> Option<u32> {
        let ticks = self.ticks(run)?.saturating_sub(self.overhead);
        // 64 ns an instruction, 40 ns a tick, to the nearest.
        Some((ticks * 5 + 4) / 8)
    }

    fn ticks(&mut self, run: impl FnOnce()) -> Option<u32> {
        // Reading the flag clears it.
        self.timer.has_wrapped();
        self.timer.clear_current();
        let before = SYST::get_current();
        run();
        let after = SYST::get_current();
        if self.timer.has_wrapped() { None } else { Some(before.wrapping_sub(after) & (RANGE - 1)) }
    }
}
