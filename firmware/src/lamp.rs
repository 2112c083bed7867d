//! A lamp with a push button, whose noisy voltage is all that there is: is the lamp on? The task of
//! `../../examples/sequence_gru.rs`. This file is also part of the program on the desktop that trains
//! (`../../examples/export.rs`).

use typenet::rand::Rng;

/// A number in [0, 1).
fn uniform(rng: &mut impl Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / (1 << 24) as f32
}

/// The voltage of the button, and whether the lamp is on, from sample to sample: each push switches it.
pub fn signal(lamp: &mut bool, rng: &mut impl Rng) -> (f32, bool) {
    let push = uniform(rng) < 0.2;
    *lamp ^= push;
    // The sum of four uniform numbers: nearly normal, and always nearer to the truth than to the other.
    let noise: f32 = [(); 4].map(|()| uniform(rng) - 0.5).iter().sum::<f32>() * 0.24;
    (f32::from(u8::from(push)) + noise, *lamp)
}
