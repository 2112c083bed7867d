//! The optimizers: one file each.
//!
//! Formulas and defaults are those of Keras.

mod sgd;

pub use sgd::{Momentum, Sgd};

use crate::batch::One;
use crate::error::Error;
use crate::parameters::Parameters;

/// Changes parameters by their gradient.
pub trait Optimizer {
    /// What is kept between steps: as many trees of the gradient's form as the method needs.
    type State<G: One>: One;

    /// The learning rate.
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate, as a schedule does.
    fn set_learning_rate(&mut self, rate: f64);

    /// Checks every setting.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for the first one outside its range.
    fn check(&self) -> Result<(), Error>;

    /// One step; `step` counts from 1. The gradient may be changed, as by clipping.
    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        state: &mut Self::State<N::Gradient>,
        step: u64,
    );
}
