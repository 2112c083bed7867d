//! Gradient clipping.

use crate::error::Error;
use crate::kernel::vectorize;
use crate::network::{Entry, One, Parameters, Path, Scalar, Walker};
use crate::optimizers::{Averages, Factors, Optimizer, StateVisitor};

/// How gradients are clipped (Pascanu, Mikolov, Bengio 2012, <https://arxiv.org/abs/1211.5063>).
///
/// ```
/// use typenet::prelude::*;
///
/// let optimizer = Sgd::new(0.1).clip(Clip::Norm(1.0));
/// assert_eq!(optimizer.clip, Clip::Norm(1.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// Each scalar into `[-limit, limit]` (Keras' `clipvalue`). This alone also mends gradients that are finite, but
    /// so large that their square is not.
    Value(f64),
    /// Each array whose Euclidean norm is above the limit is scaled down to it (`clipnorm`).
    Norm(f64),
    /// The whole gradient, if its norm is above the limit, is scaled down to it
    /// (`global_clipnorm`).
    GlobalNorm(f64),
}

/// An optimizer that clips the gradient first.
///
/// ```
/// use typenet::prelude::*;
///
/// let optimizer = Adam::default().clip(Clip::GlobalNorm(1.0));
/// assert!(optimizer.check(1).is_ok());
/// assert!(Adam::default().clip(Clip::Value(0.0)).check(1).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clipped<O> {
    /// The optimizer that takes the step.
    pub optimizer: O,
    /// How the gradient is clipped.
    pub clip: Clip,
}

impl<O: Optimizer> Optimizer for Clipped<O> {
    type State<G: One> = O::State<G>;
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
        let (Clip::Value(limit) | Clip::Norm(limit) | Clip::GlobalNorm(limit)) = self.clip;
        Error::check("the clipping limit", limit, "finite and above 0", limit.is_finite() && limit > 0.0)?;
        self.optimizer.check(step)
    }

    fn check_network<N: Parameters>(&self, network: &N) -> Result<(), Error> {
        self.optimizer.check_network(network)
    }

    /// A norm is made of squares; a limit by value is not. Its own square must be finite, also in `f32`.
    fn limits_gradient(&self) -> bool {
        match self.clip {
            Clip::Value(limit) => limit * limit <= f64::from(f32::MAX),
            Clip::Norm(_) | Clip::GlobalNorm(_) => false,
        }
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        state: &mut O::State<N::Gradient>,
        step: u64,
        factors: &impl Factors,
    ) {
        match self.clip {
            Clip::Value(limit) => network.walk([gradient], &Path::ROOT, &mut ByValue(limit)),
            Clip::Norm(limit) => network.walk([gradient], &Path::ROOT, &mut ByNorm(limit)),
            Clip::GlobalNorm(limit) => {
                let mut squares = Squares(0.0);
                network.walk([gradient], &Path::ROOT, &mut squares);
                let norm = libm::sqrt(squares.0);
                if norm > limit {
                    network.walk([gradient], &Path::ROOT, &mut Scale(limit / norm));
                }
            }
        }
        self.optimizer.update(network, gradient, state, step, factors);
    }

    fn walk_state<G: One>(state: &mut Self::State<G>, visitor: &mut impl StateVisitor<G>) {
        O::walk_state(state, visitor);
    }
}

impl<O: Averages> Averages for Clipped<O> {
    fn average_of<G: One>(state: &mut Self::State<G>) -> Option<&mut G> {
        O::average_of(state)
    }
}

struct ByValue(f64);

impl Walker<1> for ByValue {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, _: &mut [T], [gradient]: [&mut [T]; 1]) {
        let limit = T::from_f64(self.0);
        vectorize(
            #[inline(always)]
            move || {
                for g in gradient {
                    *g = g.maximum(-limit).minimum(limit);
                }
            },
        );
    }
}

struct ByNorm(f64);

impl Walker<1> for ByNorm {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, _: &mut [T], [gradient]: [&mut [T]; 1]) {
        let norm = libm::sqrt(squares(gradient));
        if norm > self.0 {
            scale(gradient, self.0 / norm);
        }
    }
}

struct Squares(f64);

impl Walker<1> for Squares {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, _: &mut [T], [gradient]: [&mut [T]; 1]) {
        self.0 += squares(gradient);
    }
}

struct Scale(f64);

impl Walker<1> for Scale {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, _: &mut [T], [gradient]: [&mut [T]; 1]) {
        scale(gradient, self.0);
    }
}

/// The sum of squares, in `f64` so that a large `f32` does not overflow.
fn squares<T: Scalar>(gradient: &[T]) -> f64 {
    gradient.iter().map(|g| g.to_f64() * g.to_f64()).sum()
}

fn scale<T: Scalar>(gradient: &mut [T], factor: f64) {
    let factor = T::from_f64(factor);
    vectorize(
        #[inline(always)]
        move || {
            for g in gradient {
                *g *= factor;
            }
        },
    );
}
