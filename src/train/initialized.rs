//! Networks with their first weights.

use alloc::boxed::Box;

use crate::network::{Initializer, Parameters};

/// A network on the heap, its weights He-normal from a seed. It never passes over the stack.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<784, 512>, Relu, Dense<512, 10>];
/// let network = initialized::<Network>(1);
/// assert!(network.0.weight[(0, 0)] != 0.0);
/// ```
#[must_use]
pub fn initialized<N: Parameters>(seed: u64) -> Box<N> {
    initialized_with(Initializer::default(), seed)
}

/// A network on the heap, its weights from an initialiser and a seed.
///
/// ```
/// use typenet::prelude::*;
///
/// let layer = initialized_with::<Dense<2, 3>>(Initializer::Constant(0.5), 1);
/// assert_eq!(layer.weight.as_slice(), [0.5; 6]);
/// ```
#[must_use]
pub fn initialized_with<N: Parameters>(weights: Initializer, seed: u64) -> Box<N> {
    let mut network: Box<N> = bytemuck::zeroed_box();
    network.init(weights, &mut crate::network::seeded(seed));
    network
}
