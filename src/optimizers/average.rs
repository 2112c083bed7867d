//! The exponential moving average of the weights.

use crate::error::Error;
use crate::kernel::vectorize;
use crate::network::{Entry, One, Parameters, Path, Scalar, Walker};
use crate::optimizers::{Factors, Optimizer, StateVisitor};

/// An optimizer that keeps a moving average of the weights beside them: after each step
/// `average = momentum x average + (1 - momentum) x w`, and after the first `average = w`
/// (Polyak and Juditsky 1992 average evenly; see [`Optimizer::average`]).
///
/// The average is often better on new data than the weights, which still jump about.
/// [`Trainer::swap_average`](crate::train::Trainer::swap_average) and
/// [`Workspace::swap_average`](crate::train::Workspace::swap_average) put it into the network, and at the
/// next call the weights again.
///
/// These are Keras' `use_ema` and `ema_momentum`. Keras puts the average into the network at the end
/// of `fit` by itself; here you swap. As in Keras a constraint acts on the weights, after they have
/// been averaged, and running statistics are not averaged: they stay those of the weights.
///
/// ```
/// use typenet::prelude::*;
///
/// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[0.0_f32], [0.25], [1.0]])?;
/// let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Sgd::new(0.1).average(0.9));
/// assert!(!trainer.swap_average()); // nothing to swap before the first step
/// trainer.fit(&data, Fit::epochs(20))?;
///
/// let weights = *trainer.network();
/// assert!(trainer.swap_average());
/// assert_ne!(trainer.network().weight, weights.weight);
/// println!("with averaged weights: {}", trainer.evaluate(&data)?);
/// assert!(trainer.swap_average());
/// assert_eq!(trainer.network().weight, weights.weight);
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Averaged<O> {
    /// The optimizer that takes the step.
    pub optimizer: O,
    /// How much of the average is kept from step to step, in `[0, 1)`. Keras' default is 0.99.
    pub momentum: f64,
}

/// An optimizer that averages weights, or is around one that does.
///
/// ```
/// use typenet::prelude::*;
///
/// /// Averaging is a matter of the type: without it this does not compile.
/// fn averages(_: &impl Averages) {}
///
/// averages(&Adam::default().average(0.99).clip(Clip::GlobalNorm(1.0)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` keeps no average of the weights",
    label = "no average to swap",
    note = "`optimizer.average(0.99)` keeps one"
)]
pub trait Averages: Optimizer {
    /// The average in the state; `None` before the first step.
    fn average_of<G: One>(state: &mut Self::State<G>) -> Option<&mut G>;
}

impl<O: Optimizer> Averages for Averaged<O> {
    fn average_of<G: One>((_, (average, steps)): &mut Self::State<G>) -> Option<&mut G> {
        (*steps > 0.0).then_some(average)
    }
}

impl<O: Optimizer> Optimizer for Averaged<O> {
    /// That of the optimizer, the average, and of how many steps it is.
    type State<G: One> = (O::State<G>, (G, f64));
    const SUMS: bool = O::SUMS;

    fn learning_rate(&self) -> f64 {
        self.optimizer.learning_rate()
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.optimizer.set_learning_rate(rate);
    }

    fn rate_at(&self, step: u64) -> f64 {
        self.optimizer.rate_at(step)
    }

    fn check(&self, step: u64) -> Result<(), Error> {
        Error::check_fraction("the momentum of the average", self.momentum)?;
        self.optimizer.check(step)
    }

    fn check_network<N: Parameters>(&self, network: &N) -> Result<(), Error> {
        self.optimizer.check_network(network)
    }

    fn limits_gradient(&self) -> bool {
        self.optimizer.limits_gradient()
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        (state, (average, steps)): &mut (O::State<N::Gradient>, (N::Gradient, f64)),
        step: u64,
        factors: &impl Factors,
    ) {
        self.optimizer.update(network, gradient, state, step, factors);
        let keep = if *steps > 0.0 { self.momentum } else { 0.0 };
        network.walk([average], &Path::ROOT, &mut Follow { keep });
        *steps += 1.0;
    }

    fn walk_state<G: One>((state, (average, steps)): &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        O::walk_state(state, visitor);
        visitor.tree("average", average);
        visitor.number("averaged steps", steps);
    }
}

struct Follow {
    keep: f64,
}

impl Walker<1> for Follow {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], [average]: [&mut [T]; 1]) {
        let (keep, rest) = (T::from_f64(self.keep), T::from_f64(1.0 - self.keep));
        vectorize(
            #[inline(always)]
            move || {
                for (w, average) in values.iter().zip(average) {
                    *average = keep * *average + rest * *w;
                }
            },
        );
    }
}

/// Exchanges the parameters of a network with a tree.
pub(crate) struct Swap;

impl Walker<1> for Swap {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], [tree]: [&mut [T]; 1]) {
        for (value, other) in values.iter_mut().zip(tree) {
            core::mem::swap(value, other);
        }
    }
}
