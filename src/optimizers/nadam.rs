//! NAdam.

use crate::error::Error;
use crate::kernel::{in_pieces, vectorize};
use crate::network::{Entry, One, Parameters, Path, Scalar, Walker};
use crate::optimizers::{Factors, Optimizer, StateVisitor};

/// NAdam, Adam with Nesterov's look-ahead: `m = beta1 m + (1 - beta1) g`,
/// `v = beta2 v + (1 - beta2) g²`; with `u(t) = beta1 (1 - 0.96^(t x momentum_decay) / 2)` and
/// `p(t) = u(1) u(2) .. u(t)`, at step `t`
/// `h = u(t+1) m / (1 - p(t+1)) + (1 - u(t)) g / (1 - p(t))` and
/// `w -= rate x h / (sqrt(v / (1 - beta2^t)) + epsilon)`
/// (Dozat 2016, "Incorporating Nesterov Momentum into Adam").
///
/// The formula and the defaults are those of Keras; PyTorch's `momentum_decay` is 0.004 as in the
/// paper, its rate 0.002 and its epsilon, at the same place, 1e-8.
///
/// ```
/// use typenet::prelude::*;
///
/// let keras = NAdam { rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, momentum_decay: 1.0 };
/// assert_eq!(NAdam::default(), keras);
/// let pytorch = NAdam { rate: 0.002, epsilon: 1e-8, momentum_decay: 0.004, ..keras };
/// assert!(pytorch.check(1).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NAdam {
    /// The learning rate. Default 0.001.
    pub rate: f64,
    /// How much of the mean gradient is kept from step to step, in `[0, 1)`. Default 0.9.
    pub beta1: f64,
    /// How much of the mean square is kept from step to step, in `[0, 1)`. Default 0.999.
    pub beta2: f64,
    /// Keeps the divisor from zero. Default 1e-7.
    pub epsilon: f64,
    /// How fast the look-ahead grows from half of `beta1` to all of it. Default 1.
    pub momentum_decay: f64,
}

impl Default for NAdam {
    fn default() -> Self {
        Self::new(0.001)
    }
}

impl NAdam {
    /// NAdam with this learning rate and Keras' defaults.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, momentum_decay: 1.0 }
    }

    /// `u(t)`.
    fn momentum(&self, step: f64) -> f64 {
        self.beta1 * (1.0 - 0.5 * libm::pow(0.96, step * self.momentum_decay))
    }
}

impl Optimizer for NAdam {
    /// The mean, the mean square, and `1 - p(t)`, which starts at 0 as they do.
    type State<G: One> = ([G; 2], f64);

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
        let decay = self.momentum_decay;
        Error::check("the momentum decay", decay, "finite and not negative", decay.is_finite() && decay >= 0.0)?;
        Error::check_epsilon(self.epsilon)
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        ([mean, square], correction): &mut ([N::Gradient; 2], f64),
        step: u64,
        factors: &impl Factors,
    ) {
        let step = step as f64;
        let (momentum, next) = (self.momentum(step), self.momentum(step + 1.0));
        *correction = momentum * *correction + (1.0 - momentum);
        let mut walker = Update {
            nadam: *self,
            mean_share: next / (next * *correction + (1.0 - next)),
            gradient_share: (1.0 - momentum) / *correction,
            root_correction: 1.0 / libm::sqrt(1.0 - libm::pow(self.beta2, step)),
            factors,
        };
        network.walk([gradient, mean, square], &Path::ROOT, &mut walker);
    }

    fn walk_state<G: One>(([mean, square], correction): &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        visitor.tree("mean", mean);
        visitor.tree("square", square);
        visitor.number("correction", correction);
    }
}

struct Update<'a, F> {
    nadam: NAdam,
    mean_share: f64,
    gradient_share: f64,
    root_correction: f64,
    factors: &'a F,
}

impl<F: Factors> Walker<3> for Update<'_, F> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [gradient, mean, square]: [&mut [T]; 3]) {
        let rate = T::from_f64(self.nadam.rate * self.factors.rate(entry));
        let (beta1, rest1) = (T::from_f64(self.nadam.beta1), T::from_f64(1.0 - self.nadam.beta1));
        let (beta2, rest2) = (T::from_f64(self.nadam.beta2), T::from_f64(1.0 - self.nadam.beta2));
        let (mean_share, gradient_share) = (T::from_f64(self.mean_share), T::from_f64(self.gradient_share));
        let root_correction = T::from_f64(self.root_correction);
        let epsilon = T::from_f64(self.nadam.epsilon);
        in_pieces([values, gradient, mean, square], |[values, gradient, mean, square]| {
            vectorize(
                #[inline(always)]
                move || {
                    for (((w, g), m), v) in values.iter_mut().zip(gradient).zip(mean).zip(square) {
                        let gradient = *g;
                        let mean = (beta1 * *m + rest1 * gradient).flushed();
                        let square = (beta2 * *v + rest2 * gradient * gradient).flushed();
                        let ahead = mean_share * mean + gradient_share * gradient;
                        *w -= rate * ahead / (square.sqrt() * root_correction + epsilon);
                        *m = mean;
                        *v = square;
                    }
                },
            );
        });
    }
}
