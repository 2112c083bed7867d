//! Lion.

use crate::error::Error;
use crate::kernel::{in_pieces, vectorize};
use crate::network::{Entry, One, Parameters, Path, Scalar, Walker};
use crate::optimizers::{Factors, Optimizer, StateVisitor};

/// Lion: `w -= rate x sign(beta1 m + (1 - beta1) g)`, then `m = beta2 m + (1 - beta2) g`
/// (Chen and others 2023, <https://arxiv.org/abs/2302.06675>). The sign of 0 is 0.
///
/// Every weight moves by the rate, whatever the size of its gradient: rates are 3 to 10 times smaller
/// than those of Adam, and the weight decay ([`Optimizer::weight_decay`]) larger by as much. The
/// formula and the defaults are those of Keras; the paper starts at rate 0.0001.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(Lion::default(), Lion { rate: 0.001, beta1: 0.9, beta2: 0.99 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lion {
    /// The learning rate. Default 0.001.
    pub rate: f64,
    /// The share of the kept mean in a step's direction, in `[0, 1)`. Default 0.9.
    pub beta1: f64,
    /// How much of the mean gradient is kept from step to step, in `[0, 1)`. Default 0.99.
    pub beta2: f64,
}

impl Default for Lion {
    fn default() -> Self {
        Self::new(0.001)
    }
}

impl Lion {
    /// Lion with this learning rate and Keras' defaults.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate, beta1: 0.9, beta2: 0.99 }
    }
}

impl Optimizer for Lion {
    type State<G: One> = G;

    fn learning_rate(&self) -> f64 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.rate = rate;
    }

    fn check(&self, _: u64) -> Result<(), Error> {
        Error::check_learning_rate(self.rate)?;
        Error::check_fraction("beta1", self.beta1)?;
        Error::check_fraction("beta2", self.beta2)
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        mean: &mut N::Gradient,
        _: u64,
        factors: &impl Factors,
    ) {
        network.walk([gradient, mean], &Path::ROOT, &mut Update { lion: *self, factors });
    }

    fn walk_state<G: One>(mean: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        visitor.tree("mean", mean);
    }
}

struct Update<'a, F> {
    lion: Lion,
    factors: &'a F,
}

impl<F: Factors> Walker<2> for Update<'_, F> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [gradient, mean]: [&mut [T]; 2]) {
        let rate = T::from_f64(self.lion.rate * self.factors.rate(entry));
        let (beta1, rest1) = (T::from_f64(self.lion.beta1), T::from_f64(1.0 - self.lion.beta1));
        let (beta2, rest2) = (T::from_f64(self.lion.beta2), T::from_f64(1.0 - self.lion.beta2));
        in_pieces([values, gradient, mean], |[values, gradient, mean]| {
            vectorize(
                #[inline(always)]
                move || {
                    for ((w, g), m) in values.iter_mut().zip(gradient).zip(mean) {
                        let direction = beta1 * *m + rest1 * *g;
                        let up = if direction > T::ZERO { rate } else { T::ZERO };
                        let down = if direction < T::ZERO { rate } else { T::ZERO };
                        *w -= up - down;
                        *m = (beta2 * *m + rest2 * *g).flushed();
                    }
                },
            );
        });
    }
}
