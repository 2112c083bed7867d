//! Learning rates from a schedule.

use crate::error::Error;
use crate::network::{One, Parameters};
use crate::optimizers::{Averages, Factors, Optimizer, StateVisitor};
use crate::schedules::Schedule;

/// An optimizer whose learning rate follows a schedule (see [`Optimizer::scheduled`]).
///
/// ```
/// use typenet::prelude::*;
///
/// let cosine = CosineDecay { start: 0.001, end: 0.0, steps: 1000 };
/// let optimizer = Adam::default().clip(Clip::GlobalNorm(1.0)).scheduled(cosine.warm_up(100));
/// assert!(optimizer.check(1).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scheduled<O, S> {
    /// The optimizer. Its own learning rate is not used.
    pub optimizer: O,
    /// What gives the learning rate.
    pub schedule: S,
}

impl<O: Optimizer + Clone, S: Schedule> Optimizer for Scheduled<O, S> {
    type State<G: One> = O::State<G>;
    const SUMS: bool = O::SUMS;

    /// That of the first step.
    fn learning_rate(&self) -> f64 {
        self.schedule.rate(0)
    }

    /// Changes nothing: the schedule alone gives the rate.
    fn set_learning_rate(&mut self, _: f64) {}

    fn rate_at(&self, step: u64) -> f64 {
        self.schedule.rate(step.saturating_sub(1))
    }

    /// The optimizer's settings with the rate of that step: one that a schedule makes too large is found
    /// before the step is taken.
    fn check(&self, step: u64) -> Result<(), Error> {
        self.schedule.check()?;
        let mut optimizer = self.optimizer.clone();
        optimizer.set_learning_rate(self.rate_at(step));
        optimizer.check(step)
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
        state: &mut O::State<N::Gradient>,
        step: u64,
        factors: &impl Factors,
    ) {
        let mut optimizer = self.optimizer.clone();
        optimizer.set_learning_rate(self.rate_at(step));
        optimizer.update(network, gradient, state, step, factors);
    }

    fn walk_state<G: One>(state: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        O::walk_state(state, visitor);
    }
}

impl<O: Averages + Clone, S: Schedule> Averages for Scheduled<O, S> {
    fn average_of<G: One>(state: &mut Self::State<G>) -> Option<&mut G> {
        O::average_of(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Dense;
    use crate::losses::MeanSquaredError;
    use crate::network::{Batch, Inline, Zero};
    use crate::optimizers::Sgd;
    use crate::train::Workspace;

    #[test]
    fn a_scheduled_optimizer_takes_the_rate_of_each_step() {
        // A weight of 0, input 1, target -0.5: the derivative by the weight and by the bias is 1 as
        // long as both are 0; with a rate of 0 they stay so.
        fn after(steps: usize) -> f64 {
            let mut network = Dense::<1, 1, f64>::ZERO;
            let schedule = |step| if step == 2 { 0.25 } else { 0.0 };
            let optimizer = Sgd::new(7.0).scheduled(schedule);
            let mut workspace = Workspace::<_, [f64; 1], _, Inline<1>>::EMPTY;
            for _ in 0..steps {
                workspace
                    .train_step(
                        &mut network,
                        &MeanSquaredError,
                        &optimizer,
                        &[[1.0]],
                        &[[-0.5]],
                        &mut crate::network::seeded(1),
                    )
                    .unwrap();
            }
            network.weight[0]
        }
        assert_eq!(<Inline<1> as Batch>::CAPACITY, 1);
        assert_eq!([after(1), after(2), after(3), after(4)], [0.0, 0.0, -0.25, -0.25]);
    }
}
