//! Adam and AdamW.

use crate::error::Error;
use crate::kernel::{in_pieces, vectorize};
use crate::network::{Entry, One, Parameters, Path, Scalar, Walker};
use crate::optimizers::decay::check_decay;
use crate::optimizers::{Factors, Optimizer, StateVisitor};

/// Adam: `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g²`, then at step `t`
/// `w -= rate x sqrt(1 - beta2^t) / (1 - beta1^t) x m / (sqrt(v) + epsilon)`
/// (Kingma, Ba 2014, <https://arxiv.org/abs/1412.6980>, the form at the end of its section 2, which
/// Keras uses; PyTorch applies its epsilon, 1e-8 by default, after the bias correction of `v`).
///
/// Moments that become subnormal, as they do where gradients vanish, are set to 0: they would make
/// each step slower and change no weight.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(Adam::default(), Adam { rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// The learning rate. Default 0.001.
    pub rate: f64,
    /// How much of the mean gradient is kept from step to step, in `[0, 1)`. Default 0.9.
    pub beta1: f64,
    /// How much of the mean square is kept from step to step, in `[0, 1)`. Default 0.999.
    pub beta2: f64,
    /// Keeps the divisor from zero. Default 1e-7.
    pub epsilon: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Self::new(0.001)
    }
}

impl Adam {
    /// Adam with this learning rate and Keras' defaults.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }
    }

    /// One step, each weight first shrunk by a factor `1 - shrink`.
    fn step<N: Parameters>(
        &self,
        shrink: f64,
        network: &mut N,
        gradient: &mut N::Gradient,
        [mean, square]: &mut [N::Gradient; 2],
        step: u64,
        factors: &impl Factors,
    ) {
        let mut walker = Update { adam: *self, rate: self.corrected_rate(step), shrink, factors };
        network.walk([gradient, mean, square], &Path::ROOT, &mut walker);
    }

    /// The rate of a step, corrected for both moments' start from 0.
    pub(super) fn corrected_rate(&self, step: u64) -> f64 {
        let step = step as f64;
        self.rate * (libm::sqrt(1.0 - libm::pow(self.beta2, step)) / (1.0 - libm::pow(self.beta1, step)))
    }
}

impl Optimizer for Adam {
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
        state: &mut [N::Gradient; 2],
        step: u64,
        factors: &impl Factors,
    ) {
        self.step(0.0, network, gradient, state, step, factors);
    }

    fn walk_state<G: One>([mean, square]: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        visitor.tree("mean", mean);
        visitor.tree("square", square);
    }
}

struct Update<'a, F> {
    adam: Adam,
    rate: f64,
    shrink: f64,
    factors: &'a F,
}

impl<F: Factors> Walker<3> for Update<'_, F> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [gradient, mean, square]: [&mut [T]; 3]) {
        let factor = self.factors.rate(entry);
        let rate = T::from_f64(self.rate * factor);
        let keep = T::from_f64(1.0 - self.shrink * factor * self.factors.decay(entry));
        let (beta1, rest1) = (T::from_f64(self.adam.beta1), T::from_f64(1.0 - self.adam.beta1));
        let (beta2, rest2) = (T::from_f64(self.adam.beta2), T::from_f64(1.0 - self.adam.beta2));
        let epsilon = T::from_f64(self.adam.epsilon);
        in_pieces([values, gradient, mean, square], |[values, gradient, mean, square]| {
            vectorize(
                #[inline(always)]
                move || {
                    for (((w, g), m), v) in values.iter_mut().zip(gradient).zip(mean).zip(square) {
                        // In variables, so that nothing is read again from where it was just written.
                        let gradient = *g;
                        let mean = (beta1 * *m + rest1 * gradient).flushed();
                        let square = (beta2 * *v + rest2 * gradient * gradient).flushed();
                        *w = keep * *w - rate * mean / (square.sqrt() + epsilon);
                        *m = mean;
                        *v = square;
                    }
                },
            );
        });
    }
}

/// Adam with decoupled weight decay: before each step of [`Adam`], `w -= rate x decay x w`
/// (Loshchilov, Hutter 2017, <https://arxiv.org/abs/1711.05101>). Every parameter decays, as in
/// Keras and PyTorch; `Adam::default().weight_decay(0.004).weights_only()` is the same method without
/// that of biases and scales (see [`Decayed`](crate::optimizers::Decayed)).
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(AdamW::default(), AdamW { adam: Adam::default(), decay: 0.004 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// The settings of Adam.
    pub adam: Adam,
    /// The weight decay. Default 0.004, as in Keras; PyTorch's is 0.01.
    pub decay: f64,
}

impl Default for AdamW {
    fn default() -> Self {
        Self { adam: Adam::default(), decay: 0.004 }
    }
}

impl Optimizer for AdamW {
    type State<G: One> = [G; 2];

    fn learning_rate(&self) -> f64 {
        self.adam.rate
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.adam.rate = rate;
    }

    fn check(&self, step: u64) -> Result<(), Error> {
        self.adam.check(step)?;
        check_decay(self.decay, self.adam.rate)
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        state: &mut [N::Gradient; 2],
        step: u64,
        factors: &impl Factors,
    ) {
        self.adam.step(self.adam.rate * self.decay, network, gradient, state, step, factors);
    }

    fn walk_state<G: One>(state: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        Adam::walk_state(state, visitor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Dense;
    use crate::network::Zero;

    #[test]
    fn velocities_and_mean_squares_do_not_become_subnormal() {
        fn smallest<O: Optimizer<State<Dense<2, 3>> = Dense<2, 3>>>(optimizer: &O) {
            struct Normal;
            impl StateVisitor<Dense<2, 3>> for Normal {
                fn tree(&mut self, _: &'static str, tree: &mut Dense<2, 3>) {
                    assert!(tree.weight.iter().all(|value| *value == 0.0 || value.is_normal()));
                }

                fn number(&mut self, _: &'static str, _: &mut f64) {}
            }
            let [mut network, mut gradient, mut state] = [Dense::<2, 3>::ZERO; 3];
            gradient.weight.fill(1e-10);
            for step in 1..3000 {
                optimizer.update(&mut network, &mut gradient, &mut state, step, &());
                O::walk_state(&mut state, &mut Normal);
                gradient.weight.fill(0.0);
            }
        }
        smallest(&crate::optimizers::Sgd::new(0.1).momentum(0.9));
        smallest(&crate::optimizers::RmsProp::default());
    }

    #[test]
    fn moments_do_not_become_subnormal() {
        let (mut network, mut gradient) = (Dense::<2, 3>::ZERO, Dense::<2, 3>::ZERO);
        let mut state = [Dense::<2, 3>::ZERO; 2];
        gradient.weight.fill(1e-10);
        Adam::default().update(&mut network, &mut gradient, &mut state, 1, &());
        assert!(state[0].weight.iter().all(|m| *m > 0.0));
        gradient.weight.fill(0.0);
        for step in 2..2000 {
            Adam::default().update(&mut network, &mut gradient, &mut state, step, &());
            assert!(state.iter().all(|tree| tree.weight.iter().all(|m| *m == 0.0 || m.is_normal())));
        }
        assert!(state[0].weight.iter().all(|m| *m == 0.0));
    }
}
