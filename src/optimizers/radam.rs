//! RAdam.

use crate::error::Error;
use crate::kernel::{in_pieces, vectorize};
use crate::network::{Entry, One, Parameters, Path, Scalar, Walker};
use crate::optimizers::{Factors, Optimizer, StateVisitor};

/// RAdam, rectified Adam: `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g²`; with
/// `r = 2 / (1 - beta2) - 1` and `q = r - 2 t beta2^t / (1 - beta2^t)`, at step `t`
/// `w -= rate x m / (1 - beta1^t)` as long as `q <= 5`, and afterwards
/// `w -= rate x sqrt((q - 4) (q - 2) r / ((r - 4) (r - 2) q)) x sqrt(1 - beta2^t) / (1 - beta1^t) x m / (sqrt(v) + epsilon)` (Liu and others 2019, <https://arxiv.org/abs/1908.03265>).
///
/// Of few gradients `v` says little: the first steps do without it, and the next ones trust it by
/// degrees, so that no warm-up is needed. The formula and the defaults are those of PyTorch; Keras has
/// no RAdam. The first steps are not divided by the size of the gradient: see
/// [`clip`](Optimizer::clip) where it may be large.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(RAdam::default(), RAdam { rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RAdam {
    /// The learning rate. Default 0.001.
    pub rate: f64,
    /// How much of the mean gradient is kept from step to step, in `[0, 1)`. Default 0.9.
    pub beta1: f64,
    /// How much of the mean square is kept from step to step, in `[0, 1)`. Default 0.999.
    pub beta2: f64,
    /// Keeps the divisor from zero. Default 1e-8.
    pub epsilon: f64,
}

impl Default for RAdam {
    fn default() -> Self {
        Self::new(0.001)
    }
}

impl RAdam {
    /// RAdam with this learning rate and PyTorch's defaults.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// What the step is multiplied by once it is divided by the root of the mean square; `None`
    /// before that.
    fn rectification(&self, step: f64) -> Option<f64> {
        let power = libm::pow(self.beta2, step);
        let longest = 2.0 / (1.0 - self.beta2) - 1.0;
        let length = longest - 2.0 * step * power / (1.0 - power);
        let ratio = (length - 4.0) * (length - 2.0) * longest / ((longest - 4.0) * (longest - 2.0) * length);
        (length > 5.0).then(|| libm::sqrt(ratio * (1.0 - power)))
    }
}

impl Optimizer for RAdam {
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
        [mean, square]: &mut [N::Gradient; 2],
        step: u64,
        factors: &impl Factors,
    ) {
        let step = step as f64;
        let rectification = self.rectification(step);
        let rate = self.rate / (1.0 - libm::pow(self.beta1, step)) * rectification.unwrap_or(1.0);
        let rectified = rectification.is_some();
        let mut walker = Update { radam: Self { rate, ..*self }, rectified, factors };
        network.walk([gradient, mean, square], &Path::ROOT, &mut walker);
    }

    fn walk_state<G: One>([mean, square]: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        visitor.tree("mean", mean);
        visitor.tree("square", square);
    }
}

struct Update<'a, F> {
    /// Its rate is that of the step, with every correction.
    radam: RAdam,
    rectified: bool,
    factors: &'a F,
}

impl<F: Factors> Walker<3> for Update<'_, F> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [gradient, mean, square]: [&mut [T]; 3]) {
        let rate = T::from_f64(self.radam.rate * self.factors.rate(entry));
        let (beta1, rest1) = (T::from_f64(self.radam.beta1), T::from_f64(1.0 - self.radam.beta1));
        let (beta2, rest2) = (T::from_f64(self.radam.beta2), T::from_f64(1.0 - self.radam.beta2));
        let epsilon = T::from_f64(self.radam.epsilon);
        let rectified = self.rectified;
        in_pieces([values, gradient, mean, square], |[values, gradient, mean, square]| {
            vectorize(
                #[inline(always)]
                move || {
                    for (((w, g), m), v) in values.iter_mut().zip(gradient).zip(mean).zip(square) {
                        let gradient = *g;
                        let mean = (beta1 * *m + rest1 * gradient).flushed();
                        let square = (beta2 * *v + rest2 * gradient * gradient).flushed();
                        let divisor = if rectified { square.sqrt() + epsilon } else { T::ONE };
                        *w -= rate * mean / divisor;
                        *m = mean;
                        *v = square;
                    }
                },
            );
        });
    }
}
