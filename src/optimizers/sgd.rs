//! Stochastic gradient descent, plain and with momentum.

use crate::error::Error;
use crate::kernel::vectorize;
use crate::network::{Entry, One, Parameters, Path, Scalar, Walker};
use crate::optimizers::{Factors, Optimizer, StateVisitor};

/// Gradient descent `w -= rate x g`. It keeps nothing between steps.
///
/// ```
/// use typenet::prelude::*;
///
/// let plain = Sgd::new(0.01);
/// let heavy = Sgd::new(0.01).momentum(0.9).nesterov();
/// assert!(plain.check(1).is_ok() && heavy.check(1).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// The learning rate. Default 0.01.
    pub rate: f64,
}

impl Default for Sgd {
    fn default() -> Self {
        Self::new(0.01)
    }
}

impl Sgd {
    /// Gradient descent with this learning rate.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate }
    }

    /// Adds momentum, for one tree of memory.
    #[must_use]
    pub const fn momentum(self, momentum: f64) -> Momentum {
        Momentum { rate: self.rate, momentum, nesterov: false }
    }
}

impl Optimizer for Sgd {
    type State<G: One> = ();

    fn learning_rate(&self) -> f64 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.rate = rate;
    }

    fn check(&self, _: u64) -> Result<(), Error> {
        Error::check_learning_rate(self.rate)
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        (): &mut (),
        _: u64,
        factors: &impl Factors,
    ) {
        network.walk([gradient], &Path::ROOT, &mut Descend { rate: self.rate, factors });
    }

    fn walk_state<G: One>((): &mut Self::State<G>, _: &mut impl StateVisitor<G>) {}
}

struct Descend<'a, F> {
    rate: f64,
    factors: &'a F,
}

impl<F: Factors> Walker<1> for Descend<'_, F> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [gradient]: [&mut [T]; 1]) {
        let rate = T::from_f64(self.rate * self.factors.rate(entry));
        vectorize(
            #[inline(always)]
            move || {
                for (w, g) in values.iter_mut().zip(gradient) {
                    *w -= rate * *g;
                }
            },
        );
    }
}

/// Gradient descent with momentum: `v = momentum x v - rate x g`, then `w += v`, or with Nesterov's
/// look-ahead `w += momentum x v - rate x g` (Sutskever et al. 2013).
///
/// ```
/// use typenet::prelude::*;
///
/// let optimizer = Sgd::new(0.01).momentum(0.9).nesterov();
/// assert_eq!(optimizer, Momentum { rate: 0.01, momentum: 0.9, nesterov: true });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Momentum {
    /// The learning rate.
    pub rate: f64,
    /// How much of the velocity is kept from step to step, in `[0, 1)`.
    pub momentum: f64,
    /// Whether to look ahead.
    pub nesterov: bool,
}

impl Momentum {
    /// Looks ahead, as Nesterov does.
    #[must_use]
    pub const fn nesterov(self) -> Self {
        Self { nesterov: true, ..self }
    }
}

impl Optimizer for Momentum {
    type State<G: One> = G;

    fn learning_rate(&self) -> f64 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.rate = rate;
    }

    fn check(&self, _: u64) -> Result<(), Error> {
        Error::check_learning_rate(self.rate)?;
        Error::check_fraction("the momentum", self.momentum)
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        velocity: &mut N::Gradient,
        _: u64,
        factors: &impl Factors,
    ) {
        network.walk([gradient, velocity], &Path::ROOT, &mut Roll { momentum: *self, factors });
    }

    fn walk_state<G: One>(velocity: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        visitor.tree("velocity", velocity);
    }
}

struct Roll<'a, F> {
    momentum: Momentum,
    factors: &'a F,
}

impl<F: Factors> Walker<2> for Roll<'_, F> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [gradient, velocity]: [&mut [T]; 2]) {
        let rate = T::from_f64(self.momentum.rate * self.factors.rate(entry));
        let momentum = T::from_f64(self.momentum.momentum);
        let nesterov = self.momentum.nesterov;
        vectorize(
            #[inline(always)]
            move || {
                for ((w, g), v) in values.iter_mut().zip(gradient).zip(velocity) {
                    let velocity = (momentum * *v - rate * *g).flushed();
                    *w += if nesterov { momentum * velocity - rate * *g } else { velocity };
                    *v = velocity;
                }
            },
        );
    }
}
