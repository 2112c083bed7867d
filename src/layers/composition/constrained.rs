//! Constraints on weights.

use bytemuck::AnyBitPattern;
use core::marker::PhantomData;
use rand::Rng;

use crate::network::pass_on::pass_on;
use crate::network::settings::checked;
use crate::network::{
    Entry, Fingerprint, Initializer, Layer, Parameters, Path, Role, Row, Sample, Scalar, Visitor, Walker, Zero, decimal,
};

/// What the weights of a layer must be after each step.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut weights = [-1.0_f32, 2.0];
/// NonNegative::apply(&mut weights, 2);
/// assert_eq!(weights, [0.0, 2.0]);
/// ```
pub trait Constraint: Zero + AnyBitPattern + core::fmt::Debug + Send + Sync {
    /// Moves weights to where they may be. The matrix has a row for each input (for a convolution: each
    /// input of one output) and this many columns, the outputs.
    fn apply<T: Scalar>(weights: &mut [T], outputs: usize);
}

/// Every weight is 0 or more: a negative one becomes 0.
///
/// ```
/// use typenet::prelude::*;
///
/// type Layer = Constrained<Dense<20, 64>, NonNegative>;
/// assert_eq!(Layer::COUNT, 20 * 64 + 64);
/// ```
#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[repr(C)]
pub struct NonNegative;

impl Zero for NonNegative {
    const ZERO: Self = Self;
}

impl Constraint for NonNegative {
    fn apply<T: Scalar>(weights: &mut [T], _: usize) {
        for weight in weights {
            *weight = weight.maximum(T::ZERO);
        }
    }
}

/// The Euclidean norm of the weights into each output is at most `MANTISSA` x 10^`EXPONENT`: longer ones
/// are scaled down to it (Srebro, Shraibman 2005; Keras' `MaxNorm` with the axes of the inputs).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut weights = [3.0_f64, 4.0]; // two inputs of one output: a norm of 5
/// MaxNorm::<25, -1>::apply(&mut weights, 1);
/// assert_eq!(weights, [1.5, 2.0]);
/// ```
#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[repr(C)]
pub struct MaxNorm<const MANTISSA: i32, const EXPONENT: i32>;

impl<const MANTISSA: i32, const EXPONENT: i32> MaxNorm<MANTISSA, EXPONENT> {
    const LIMIT: f64 = {
        let limit = decimal(MANTISSA, EXPONENT);
        checked(limit > 0.0 && limit.is_finite(), "the limit of a `MaxNorm` must be finite and more than 0");
        limit
    };
}

impl<const MANTISSA: i32, const EXPONENT: i32> Zero for MaxNorm<MANTISSA, EXPONENT> {
    const ZERO: Self = {
        let _ = Self::LIMIT;
        Self
    };
}

impl<const MANTISSA: i32, const EXPONENT: i32> Constraint for MaxNorm<MANTISSA, EXPONENT> {
    fn apply<T: Scalar>(weights: &mut [T], outputs: usize) {
        let limit = T::from_f64(Self::LIMIT);
        for output in 0..outputs {
            let column = |weights: &mut [T], f: &mut dyn FnMut(&mut T)| {
                weights.iter_mut().skip(output).step_by(outputs.max(1)).for_each(f);
            };
            let mut squares = T::ZERO;
            column(weights, &mut |weight| squares += *weight * *weight);
            let norm = squares.sqrt();
            if norm > limit {
                let scale = limit / norm;
                column(weights, &mut |weight| *weight *= scale);
            }
        }
    }
}

/// A layer (or network) whose weights are moved back to where a [`Constraint`] wants them after each
/// training step. Biases and scales go free, as with Keras' `kernel_constraint`.
///
/// In [`Rnn`](crate::layers::Rnn), [`Gru`](crate::layers::Gru) and [`Lstm`](crate::layers::Lstm) that is
/// `hidden_weight` as well as `weight`: Keras' `recurrent_constraint` and `kernel_constraint` at once.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Constrained<Dense<2, 1>, MaxNorm<5, -1>>; // at most 0.5
/// let (mut network, rng) = (Network::ZERO, &mut seeded(1));
/// let mut workspace = Workspace::<Network, [f32; 2], Sgd, Inline<1>>::EMPTY;
/// for _ in 0..10 {
///     workspace.train_step(&mut network, &MeanSquaredError, &Sgd::new(0.1), &[[3.0, 4.0]], &[[9.0]], rng)?;
/// }
/// let weight = network.0.weight;
/// assert!((weight.norm() - 0.5).abs() < 1e-6);
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[repr(C)]
pub struct Constrained<L: AnyBitPattern, C: AnyBitPattern>(
    /// The layer.
    pub L,
    /// The constraint: a unit struct.
    pub C,
);

impl<L: Zero + AnyBitPattern, C: Constraint> Zero for Constrained<L, C> {
    const ZERO: Self = Self(L::ZERO, C::ZERO);
}

impl<L: Parameters, C: Constraint> Parameters for Constrained<L, C> {
    type Gradient = L::Gradient;
    const COUNT: usize = L::COUNT;
    const STATISTICS: usize = L::STATISTICS;
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("Constrained").part(L::FINGERPRINT);

    fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
        self.0.init(weights, rng);
        self.constrain();
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        self.0.visit(&path.closed(), visitor);
    }

    fn walk<const K: usize>(&mut self, trees: [&mut Self::Gradient; K], path: &Path<'_>, walker: &mut impl Walker<K>) {
        self.0.walk(trees, &path.closed(), walker);
    }

    fn penalty(&self) -> f64 {
        self.0.penalty()
    }

    fn penalize(&mut self, gradient: &mut Self::Gradient) {
        self.0.penalize(gradient);
    }

    fn constrain(&mut self) {
        self.0.constrain();
        self.0.walk([], &Path::ROOT, &mut Apply::<C>(PhantomData));
    }
}

struct Apply<C>(PhantomData<C>);

impl<C: Constraint> Walker<0> for Apply<C> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], _: [&mut [T]; 0]) {
        if entry.role == Role::Weight {
            C::apply(values, entry.shape.last().copied().unwrap_or(1));
        }
    }
}

impl<X: Sample, L: Layer<X>, C: Constraint> Layer<X> for Constrained<L, C> {
    const MULTIPLY_ADDS: usize = {
        // A constraint checks its limit there.
        let _ = C::ZERO;
        L::MULTIPLY_ADDS
    };
    pass_on!(forward of L to X);
    pass_on!(backward of L to X);

    fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
        // The constraint itself: the layer's name is in the rows below.
        let layer = core::any::type_name::<C>();
        row(Row { layer, parameters: 0, statistics: 0, remark: true, ..Row::new::<Self, X>(path) });
        L::describe(&path.closed(), row);
    }
}

crate::network::stream::streams_as_inner!(Constrained<L, C>, [C: Constraint]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::Relu;
    use crate::layers::checks::{Inner, trace};
    use crate::layers::{Dense, L2, Regularized, Residual};
    use crate::network::Chain;

    fn constrained<C: Constraint>() -> ([f64; 4], [f64; 2]) {
        let mut layer = Constrained::<Dense<2, 2, f64>, C>::ZERO;
        // Memory is a row for each input: output 0 has 3 and -4, output 1 has -0.5 and 0.25.
        layer.0.weight.copy_from_slice(&[3.0, -0.5, -4.0, 0.25]);
        layer.0.bias.copy_from_slice(&[100.0, -100.0]);
        layer.constrain();
        let mut weight = [0.0; 4];
        weight.copy_from_slice(layer.0.weight.as_slice());
        (weight, [layer.0.bias[0], layer.0.bias[1]])
    }

    #[test]
    fn weights_are_moved_and_biases_left() {
        assert_eq!(constrained::<NonNegative>(), ([3.0, 0.0, 0.0, 0.25], [100.0, -100.0]));
        // The norms are 5 and 0.56: only the first is above 2.5.
        assert_eq!(constrained::<MaxNorm<25, -1>>(), ([1.5, -0.5, -2.0, 0.25], [100.0, -100.0]));
        assert_eq!(constrained::<MaxNorm<5, 0>>().0, [3.0, -0.5, -4.0, 0.25]);
    }

    #[test]
    fn whatever_holds_a_constrained_layer_constrains_it() {
        type Inner = Constrained<Dense<2, 2, f64>, NonNegative>;
        fn weight<L: Parameters>(mut layer: L, inner: impl Fn(&mut L) -> &mut Inner) -> f64 {
            inner(&mut layer).0.weight[0] = -1.0;
            layer.constrain();
            inner(&mut layer).0.weight[0]
        }
        let held = [
            weight(Chain(Relu, Inner::ZERO), |layer| &mut layer.1),
            weight(Chain(Inner::ZERO, Relu), |layer| &mut layer.0),
            weight(Residual(Inner::ZERO), |layer| &mut layer.0),
            weight(Regularized(Inner::ZERO, L2::<1, 0>), |layer| &mut layer.0),
            weight(Constrained(Inner::ZERO, MaxNorm::<1, 0>), |layer| &mut layer.0),
        ];
        assert_eq!(held, [0.0; 5]);
    }

    #[test]
    fn all_else_is_passed_on() {
        let mut constrained = trace::<Constrained<Inner, MaxNorm<1, 3>>>();
        let row = constrained.rows.remove(0);
        assert_eq!(row.1.rsplit("::").next(), Some("MaxNorm<1, 3>"));
        assert_eq!((row.0, row.3, row.4), (String::new(), 0, 0));
        assert_eq!(constrained, trace::<Inner>());
    }

    #[test]
    fn the_first_weights_are_constrained_too() {
        let mut layer = Constrained::<Dense<2, 3, f64>, NonNegative>::ZERO;
        layer.init(Initializer::Constant(-1.0), &mut crate::network::seeded(1));
        assert_eq!(layer.0.weight.as_slice(), [0.0; 6]);
    }
}
