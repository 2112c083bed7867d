//! Gradient accumulation.

use crate::error::Error;
use crate::kernel::vectorize;
use crate::network::{Entry, One, Parameters, Path, Scalar, Walker};
use crate::optimizers::{Averages, Factors, Optimizer, StateVisitor};

/// An optimizer that takes one step for several batches, on the mean of their gradients: a large
/// batch in the memory of a small one (see [`Optimizer::accumulate`]; Keras'
/// `gradient_accumulation_steps`).
///
/// For batches of one size the step is that of all their samples together, up to rounding. Layers
/// that look at a whole batch, such as [`BatchNorm`](crate::layers::BatchNorm), still see the small one. The
/// optimizer inside counts its own steps, and so does a schedule inside; one outside counts batches.
/// Where training ends between two steps, the gradients since the last one are kept for the next.
///
/// ```
/// use typenet::prelude::*;
///
/// // One step of Adam for 4 batches; their mean gradient is clipped, as in Keras.
/// let optimizer = Adam::default().clip(Clip::GlobalNorm(1.0)).accumulate(4);
/// assert!(optimizer.check(1).is_ok());
/// assert!(Adam::default().accumulate(0).check(1).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accumulated<O> {
    /// The optimizer that takes the step.
    pub optimizer: O,
    /// How many batches make a step.
    pub batches: u64,
}

impl<O: Optimizer> Optimizer for Accumulated<O> {
    /// That of the optimizer, and the sum of the gradients.
    type State<G: One> = (O::State<G>, G);
    const SUMS: bool = O::SUMS;

    fn learning_rate(&self) -> f64 {
        self.optimizer.learning_rate()
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.optimizer.set_learning_rate(rate);
    }

    fn rate_at(&self, step: u64) -> f64 {
        self.optimizer.rate_at(step.div_ceil(self.batches.max(1)))
    }

    fn check(&self, step: u64) -> Result<(), Error> {
        Error::check("the number of batches of a step", self.batches as f64, "at least 1", self.batches > 0)?;
        self.optimizer.check(step.div_ceil(self.batches))
    }

    fn check_network<N: Parameters>(&self, network: &N) -> Result<(), Error> {
        self.optimizer.check_network(network)
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        (state, sum): &mut (O::State<N::Gradient>, N::Gradient),
        step: u64,
        factors: &impl Factors,
    ) {
        let batches = self.batches.max(1);
        if step.is_multiple_of(batches) {
            network.walk([gradient, sum], &Path::ROOT, &mut Mean(batches as f64));
            self.optimizer.update(network, gradient, state, step / batches, factors);
        } else {
            network.walk([gradient, sum], &Path::ROOT, &mut Add);
        }
    }

    fn walk_state<G: One>((state, sum): &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        O::walk_state(state, visitor);
        visitor.tree("accumulated", sum);
    }
}

impl<O: Averages> Averages for Accumulated<O> {
    fn average_of<G: One>((state, _): &mut Self::State<G>) -> Option<&mut G> {
        O::average_of(state)
    }
}

/// Adds the gradient to the sum.
struct Add;

impl Walker<2> for Add {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, _: &mut [T], [gradient, sum]: [&mut [T]; 2]) {
        vectorize(
            #[inline(always)]
            move || {
                for (g, sum) in gradient.iter().zip(sum) {
                    *sum += *g;
                }
            },
        );
    }
}

/// Makes the gradient the mean of this many, and the sum 0.
struct Mean(f64);

impl Walker<2> for Mean {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, _: &mut [T], [gradient, sum]: [&mut [T]; 2]) {
        let count = T::from_f64(self.0);
        vectorize(
            #[inline(always)]
            move || {
                for (g, sum) in gradient.iter_mut().zip(sum) {
                    *g = (*sum + *g) / count;
                    *sum = T::ZERO;
                }
            },
        );
    }
}
