//! How the terms of a loss are summed.

use crate::kernel::BLOCK;
use crate::network::Scalar;

/// A sum of terms in blocks of at most [`BLOCK`], and of the blocks in `f64`. What fits in one block takes nothing of
/// `f64`, which some devices have to compute by hand.
pub(super) struct Sum<T> {
    pub block: T,
    terms: usize,
    before: Option<f64>,
}

impl<T: Scalar> Sum<T> {
    pub fn of(first: T) -> Self {
        Self { block: first, terms: 0, before: None }
    }

    #[inline]
    pub fn add(&mut self, term: T) {
        if self.terms == BLOCK {
            self.close_block();
        }
        self.block += term;
        self.terms += 1;
    }

    #[inline]
    pub fn close_block(&mut self) {
        self.before = Some(self.before.unwrap_or(0.0) + self.block.to_f64());
        (self.block, self.terms) = (T::ZERO, 0);
    }

    pub fn total(self) -> T {
        self.before.map_or(self.block, |before| T::from_f64(before + self.block.to_f64()))
    }
}
