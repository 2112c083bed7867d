//! Parameters with settings of their own.

use crate::error::{Error, ParameterNames};
use crate::network::{Entry, One, Parameters, Path, Role, Scalar, Visitor};
use crate::optimizers::pattern::{LONGEST, Matching};
use crate::optimizers::{Averages, Optimizer, StateVisitor};

/// What an optimizer multiplies its settings by, parameter by parameter. `()` changes none;
/// [`Optimizer::groups`] gives others.
///
/// ```
/// use typenet::prelude::*;
///
/// /// Biases learn twice as fast, as in Caffe's examples.
/// struct FastBiases;
///
/// impl Factors for FastBiases {
///     fn rate(&self, entry: &Entry<'_>) -> f64 {
///         if entry.role == Role::Bias { 2.0 } else { 1.0 }
///     }
///
///     fn decay(&self, _: &Entry<'_>) -> f64 {
///         1.0
///     }
/// }
///
/// let mut gradient = Dense::<1, 1>::ZERO;
/// (gradient.weight[0], gradient.bias[0]) = (1.0, 1.0);
/// let mut network = Dense::<1, 1>::ZERO;
/// Sgd::new(0.5).update(&mut network, &mut gradient, &mut (), 1, &FastBiases);
/// assert_eq!((network.weight[0], network.bias[0]), (-0.5, -1.0));
/// ```
pub trait Factors {
    /// The factor of the learning rate.
    fn rate(&self, entry: &Entry<'_>) -> f64;

    /// The factor of the weight decay, which the rate's factor multiplies too.
    fn decay(&self, entry: &Entry<'_>) -> f64;
}

impl Factors for () {
    #[inline(always)]
    fn rate(&self, _: &Entry<'_>) -> f64 {
        1.0
    }

    #[inline(always)]
    fn decay(&self, _: &Entry<'_>) -> f64 {
        1.0
    }
}

/// The parameters whose names match a pattern, and the factors of their learning rate and weight
/// decay (see [`Optimizer::groups`]).
///
/// `*` in a pattern stands for any number of any characters; every other character for itself.
/// Names are those of [`Visitor`]: `0.weight`, `2.bias`.
///
/// ```
/// use typenet::prelude::*;
///
/// let first_layer = ParameterGroup::matching("0.*").rate(0.1);
/// let biases = ParameterGroup::matching("*.bias").decay(0.0);
/// assert_eq!((first_layer.rate, first_layer.decay), (0.1, 1.0));
/// assert_eq!((biases.rate, biases.decay), (1.0, 0.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParameterGroup {
    /// The pattern of the names.
    pub pattern: &'static str,
    /// What the learning rate is multiplied by. Default 1.
    pub rate: f64,
    /// What the weight decay is multiplied by. Default 1.
    pub decay: f64,
}

impl ParameterGroup {
    /// The parameters whose names match a pattern, with the settings of all others.
    #[must_use]
    pub const fn matching(pattern: &'static str) -> Self {
        Self { pattern, rate: 1.0, decay: 1.0 }
    }

    /// Multiplies the learning rate. With 0 the parameters stay as they are.
    #[must_use]
    pub const fn rate(self, factor: f64) -> Self {
        Self { rate: factor, ..self }
    }

    /// Multiplies the weight decay. With 0 there is none.
    #[must_use]
    pub const fn decay(self, factor: f64) -> Self {
        Self { decay: factor, ..self }
    }

    fn check(&self) -> Result<(), Error> {
        let length = self.pattern.len();
        Error::check("the length of a group's pattern", length as f64, "at most 127", length <= LONGEST)?;
        let check =
            |name, factor: f64| Error::check(name, factor, "between 0 and 1e12", (0.0..=1e12).contains(&factor));
        check("the factor of a group's learning rate", self.rate)?;
        check("the factor of a group's weight decay", self.decay)
    }
}

/// An optimizer with groups of parameters that have settings of their own (see
/// [`Optimizer::groups`]).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grouped<O, const N: usize> {
    /// The optimizer that takes the step.
    pub optimizer: O,
    /// The groups. A parameter belongs to the first whose pattern its name has, or to none.
    pub groups: [ParameterGroup; N],
}

impl<O: Optimizer + Clone, const N: usize> Optimizer for Grouped<O, N> {
    type State<G: One> = O::State<G>;
    const SUMS: bool = O::SUMS;

    fn learning_rate(&self) -> f64 {
        self.optimizer.learning_rate()
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.optimizer.set_learning_rate(rate);
    }

    fn rate_at(&self, step: u64) -> f64 {
        self.optimizer.rate_at(step)
    }

    /// Also at the largest rate that a group has: a group must not turn weights around either.
    fn check(&self, step: u64) -> Result<(), Error> {
        self.optimizer.check(step)?;
        for group in &self.groups {
            group.check()?;
            let mut optimizer = self.optimizer.clone();
            optimizer.set_learning_rate(self.optimizer.rate_at(step) * group.rate * group.decay.max(1.0));
            optimizer.check(step)?;
        }
        Ok(())
    }

    fn check_network<M: Parameters>(&self, network: &M) -> Result<(), Error> {
        for (index, group) in self.groups.iter().enumerate() {
            let mut search = Search { groups: &self.groups, index, found: false };
            network.visit(&Path::ROOT, &mut search);
            if !search.found {
                return Err(Error::Group { pattern: group.pattern, names: ParameterNames::of::<M>() });
            }
        }
        self.optimizer.check_network(network)
    }

    fn limits_gradient(&self) -> bool {
        self.optimizer.limits_gradient()
    }

    fn update<M: Parameters>(
        &self,
        network: &mut M,
        gradient: &mut M::Gradient,
        state: &mut O::State<M::Gradient>,
        step: u64,
        factors: &impl Factors,
    ) {
        let factors = Within { groups: &self.groups, outer: factors };
        self.optimizer.update(network, gradient, state, step, &factors);
    }

    fn walk_state<G: One>(state: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        O::walk_state(state, visitor);
    }
}

impl<O: Averages + Clone, const N: usize> Averages for Grouped<O, N> {
    fn average_of<G: One>(state: &mut Self::State<G>) -> Option<&mut G> {
        O::average_of(state)
    }
}

/// The factors of groups, times those from further out.
struct Within<'a, F> {
    groups: &'a [ParameterGroup],
    outer: &'a F,
}

impl<F: Factors> Factors for Within<'_, F> {
    fn rate(&self, entry: &Entry<'_>) -> f64 {
        self.outer.rate(entry) * group_of(self.groups, entry).map_or(1.0, |(_, group)| group.rate)
    }

    fn decay(&self, entry: &Entry<'_>) -> f64 {
        self.outer.decay(entry) * group_of(self.groups, entry).map_or(1.0, |(_, group)| group.decay)
    }
}

/// The first group that an array's name matches.
fn group_of<'a>(groups: &'a [ParameterGroup], entry: &Entry<'_>) -> Option<(usize, &'a ParameterGroup)> {
    groups.iter().enumerate().find(|(_, group)| {
        let mut matching = Matching::new(group.pattern);
        entry.tell_backwards(&mut |byte| matching.take(byte));
        matching.holds()
    })
}

/// Looks for a parameter of one group.
struct Search<'a> {
    groups: &'a [ParameterGroup],
    index: usize,
    found: bool,
}

impl Visitor for Search<'_> {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, _: &[T]) {
        if entry.role != Role::Statistic && !self.found {
            self.found = group_of(self.groups, entry).is_some_and(|(index, _)| index == self.index);
        }
    }
}

impl ParameterNames {
    /// The names of this network's parameters.
    #[must_use]
    pub fn of<N: Parameters>() -> Self {
        Self(listed::write::<N>)
    }
}

#[cfg(feature = "alloc")]
mod listed {
    use core::fmt;

    use crate::network::{Entry, Parameters, Path, Role, Scalar, Visitor};

    struct Names<'a, 'b> {
        f: &'a mut fmt::Formatter<'b>,
        separator: &'static str,
        result: fmt::Result,
    }

    impl Visitor for Names<'_, '_> {
        fn array<T: Scalar>(&mut self, entry: &Entry<'_>, _: &[T]) {
            if entry.role != Role::Statistic && self.result.is_ok() {
                self.result = write!(self.f, "{}{entry}", self.separator);
                self.separator = ", ";
            }
        }
    }

    /// Any network of the type has the names: one of zeros, which must not lie on the stack.
    pub fn write<N: Parameters>(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(network) = bytemuck::try_zeroed_box::<N>() else { return Ok(()) };
        let mut names = Names { f, separator: "; the parameters are ", result: Ok(()) };
        network.visit(&Path::ROOT, &mut names);
        names.result
    }
}

#[cfg(not(feature = "alloc"))]
mod listed {
    use core::fmt;

    use crate::network::Parameters;

    #[expect(
        clippy::extra_unused_type_parameters,
        reason = "the names are those of the network, where they are listed"
    )]
    pub fn write<N: Parameters>(_: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}
