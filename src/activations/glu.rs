//! The gated linear unit.

use core::ops::{Div, Rem};

use bytemuck::AnyBitPattern;
use typenum::{U0, U2};

use crate::activations::damped;
use crate::kernel::rows::{in_rows, in_rows_mut};
use crate::network::dim::{Array, Const, Element, Number, Of, Size};
use crate::network::scalar::sigmoid;
use crate::network::{Batch, Layer, Scalar, Tensor};

/// The gated linear unit: the features are halved, and the second half says how much of the first
/// passes, `y = a s(b)` with `s(b) = 1 / (1 + exp(-b))`
/// (Dauphin et al. 2016, <https://arxiv.org/abs/1612.08083>).
///
/// It halves the features of vectors `[T; N]` and of sequences `[[T; N]; STEPS]`, and the channels of
/// images `[[[T; W]; H]; N]`, for even `N` up to 4096. PyTorch's `GLU` with the `dim` of the features or
/// channels, Keras' `glu` with their `axis`.
///
/// Backward, with `g` the derivative by `y`: `da = g s(b)`, `db = g a s(b) (1 - s(b))`.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<3, 16>, Glu, Dense<8, 1>];
/// let mut output = [[0.0_f32; 2]; 1];
/// Glu.forward(&[[1.0, 2.0, 0.0, -1e4]], &mut output);
/// assert_eq!(output, [[0.5, 0.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnyBitPattern)]
#[repr(C)]
pub struct Glu;

crate::no_parameters!(Glu);

/// Holds for tensors with an even number of features.
#[diagnostic::on_unimplemented(
    message = "`Glu` cannot halve an input of shape `{Self}`",
    label = "`Glu` is given `{Self}`",
    note = "the number of features or channels must be even, and at most 4096"
)]
pub trait Halves: Tensor {
    /// With half the features.
    type Half: Tensor<Scalar = Self::Scalar>;
    /// How many scalars of a half are neighbours.
    const NEIGHBOURS: usize;
}

/// Half a number. It is there for a rest of 0 only, so that an odd number has no half to speak of in
/// messages.
pub trait HalfOf<Rest> {
    /// The half.
    type Half: Number;
}

#[diagnostic::do_not_recommend]
impl<N: Div<U2, Output = Half>, Half: Number> HalfOf<U0> for N {
    type Half = Half;
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, const N: usize, Rest, Half: Number> Halves for [T; N]
where
    Const<N>: Size,
    Of<N>: Rem<U2, Output = Rest> + HalfOf<Rest, Half = Half>,
{
    type Half = Array<Half, T>;
    const NEIGHBOURS: usize = Half::VALUE;
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, const N: usize, const STEPS: usize, Rest, Half: Number> Halves for [[T; N]; STEPS]
where
    Const<N>: Size,
    Of<N>: Rem<U2, Output = Rest> + HalfOf<Rest, Half = Half>,
{
    type Half = [Array<Half, T>; STEPS];
    const NEIGHBOURS: usize = Half::VALUE;
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, const W: usize, const H: usize, const N: usize, Rest, Half: Number> Halves for [[[T; W]; H]; N]
where
    Const<N>: Size,
    Of<N>: Rem<U2, Output = Rest> + HalfOf<Rest, Half = Half>,
    [[T; W]; H]: Element + Tensor<Scalar = T>,
{
    type Half = Array<Half, [[T; W]; H]>;
    const NEIGHBOURS: usize = Half::VALUE * H * W;
}

impl<X: Halves> Layer<X> for Glu {
    type Output = X::Half;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[X], output: &mut [X::Half]) {
        let half = X::NEIGHBOURS;
        let rows = in_rows(X::flat(input), 2 * half);
        for (x, y) in rows.zip(in_rows_mut(X::Half::flat_mut(output), half)) {
            let (a, b) = x.split_at_checked(half).unwrap_or_default();
            for ((a, b), y) in a.iter().zip(b).zip(y) {
                *y = damped(*a, sigmoid(*b));
            }
        }
    }

    fn backward<B: Batch>(
        &self,
        input: &[X],
        _: &[X::Half],
        (): &mut (),
        output_gradient: &mut [X::Half],
        input_gradient: Option<&mut [X]>,
        (): &mut (),
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let half = X::NEIGHBOURS;
        let rows = in_rows(X::flat(input), 2 * half);
        let rows = rows.zip(in_rows(X::Half::flat(output_gradient), half));
        for ((x, g), dx) in rows.zip(in_rows_mut(X::flat_mut(input_gradient), 2 * half)) {
            let (a, b) = x.split_at_checked(half).unwrap_or_default();
            let (by_a, by_b) = dx.split_at_mut_checked(half).unwrap_or_default();
            for (((a, b), g), (by_a, by_b)) in a.iter().zip(b).zip(g).zip(by_a.iter_mut().zip(by_b)) {
                let gate = sigmoid(*b);
                *by_a = *g * gate;
                *by_b = *g * damped(*a, gate * (X::Scalar::ONE - gate));
            }
        }
    }
}

crate::network::stream::streams_alone!(Glu: [T; N], [T: Scalar, const N: usize], where [T; N]: Halves);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Inline;

    #[test]
    fn known_points() {
        // mpmath, 60 digits: 1 / (1 + exp(-1)) is 0.731058578630004879...
        let s = 0.731_058_578_630_004_9;
        let mut output = [[[f64::NAN; 1]; 2]; 1];
        Glu.forward(&[[[2.0, 1.0], [3.0, -1.0]]], &mut output);
        assert!((output[0][0][0] - 2.0 * s).abs() < 1e-15 && (output[0][1][0] - 3.0 * (1.0 - s)).abs() < 1e-15);
        assert_eq!(<[[[f64; 5]; 4]; 6] as Halves>::NEIGHBOURS, 3 * 4 * 5);
        let mut output = [[[[f64::NAN; 2]; 1]; 1]; 1];
        Glu.forward(&[[[[2.0, 3.0]], [[1.0, -1.0]]]], &mut output);
        let [[[[y, z]]]] = output;
        assert!((y - 2.0 * s).abs() < 1e-15 && (z - 3.0 * (1.0 - s)).abs() < 1e-15);
    }

    #[test]
    fn stable_far_out() {
        let mut output = [[9.0_f32; 1]; 5];
        let input = [[1e4, 1e4], [1e4, -1e4], [-1e4, 1e4], [f32::INFINITY, -1e4], [f32::MAX, f32::MIN]];
        Glu.forward(&input, &mut output);
        assert_eq!(output, [[1e4], [0.0], [-1e4], [0.0], [0.0]]);
        let mut input_gradient = [[f32::NAN; 2]; 5];
        Glu.backward::<Inline<5>>(&input, &output, &mut (), &mut [[1.0]; 5], Some(&mut input_gradient), &mut ());
        assert_eq!(input_gradient, [[1.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]);
        Glu.forward(&[[f32::NAN, 0.0], [0.0, f32::NAN]], &mut output);
        assert!(output[0][0].is_nan() && output[1][0].is_nan());
    }
}
