//! The same workloads on each framework.

pub mod burn;
pub mod candle;
pub mod dfdx;
pub mod typenet;

use crate::task::{Offer, Workload};

/// A framework's name, and what it makes of a workload.
pub type Framework = (&'static str, fn(Workload) -> Offer);

pub const ALL: [Framework; 4] =
    [("typenet", typenet::offer), ("dfdx", dfdx::offer), ("Burn", burn::offer), ("candle", candle::offer)];
