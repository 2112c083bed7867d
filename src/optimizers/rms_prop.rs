//! RMSProp.

use crate::error::Error;
use crate::kernel::vectorize;
use crate::network::{Entry, One, Parameters, Path, Scalar, Walker};
use crate::optimizers::{Factors, Optimizer, StateVisitor};

/// RMSProp: `v = decay x v + (1 - decay) g²`, then `w -= rate x g / sqrt(v + epsilon)`
/// (Tieleman, Hinton 2012, "Neural Networks for Machine Learning", lecture 6e).
///
/// The epsilon is under the root as in Keras; PyTorch adds it to the root.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(RmsProp::default(), RmsProp { rate: 0.001, decay: 0.9, epsilon: 1e-7 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp {
    /// The learning rate. Default 0.001.
    pub rate: f64,
    /// How much of the mean square is kept from step to step, in `[0, 1)`. Default 0.9.
    pub decay: f64,
    /// Keeps the divisor from zero. Default 1e-7.
    pub epsilon: f64,
}

impl Default for RmsProp {
    fn default() -> Self {
        Self::new(0.001)
    }
}

impl RmsProp {
    /// RMSProp with this learning rate and Keras' defaults.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate, decay: 0.9, epsilon: 1e-7 }
    }
}

impl Optimizer for RmsProp {
    type State<G: One> = G;

    fn learning_rate(&self) -> f64 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.rate = rate;
    }

    fn check(&self, _: u64) -> Result<(), Error> {
        Error::check_learning_rate(self.rate)?;
        Error::check_fraction("the decay", self.decay)?;
        Error::check_epsilon(self.epsilon)
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        square: &mut N::Gradient,
        _: u64,
        factors: &impl Factors,
    ) {
        network.walk([gradient, square], &Path::ROOT, &mut Update { rms_prop: *self, factors });
    }

    fn walk_state<G: One>(square: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        visitor.tree("square", square);
    }
}

struct Update<'a, F> {
    rms_prop: RmsProp,
    factors: &'a F,
}

impl<F: Factors> Walker<2> for Update<'_, F> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [gradient, square]: [&mut [T]; 2]) {
        let rate = T::from_f64(self.rms_prop.rate * self.factors.rate(entry));
        let decay = T::from_f64(self.rms_prop.decay);
        let rest = T::from_f64(1.0 - self.rms_prop.decay);
        let epsilon = T::from_f64(self.rms_prop.epsilon);
        vectorize(
            #[inline(always)]
            move || {
                for ((w, g), v) in values.iter_mut().zip(gradient).zip(square) {
                    let square = (decay * *v + rest * *g * *g).flushed();
                    *w -= rate * *g / (square + epsilon).sqrt();
                    *v = square;
                }
            },
        );
    }
}
