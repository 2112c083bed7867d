//! The optimizers: one file each.
//!
//! ```
//! use typenet::prelude::*;
//!
//! let cosine = CosineDecay { start: 0.001, end: 0.0, steps: 1000 };
//! let optimizer = AdamW::default().clip(Clip::GlobalNorm(1.0)).scheduled(cosine.warm_up(100));
//! assert!(optimizer.check(1).is_ok());
//! ```
//!
//! Formulas and defaults are those of Keras, and of PyTorch where Keras has no such optimizer.
//!
//! | optimizer | trees kept | its step |
//! | --- | --- | --- |
//! | [`Sgd`] | 0 | along the gradient |
//! | [`Momentum`] | 1 | along a mean of the gradients, with or without look-ahead |
//! | [`Adagrad`] | 1 | divided by the root of the sum of squares |
//! | [`RmsProp`] | 1 | divided by the root of the mean square |
//! | [`Adadelta`] | 2 | divided so, times the size of its own changes |
//! | [`Adam`] | 2 | along the mean, divided by the root of the mean square |
//! | [`AdamW`] | 2 | that of Adam, with weight decay |
//! | [`AmsGrad`] | 3 | that of Adam, never divided by less than before |
//! | [`Adamax`] | 2 | along the mean, divided by the largest gradient |
//! | [`NAdam`] | 2 | that of Adam, with look-ahead |
//! | [`RAdam`] | 2 | that of Adam, without the mean square while it says little |
//! | [`Lion`] | 1 | the sign of the mean alone |
//!
//! Around any of them, in any order:
//!
//! | method of [`Optimizer`] | gives | trees kept | what it adds |
//! | --- | --- | --- | --- |
//! | `clip` | [`Clipped`] | 0 | limits the gradient |
//! | `weight_decay` | [`Decayed`] | 0 | shrinks weights before each step |
//! | `groups` | [`Grouped`] | 0 | rates and decays by the name of the parameter |
//! | `scheduled` | [`Scheduled`] | 0 | a rate that follows a [`Schedule`] |
//! | `accumulate` | [`Accumulated`] | 1 | one step for several batches |
//! | `average` | [`Averaged`] | 1 | a moving average of the weights |
//!
//! Each acts on what it is called on: `Adam::default().weight_decay(0.01).groups([..])` has groups
//! for the decay too, `Adam::default().groups([..]).weight_decay(0.01)` decays all alike.

mod accumulate;
mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod amsgrad;
mod average;
mod clip;
mod decay;
mod groups;
mod lion;
mod nadam;
mod pattern;
mod radam;
mod rms_prop;
mod scheduled;
mod sgd;

pub use crate::error::ParameterNames;
pub use accumulate::Accumulated;
pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use adamax::Adamax;
pub use amsgrad::AmsGrad;
pub(crate) use average::Swap;
pub use average::{Averaged, Averages};
pub use clip::{Clip, Clipped};
pub use decay::Decayed;
pub use groups::{Factors, Grouped, ParameterGroup};
pub use lion::Lion;
pub use nadam::NAdam;
pub use radam::RAdam;
pub use rms_prop::RmsProp;
pub use scheduled::Scheduled;
pub use sgd::{Momentum, Sgd};

use crate::error::Error;
use crate::network::{One, Parameters};
use crate::schedules::Schedule;

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
/// assert!(Adam::new(f64::NAN).check(1).is_err());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an optimizer",
    label = "not an optimizer",
    note = "an optimizer is a value such as `Adam::default()` or `Sgd::new(0.01)`"
)]
pub trait Optimizer {
    /// What is kept between steps: as many trees of the gradient's form as the method needs.
    type State<G: One>: One;

    /// Whether a tree of the state, named `sum`, only grows: a number of it that is the largest one holds its
    /// parameter still for ever, and the next step is refused ([`Error::SumOverflowed`]).
    const SUMS: bool = false;

    /// The learning rate.
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate, as a schedule does.
    fn set_learning_rate(&mut self, rate: f64);

    /// The learning rate of one step; `step` counts from 1.
    fn rate_at(&self, step: u64) -> f64 {
        let _ = step;
        self.learning_rate()
    }

    /// Checks every setting, as it is at one step; `step` counts from 1.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for the first one outside its range.
    fn check(&self, step: u64) -> Result<(), Error>;

    /// Checks what depends on the network, before its first step.
    ///
    /// # Errors
    ///
    /// [`Error::Group`] for a group of parameters that has none.
    fn check_network<N: Parameters>(&self, network: &N) -> Result<(), Error> {
        let _ = network;
        Ok(())
    }

    /// Whether the step does with any finite gradient. Others are given those only whose squares are finite too:
    /// an infinity in a mean of squares would hold its weight still for ever.
    fn limits_gradient(&self) -> bool {
        false
    }

    /// One step; `step` counts from 1. The gradient may be changed, as by clipping. The rate and the
    /// weight decay of each parameter are multiplied by its factors; `&()` is none.
    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        state: &mut Self::State<N::Gradient>,
        step: u64,
        factors: &impl Factors,
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

    /// The same optimizer with decoupled weight decay: before each step, `w -= rate x decay x w` (see
    /// [`Decayed`]).
    #[must_use]
    fn weight_decay(self, decay: f64) -> Decayed<Self>
    where
        Self: Sized,
    {
        Decayed { optimizer: self, decay, weights_only: false }
    }

    /// The same optimizer with groups of parameters whose learning rate and weight decay are multiplied
    /// by factors. A parameter belongs to the first group that its name matches, or to none. A group
    /// without a parameter of its own is an error when training starts, which lists the names there are.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// type Network = Sequential![Dense<2, 3>, Relu, Dense<3, 1>];
    /// let optimizer = Adam::default().weight_decay(0.01).groups([
    ///     ParameterGroup::matching("0.*").rate(0.1),
    ///     ParameterGroup::matching("*.bias").decay(0.0),
    /// ]);
    /// assert_eq!(optimizer.check_network(&Network::ZERO), Ok(()));
    ///
    /// let optimizer = Adam::default().groups([ParameterGroup::matching("1.*").rate(0.1)]);
    /// let error = optimizer.check_network(&Network::ZERO).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the group \"1.*\" has no parameter of its own; the parameters are 0.weight, 0.bias, 2.weight, 2.bias"
    /// );
    /// ```
    #[must_use]
    fn groups<const N: usize>(self, groups: [ParameterGroup; N]) -> Grouped<Self, N>
    where
        Self: Sized,
    {
        Grouped { optimizer: self, groups }
    }

    /// The same optimizer taking one step for this many batches (see [`Accumulated`]).
    #[must_use]
    fn accumulate(self, batches: u64) -> Accumulated<Self>
    where
        Self: Sized,
    {
        Accumulated { optimizer: self, batches }
    }

    /// The same optimizer keeping a moving average of the weights (see [`Averaged`]).
    #[must_use]
    fn average(self, momentum: f64) -> Averaged<Self>
    where
        Self: Sized,
    {
        Averaged { optimizer: self, momentum }
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
