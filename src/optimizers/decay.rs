//! Decoupled weight decay.

use crate::error::Error;
use crate::kernel::vectorize;
use crate::network::{Entry, One, Parameters, Path, Role, Scalar, Walker};
use crate::optimizers::{Averages, Factors, Optimizer, StateVisitor};

/// An optimizer with decoupled weight decay: before each step, `w -= rate x decay x w`
/// (Loshchilov, Hutter 2017, <https://arxiv.org/abs/1711.05101>; see [`Optimizer::weight_decay`]).
///
/// It is Keras' `weight_decay`, which every optimizer there has. In PyTorch only that of AdamW is
/// this; that of the others adds `decay x w` to the gradient, as [`Regularized`](crate::layers::Regularized)
/// does.
///
/// Every parameter decays. Pulling a bias or the scale of a normalisation to 0 seldom helps:
/// [`weights_only`](Self::weights_only) exempts both, and a [group](crate::optimizers::ParameterGroup) whatever its
/// pattern names.
///
/// ```
/// use typenet::prelude::*;
///
/// let everything = Sgd::new(0.1).momentum(0.9).weight_decay(0.01);
/// let weights = everything.weights_only();
/// assert!(everything.check(1).is_ok() && weights.check(1).is_ok());
/// // More than 1 / rate would turn weights around.
/// assert!(Sgd::new(0.1).weight_decay(11.0).check(1).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decayed<O> {
    /// The optimizer that takes the step.
    pub optimizer: O,
    /// The weight decay.
    pub decay: f64,
    /// Whether biases and the scales of normalisation stay as they are. Default false.
    pub weights_only: bool,
}

impl<O> Decayed<O> {
    /// Exempts biases and the scales of normalisation: whatever has not [`Role::Weight`].
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let mut network = Dense::<1, 1>::ZERO;
    /// (network.weight[0], network.bias[0]) = (1.0, 1.0);
    /// let optimizer = Sgd::new(0.5).weight_decay(0.5).weights_only();
    /// optimizer.update(&mut network, &mut Dense::ZERO, &mut (), 1, &());
    /// assert_eq!((network.weight[0], network.bias[0]), (0.75, 1.0));
    /// ```
    #[must_use]
    pub fn weights_only(self) -> Self {
        Self { weights_only: true, ..self }
    }
}

impl<O: Optimizer> Optimizer for Decayed<O> {
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

    fn check(&self, step: u64) -> Result<(), Error> {
        self.optimizer.check(step)?;
        check_decay(self.decay, self.optimizer.rate_at(step))
    }

    fn check_network<N: Parameters>(&self, network: &N) -> Result<(), Error> {
        self.optimizer.check_network(network)
    }

    fn limits_gradient(&self) -> bool {
        self.optimizer.limits_gradient()
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        state: &mut O::State<N::Gradient>,
        step: u64,
        factors: &impl Factors,
    ) {
        let shrink = self.optimizer.rate_at(step) * self.decay;
        let mut walker = Shrink { shrink, weights_only: self.weights_only, factors };
        network.walk([], &Path::ROOT, &mut walker);
        self.optimizer.update(network, gradient, state, step, factors);
    }

    fn walk_state<G: One>(state: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        O::walk_state(state, visitor);
    }
}

impl<O: Averages> Averages for Decayed<O> {
    fn average_of<G: One>(state: &mut Self::State<G>) -> Option<&mut G> {
        O::average_of(state)
    }
}

/// Checks a weight decay. More than 1 / rate would turn weights around, and soon to infinity.
pub(super) fn check_decay(decay: f64, rate: f64) -> Result<(), Error> {
    let holds = decay >= 0.0 && decay * rate <= 1.0;
    Error::check("the weight decay", decay, "between 0 and 1 / the learning rate", holds)
}

struct Shrink<'a, F> {
    shrink: f64,
    weights_only: bool,
    factors: &'a F,
}

impl<F: Factors> Walker<0> for Shrink<'_, F> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], []: [&mut [T]; 0]) {
        if self.weights_only && entry.role != Role::Weight {
            return;
        }
        let keep = T::from_f64(1.0 - self.shrink * self.factors.rate(entry) * self.factors.decay(entry));
        vectorize(
            #[inline(always)]
            move || {
                for w in values {
                    *w *= keep;
                }
            },
        );
    }
}
