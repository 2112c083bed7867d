//! Adagrad.

use crate::error::Error;
use crate::kernel::{in_pieces, vectorize};
use crate::network::{Entry, One, Parameters, Path, Scalar, Walker};
use crate::optimizers::{Factors, Optimizer, StateVisitor};

/// Adagrad: `v += g²`, then `w -= rate x g / sqrt(initial + v + epsilon)`
/// (Duchi, Hazan, Singer 2011, <https://jmlr.org/papers/v12/duchi11a.html>).
///
/// Each weight's steps become smaller as it learns, so that those of rare features stay large. The
/// formula and the defaults are those of Keras; PyTorch adds the epsilon to the root, and starts at
/// rate 0.01, `initial` 0 and epsilon 1e-10.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(Adagrad::default(), Adagrad { rate: 0.001, initial: 0.1, epsilon: 1e-7 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adagrad {
    /// The learning rate. Default 0.001.
    pub rate: f64,
    /// What the sum of squares starts from. Default 0.1.
    pub initial: f64,
    /// Keeps the divisor from zero. Default 1e-7.
    pub epsilon: f64,
}

impl Default for Adagrad {
    fn default() -> Self {
        Self::new(0.001)
    }
}

impl Adagrad {
    /// Adagrad with this learning rate and Keras' defaults.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate, initial: 0.1, epsilon: 1e-7 }
    }
}

impl Optimizer for Adagrad {
    type State<G: One> = G;
    const SUMS: bool = true;

    fn learning_rate(&self) -> f64 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.rate = rate;
    }

    fn check(&self, _: u64) -> Result<(), Error> {
        Error::check_learning_rate(self.rate)?;
        Error::check("the initial sum", self.initial, "between 0 and 1e12", (0.0..=1e12).contains(&self.initial))?;
        Error::check_epsilon(self.epsilon)
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        sum: &mut N::Gradient,
        _: u64,
        factors: &impl Factors,
    ) {
        network.walk([gradient, sum], &Path::ROOT, &mut Update { adagrad: *self, factors });
    }

    fn walk_state<G: One>(sum: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        visitor.tree("sum", sum);
    }
}

struct Update<'a, F> {
    adagrad: Adagrad,
    factors: &'a F,
}

impl<F: Factors> Walker<2> for Update<'_, F> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [gradient, sum]: [&mut [T]; 2]) {
        let rate = T::from_f64(self.adagrad.rate * self.factors.rate(entry));
        let start = T::from_f64(self.adagrad.initial + self.adagrad.epsilon);
        in_pieces([values, gradient, sum], |[values, gradient, sum]| {
            vectorize(
                #[inline(always)]
                move || {
                    for ((w, g), v) in values.iter_mut().zip(gradient).zip(sum) {
                        // A sum that is the largest number is refused by the next step.
                        let sum = (*v + *g * *g).minimum(T::MAX);
                        *w -= rate * *g / (start + sum).sqrt();
                        *v = sum;
                    }
                },
            );
        });
    }
}
