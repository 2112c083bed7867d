//! Adadelta.

use crate::error::Error;
use crate::kernel::{in_pieces, vectorize};
use crate::network::{Entry, One, Parameters, Path, Scalar, Walker};
use crate::optimizers::{Factors, Optimizer, StateVisitor};

/// Adadelta: `v = decay x v + (1 - decay) g²`, the change
/// `c = g sqrt(d + epsilon) / sqrt(v + epsilon)`, its own mean square
/// `d = decay x d + (1 - decay) c²`, and `w -= rate x c`
/// (Zeiler 2012, <https://arxiv.org/abs/1212.5701>, whose rate is 1).
///
/// The change has the unit of the weight, so that the method needs no rate; Keras' default of 0.001
/// makes it slow. PyTorch's formula is the same, its defaults are rate 1, decay 0.9 and epsilon 1e-6.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(Adadelta::default(), Adadelta { rate: 0.001, decay: 0.95, epsilon: 1e-7 });
/// assert_eq!(Adadelta::new(1.0).decay, 0.95); // as in the paper
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adadelta {
    /// The learning rate. Default 0.001.
    pub rate: f64,
    /// How much of the mean squares is kept from step to step, in `[0, 1)`. Default 0.95.
    pub decay: f64,
    /// Keeps the divisor from zero, and starts the first change. Default 1e-7.
    pub epsilon: f64,
}

impl Default for Adadelta {
    fn default() -> Self {
        Self::new(0.001)
    }
}

impl Adadelta {
    /// Adadelta with this learning rate and Keras' defaults.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate, decay: 0.95, epsilon: 1e-7 }
    }
}

impl Optimizer for Adadelta {
    type State<G: One> = [G; 2];

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
        [square, change]: &mut [N::Gradient; 2],
        _: u64,
        factors: &impl Factors,
    ) {
        network.walk([gradient, square, change], &Path::ROOT, &mut Update { adadelta: *self, factors });
    }

    fn walk_state<G: One>([square, change]: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        visitor.tree("square", square);
        visitor.tree("change", change);
    }
}

struct Update<'a, F> {
    adadelta: Adadelta,
    factors: &'a F,
}

impl<F: Factors> Walker<3> for Update<'_, F> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [gradient, square, change]: [&mut [T]; 3]) {
        let rate = T::from_f64(self.adadelta.rate * self.factors.rate(entry));
        let decay = T::from_f64(self.adadelta.decay);
        let rest = T::from_f64(1.0 - self.adadelta.decay);
        let epsilon = T::from_f64(self.adadelta.epsilon);
        in_pieces([values, gradient, square, change], |[values, gradient, square, change]| {
            vectorize(
                #[inline(always)]
                move || {
                    for (((w, g), v), d) in values.iter_mut().zip(gradient).zip(square).zip(change) {
                        let square = (decay * *v + rest * *g * *g).flushed();
                        let change = *g * ((*d + epsilon).sqrt() / (square + epsilon).sqrt());
                        *w -= rate * change;
                        *v = square;
                        *d = (decay * *d + rest * change * change).flushed();
                    }
                },
            );
        });
    }
}
