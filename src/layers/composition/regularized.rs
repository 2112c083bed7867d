//! Penalties on weights.

use core::marker::PhantomData;

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::network::pass_on::pass_on;
use crate::network::settings::checked;
use crate::network::{
    Entry, Fingerprint, Initializer, Layer, Parameters, Path, Role, Row, Sample, Scalar, Visitor, Walker, Zero, decimal,
};

/// What one weight adds to the loss, and the derivative of that.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(L2::<5, -1>::value(3.0_f64), 4.5);
/// assert_eq!(L2::<5, -1>::derivative(3.0_f64), 3.0);
/// ```
pub trait Penalty: Zero + AnyBitPattern + core::fmt::Debug + Send + Sync {
    /// The penalty of one weight.
    fn value<T: Scalar>(weight: T) -> T;

    /// Its derivative.
    fn derivative<T: Scalar>(weight: T) -> T;
}

/// The penalty `rate x |w|`, rate = `MANTISSA` x 10^`EXPONENT`; its derivative at 0 is 0.
///
/// ```
/// use typenet::prelude::*;
///
/// assert_eq!(L1::<5, -1>::value(-3.0_f64), 1.5);
/// assert_eq!(L1::<5, -1>::derivative(-3.0_f64), -0.5);
/// ```
#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[repr(C)]
pub struct L1<const MANTISSA: i32, const EXPONENT: i32>;

impl<const MANTISSA: i32, const EXPONENT: i32> L1<MANTISSA, EXPONENT> {
    const RATE: f64 = {
        let rate = decimal(MANTISSA, EXPONENT);
        checked(rate >= 0.0 && rate.is_finite(), "the rate of an `L1` penalty must be finite and not negative");
        rate
    };
}

impl<const MANTISSA: i32, const EXPONENT: i32> Zero for L1<MANTISSA, EXPONENT> {
    const ZERO: Self = {
        let _ = Self::RATE;
        Self
    };
}

impl<const MANTISSA: i32, const EXPONENT: i32> Penalty for L1<MANTISSA, EXPONENT> {
    fn value<T: Scalar>(weight: T) -> T {
        T::from_f64(Self::RATE) * weight.abs()
    }

    fn derivative<T: Scalar>(weight: T) -> T {
        let rate = T::from_f64(Self::RATE);
        if weight > T::ZERO {
            rate
        } else if weight < T::ZERO {
            -rate
        } else {
            T::ZERO
        }
    }
}

/// The penalty `rate x w²`, rate = `MANTISSA` x 10^`EXPONENT` (no factor 1/2, as in Keras).
///
/// ```
/// use typenet::prelude::*;
///
/// // Keras' `L2(1e-4)`.
/// type Hidden = Regularized<Dense<20, 64>, L2<1, -4>>;
/// assert_eq!(Hidden::COUNT, 20 * 64 + 64);
/// ```
#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[repr(C)]
pub struct L2<const MANTISSA: i32, const EXPONENT: i32>;

impl<const MANTISSA: i32, const EXPONENT: i32> L2<MANTISSA, EXPONENT> {
    const RATE: f64 = {
        let rate = decimal(MANTISSA, EXPONENT);
        checked(rate >= 0.0 && rate.is_finite(), "the rate of an `L2` penalty must be finite and not negative");
        rate
    };
}

impl<const MANTISSA: i32, const EXPONENT: i32> Zero for L2<MANTISSA, EXPONENT> {
    const ZERO: Self = {
        let _ = Self::RATE;
        Self
    };
}

impl<const MANTISSA: i32, const EXPONENT: i32> Penalty for L2<MANTISSA, EXPONENT> {
    fn value<T: Scalar>(weight: T) -> T {
        T::from_f64(Self::RATE) * weight * weight
    }

    fn derivative<T: Scalar>(weight: T) -> T {
        T::from_f64(2.0 * Self::RATE) * weight
    }
}

/// A layer (or network) whose weights are penalised: the sum of the [`Penalty`] of each weight is
/// added to the loss that is reported and minimised. Biases and scales go free, as with Keras'
/// `kernel_regularizer`.
///
/// In [`Rnn`](crate::layers::Rnn), [`Gru`](crate::layers::Gru) and [`Lstm`](crate::layers::Lstm) that is
/// `hidden_weight` as well as `weight`: Keras' `recurrent_regularizer` and `kernel_regularizer` at once. A
/// [`Summary`](crate::network::Summary) has a row for the penalty, above those of the layers.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = Regularized::<Dense<2, 3>, L2<1, -2>>::ZERO; // 0.01 w²
/// layer.init(Initializer::Constant(2.0), &mut seeded(1));
/// assert!((layer.penalty() - 0.01 * 6.0 * 4.0).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[repr(C)]
pub struct Regularized<L: AnyBitPattern, P: AnyBitPattern>(
    /// The layer.
    pub L,
    /// The penalty: a unit struct.
    pub P,
);

impl<L: Zero + AnyBitPattern, P: Penalty> Zero for Regularized<L, P> {
    const ZERO: Self = Self(L::ZERO, P::ZERO);
}

impl<L: Parameters, P: Penalty> Parameters for Regularized<L, P> {
    type Gradient = L::Gradient;
    const COUNT: usize = L::COUNT;
    const STATISTICS: usize = L::STATISTICS;
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("Regularized").part(L::FINGERPRINT);

    fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
        self.0.init(weights, rng);
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        self.0.visit(&path.closed(), visitor);
    }

    fn walk<const K: usize>(&mut self, trees: [&mut Self::Gradient; K], path: &Path<'_>, walker: &mut impl Walker<K>) {
        self.0.walk(trees, &path.closed(), walker);
    }

    fn penalty(&self) -> f64 {
        let mut sum = Sum::<P>(0.0, PhantomData);
        self.0.visit(&Path::ROOT, &mut sum);
        sum.0 + self.0.penalty()
    }

    fn penalize(&mut self, gradient: &mut Self::Gradient) {
        self.0.walk([gradient], &Path::ROOT, &mut Penalize::<P>(PhantomData));
        self.0.penalize(gradient);
    }

    fn constrain(&mut self) {
        self.0.constrain();
    }
}

/// Sums the penalty over all weights.
struct Sum<P>(f64, PhantomData<P>);

impl<P: Penalty> Visitor for Sum<P> {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
        if entry.role == Role::Weight {
            // In double precision: in single, a sum of many weights stops growing long before its end.
            self.0 += values.iter().map(|weight| P::value(*weight).to_f64()).sum::<f64>();
        }
    }
}

/// Adds the penalty's derivative to the gradient of all weights.
struct Penalize<P>(PhantomData<P>);

impl<P: Penalty> Walker<1> for Penalize<P> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [gradient]: [&mut [T]; 1]) {
        if entry.role == Role::Weight {
            for (g, weight) in gradient.iter_mut().zip(values) {
                *g += P::derivative(*weight);
            }
        }
    }
}

impl<X: Sample, L: Layer<X>, P: Penalty> Layer<X> for Regularized<L, P> {
    const MULTIPLY_ADDS: usize = {
        // A penalty checks its rate there.
        let _ = P::ZERO;
        L::MULTIPLY_ADDS
    };
    pass_on!(forward of L to X);
    pass_on!(backward of L to X);

    fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
        // The penalty itself: the layer's name is in the rows below.
        let layer = core::any::type_name::<P>();
        row(Row { layer, parameters: 0, statistics: 0, remark: true, ..Row::new::<Self, X>(path) });
        L::describe(&path.closed(), row);
    }
}

crate::network::stream::streams_as_inner!(Regularized<L, P>, [P: Penalty]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Dense;
    use crate::layers::checks::{Inner, trace};

    fn layer<P: Penalty>() -> Regularized<Dense<2, 2, f64>, P> {
        let mut layer = Regularized::<Dense<2, 2, f64>, P>::ZERO;
        layer.0.weight.copy_from_slice(&[3.0, -2.0, 0.0, 0.5]);
        layer.0.bias.copy_from_slice(&[100.0, -100.0]);
        layer
    }

    fn gradient<P: Penalty>() -> ([f64; 4], [f64; 2]) {
        let mut gradient = Dense::<2, 2, f64>::ZERO;
        gradient.weight.fill(1.0);
        layer::<P>().penalize(&mut gradient);
        let mut weight = [0.0; 4];
        weight.copy_from_slice(gradient.weight.as_slice());
        (weight, [gradient.bias[0], gradient.bias[1]])
    }

    #[test]
    fn penalties_count_weights_and_spare_biases() {
        assert!((layer::<L1<1, -1>>().penalty() - 0.55).abs() < 1e-14);
        assert!((layer::<L2<2, -1>>().penalty() - 0.2 * 13.25).abs() < 1e-14);
        // A penalty around a penalty: both count.
        let nested = Regularized(layer::<L1<1, -1>>(), L2::<2, -1>);
        assert!((nested.penalty() - 0.55 - 0.2 * 13.25).abs() < 1e-14);
        let mut both = Dense::<2, 2, f64>::ZERO;
        let mut nested = nested;
        nested.penalize(&mut both);
        assert!((both.weight[0] - 0.1 - 0.4 * 3.0).abs() < 1e-14);
    }

    #[test]
    fn all_else_is_passed_on() {
        let (plain, mut regularized) = (trace::<Inner>(), trace::<Regularized<Inner, L1<0, 0>>>());
        let row = regularized.rows.remove(0);
        assert_eq!(row.1.rsplit("::").next(), Some("L1<0, 0>"));
        assert_eq!((row.0, row.3, row.4), (String::new(), 0, 0));
        assert_eq!(regularized, plain);
        // The penalty is that of the inner layer: not zero.
        assert!(plain.penalty > 0.0 && plain.rows.len() == 3);
    }

    #[test]
    fn a_large_rate_has_a_derivative() {
        assert_eq!(L2::<1_500_000_000, -9>::derivative(2.0_f64), 6.0);
    }

    #[test]
    fn many_weights_are_summed_to_the_last() {
        // 2^24 is where a sum in single precision ignores a 1 more.
        let mut layer = Regularized::<Dense<2, 2>, L1<1, 0>>::ZERO;
        layer.0.weight.copy_from_slice(&[16_777_216.0, 1.0, 1.0, 1.0]);
        assert_eq!(layer.penalty(), 16_777_219.0);
    }

    #[test]
    fn derivatives_are_added() {
        assert_eq!(gradient::<L1<5, -1>>(), ([1.5, 0.5, 1.0, 1.5], [0.0, 0.0]));
        assert_eq!(gradient::<L2<5, -1>>(), ([4.0, -1.0, 1.0, 1.5], [0.0, 0.0]));
    }
}
