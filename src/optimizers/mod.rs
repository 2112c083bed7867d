//! The optimizers: one file each.
//!
//! Formulas and defaults are those of Keras.

mod adam;
mod clip;
mod rms_prop;
mod sgd;

pub use adam::{Adam, AdamW};
pub use clip::{Clip, Clipped};
pub use rms_prop::RmsProp;
pub use sgd::{Momentum, Sgd};

use crate::batch::One;
use crate::error::Error;
use crate::parameters::Parameters;
use crate::schedules::{Schedule, Scheduled};

/// Changes parameters by their gradient.
///
/// ```
/// use typenet::prelude::*;
///
/// fn halve(optimizer: &mut impl Optimizer) {
///     optimizer.set_learning_rate(optimizer.learning_rate() / 2.0);
/// }
///
/// let mut adam = Adam::new(0.01);
/// halve(&mut adam);
/// assert_eq!(adam.rate, 0.005);
/// assert!(Adam::new(f64::NAN).check().is_err());
/// ```
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

    /// The same optimizer on a clipped gradient.
    #[must_use]
    fn clip(self, clip: Clip) -> Clipped<Self>
    where
        Self: Sized,
    {
        Clipped { optimizer: self, clip }
    }

    /// The same optimizer with a learning rate that follows a schedule.
    #[must_use]
    fn scheduled<S: Schedule>(self, schedule: S) -> Scheduled<Self, S>
    where
        Self: Sized,
    {
        Scheduled { optimizer: self, schedule }
    }
}
