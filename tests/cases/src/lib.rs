//! Every layer, loss and optimizer that there is, for the proof that none of them panics and for
//! the proof that all machines compute the same bits.
#![no_std]

pub mod draw;
pub mod hash;
mod list;
mod others;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use list::each;

use draw::Draw;
use typenet::network::Emission;
use typenet::prelude::*;

/// What is done with each of them.
pub trait Cases {
    /// A layer or a network.
    fn layer<N, X>(&mut self, name: &'static str)
    where
        X: Draw,
        N: Layer<X>,
        N::Output: Tensor<Scalar = f32> + Draw;

    /// A layer or a network that takes its sequence step by step.
    fn stream<N, X>(&mut self, name: &'static str)
    where
        X: Draw,
        N: Stream<X, Output: Emission<Item: Tensor<Scalar = f32>>>;

    /// A loss.
    fn loss<L: Loss<[f32; 3], T>, T: Draw>(&mut self, name: &'static str, loss: L);

    /// An optimizer.
    fn optimizer<O: Optimizer>(&mut self, name: &'static str, optimizer: O);

    /// Anything else that a program on a device calls. It computes nothing that is compared.
    fn other(&mut self, name: &'static str, run: fn());
}
