//! Adamax.

use crate::error::Error;
use crate::kernel::{in_pieces, vectorize};
use crate::network::{Entry, One, Parameters, Path, Scalar, Walker};
use crate::optimizers::{Factors, Optimizer, StateVisitor};

/// Adamax: `m = beta1 m + (1 - beta1) g`, `u = max(beta2 u, |g|)`, then at step `t`
/// `w -= rate / (1 - beta1^t) x m / (u + epsilon)`
/// (Kingma, Ba 2014, <https://arxiv.org/abs/1412.6980>, section 7.1): Adam with the largest gradient of
/// late in place of the mean square.
///
/// The formula and the defaults are those of Keras; PyTorch adds its epsilon, 1e-8, to `|g|` instead,
/// and starts at rate 0.002.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(Adamax::default(), Adamax { rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adamax {
    /// The learning rate. Default 0.001.
    pub rate: f64,
    /// How much of the mean gradient is kept from step to step, in `[0, 1)`. Default 0.9.
    pub beta1: f64,
    /// How much of the largest gradient is kept from step to step, in `[0, 1)`. Default 0.999.
    pub beta2: f64,
    /// Keeps the divisor from zero. Default 1e-7.
    pub epsilon: f64,
}

impl Default for Adamax {
    fn default() -> Self {
        Self::new(0.001)
    }
}

impl Adamax {
    /// Adamax with this learning rate and Keras' defaults.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }
    }
}

impl Optimizer for Adamax {
    type State<G: One> = [G; 2];

    fn learning_rate(&self) -> f64 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.rate = rate;
    }

    fn check(&self, _: u64) -> Result<(), Error> {
        Error::check_learning_rate(self.rate)?;
        Error::check_fraction("beta1", self.beta1)?;
        Error::check_fraction("beta2", self.beta2)?;
        Error::check_epsilon(self.epsilon)
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        [mean, largest]: &mut [N::Gradient; 2],
        step: u64,
        factors: &impl Factors,
    ) {
        let rate = self.rate / (1.0 - libm::pow(self.beta1, step as f64));
        let mut walker = Update { adamax: Self { rate, ..*self }, factors };
        network.walk([gradient, mean, largest], &Path::ROOT, &mut walker);
    }

    fn walk_state<G: One>([mean, largest]: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        visitor.tree("mean", mean);
        visitor.tree("largest", largest);
    }
}

struct Update<'a, F> {
    /// Its rate is that of the step, corrected for the mean's start from 0.
    adamax: Adamax,
    factors: &'a F,
}

impl<F: Factors> Walker<3> for Update<'_, F> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [gradient, mean, largest]: [&mut [T]; 3]) {
        let rate = T::from_f64(self.adamax.rate * self.factors.rate(entry));
        let (beta1, rest1) = (T::from_f64(self.adamax.beta1), T::from_f64(1.0 - self.adamax.beta1));
        let beta2 = T::from_f64(self.adamax.beta2);
        let epsilon = T::from_f64(self.adamax.epsilon);
        in_pieces([values, gradient, mean, largest], |[values, gradient, mean, largest]| {
            vectorize(
                #[inline(always)]
                move || {
                    for (((w, g), m), u) in values.iter_mut().zip(gradient).zip(mean).zip(largest) {
                        let mean = (beta1 * *m + rest1 * *g).flushed();
                        let largest = (beta2 * *u).maximum(g.abs()).flushed();
                        *w -= rate * mean / (largest + epsilon);
                        *m = mean;
                        *u = largest;
                    }
                },
            );
        });
    }
}
