//! What the binaries share: the networks, the data, the instruments.
#![no_std]
#![forbid(unsafe_code)]

pub mod clock;
pub mod networks;

/// Breast Cancer Wisconsin (Diagnostic), as in `../data`.
pub mod data {
    include!(concat!(env!("OUT_DIR"), "/data.rs"));

    /// Rows to train on; the rest is for tests.
    pub const TRAINING: usize = INPUTS.len() * 4 / 5;
}
