//! AMSGrad.

use crate::error::Error;
use crate::kernel::{in_pieces, vectorize};
use crate::network::{Entry, One, Parameters, Path, Scalar, Walker};
use crate::optimizers::{Adam, Factors, Optimizer, StateVisitor};

/// AMSGrad: Adam whose mean square never becomes smaller, `s = max(s, v)`; then at step `t`
/// `w -= rate x sqrt(1 - beta2^t) / (1 - beta1^t) x m / (sqrt(s) + epsilon)`
/// (Reddi, Kale, Kumar 2018, <https://arxiv.org/abs/1904.09237>). It keeps one tree more than [`Adam`].
///
/// The formula is that of `amsgrad=True` in Keras, and but for the place of epsilon in PyTorch.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(Adam::default().amsgrad(), AmsGrad::default());
/// assert_eq!(AmsGrad::default(), AmsGrad { adam: Adam::default() });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AmsGrad {
    /// The settings of Adam.
    pub adam: Adam,
}

impl Adam {
    /// Adam whose mean square never becomes smaller, for one tree of memory more.
    #[must_use]
    pub const fn amsgrad(self) -> AmsGrad {
        AmsGrad { adam: self }
    }
}

impl Optimizer for AmsGrad {
    type State<G: One> = [G; 3];

    fn learning_rate(&self) -> f64 {
        self.adam.rate
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.adam.rate = rate;
    }

    fn check(&self, step: u64) -> Result<(), Error> {
        self.adam.check(step)
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        [mean, square, largest]: &mut [N::Gradient; 3],
        step: u64,
        factors: &impl Factors,
    ) {
        let mut walker = Update { adam: Adam { rate: self.adam.corrected_rate(step), ..self.adam }, factors };
        network.walk([gradient, mean, square, largest], &Path::ROOT, &mut walker);
    }

    fn walk_state<G: One>([mean, square, largest]: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        visitor.tree("mean", mean);
        visitor.tree("square", square);
        visitor.tree("largest", largest);
    }
}

struct Update<'a, F> {
    /// Its rate is that of the step, corrected.
    adam: Adam,
    factors: &'a F,
}

impl<F: Factors> Walker<4> for Update<'_, F> {
    fn parameter<T: Scalar>(
        &mut self,
        entry: &Entry<'_>,
        values: &mut [T],
        [gradient, mean, square, largest]: [&mut [T]; 4],
    ) {
        let rate = T::from_f64(self.adam.rate * self.factors.rate(entry));
        let (beta1, rest1) = (T::from_f64(self.adam.beta1), T::from_f64(1.0 - self.adam.beta1));
        let (beta2, rest2) = (T::from_f64(self.adam.beta2), T::from_f64(1.0 - self.adam.beta2));
        let epsilon = T::from_f64(self.adam.epsilon);
        in_pieces([values, gradient, mean, square, largest], |[values, gradient, mean, square, largest]| {
            vectorize(
                #[inline(always)]
                move || {
                    for ((((w, g), m), v), s) in values.iter_mut().zip(gradient).zip(mean).zip(square).zip(largest) {
                        let gradient = *g;
                        let mean = (beta1 * *m + rest1 * gradient).flushed();
                        let square = (beta2 * *v + rest2 * gradient * gradient).flushed();
                        let largest = s.maximum(square);
                        *w -= rate * mean / (largest.sqrt() + epsilon);
                        *m = mean;
                        *v = square;
                        *s = largest;
                    }
                },
            );
        });
    }
}
