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

/// Sees, and may change, every part of an optimizer's state.
///
/// ```
/// use typenet::prelude::*;
///
/// /// The names of all parts.
/// struct Names(Vec<&'static str>);
///
/// impl<G> StateVisitor<G> for Names {
///     fn tree(&mut self, name: &'static str, _: &mut G) {
///         self.0.push(name);
///     }
///
///     fn number(&mut self, name: &'static str, _: &mut f64) {
///         self.0.push(name);
///     }
/// }
///
/// type State = <Adam as Optimizer>::State<Dense<2, 3>>;
/// let mut names = Names(Vec::new());
/// Adam::walk_state(&mut State::ZERO, &mut names);
/// assert_eq!(names.0, ["mean", "square"]);
/// ```
pub trait StateVisitor<G> {
    /// A tree of the gradient's form: [`Parameters::walk`] over any network of that form gives its
    /// arrays.
    fn tree(&mut self, name: &'static str, tree: &mut G);

    /// A number that belongs to the whole network.
    fn number(&mut self, name: &'static str, value: &mut f64);
}

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

    /// Shows every part of the state, always in the same order: what saves and restores it needs to
    /// know no optimizer. An optimizer around another one shows that one's state first, then its own.
    fn walk_state<G: One>(state: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>);

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
