//! The fully connected layer.

use bytemuck::AnyBitPattern;
use nalgebra::{ArrayStorage, SMatrix, SVector};
use rand::Rng;

use crate::network::chain::Kind;
use crate::network::parameters::each_array;
use crate::network::settings::checked;
use crate::network::{
    Batch, Fan, Fingerprint, Initializer, Layer, Parameters, Path, Role, Scalar, Visitor, Walker, Zero,
};

/// The fully connected layer `y = W x + b`, from `[T; IN]` to `[T; OUT]`.
///
/// The weight is kept as an `OUT x IN` matrix by columns, so that in memory it is
/// `[[T; OUT]; IN]`: row `i` holds what input `i` gives to each output (the layout of Keras'
/// kernel, the transpose of PyTorch's).
///
/// Backward, with `g` the derivative by `y`: `dW += g xᵀ`, `db += g`, `dx = Wᵀ g`
/// (Goodfellow, Bengio, Courville, "Deep Learning", section 6.5).
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = Dense::<2, 3>::ZERO;
/// layer.init(Initializer::Constant(0.5), &mut seeded(1));
/// let mut output = [[0.0; 3]; 1];
/// layer.forward(&[[1.0, 3.0]], &mut output);
/// assert_eq!(output, [[2.0; 3]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Dense<const IN: usize, const OUT: usize, T: Scalar = f32, const BIAS: usize = OUT> {
    /// `weight[(o, i)]` is what input `i` gives to output `o`.
    pub weight: SMatrix<T, OUT, IN>,
    /// What is added to each output; empty in a [`DenseNoBias`].
    pub bias: SVector<T, BIAS>,
}

/// [`Dense`] without a bias, `y = W x`: before a normalisation, which takes every mean away, a bias would do nothing.
/// PyTorch's `bias=False`, Keras' `use_bias=False`.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![DenseNoBias<20, 64>, BatchNorm<64>, Relu, Dense<64, 1>];
/// assert_eq!((DenseNoBias::<20, 64>::COUNT, size_of::<DenseNoBias<20, 64>>()), (20 * 64, 20 * 64 * 4));
/// ```
pub type DenseNoBias<const IN: usize, const OUT: usize, T = f32> = Dense<IN, OUT, T, 0>;

impl<const IN: usize, const OUT: usize, T: Scalar, const BIAS: usize> Zero for Dense<IN, OUT, T, BIAS> {
    const ZERO: Self = Self {
        weight: SMatrix::from_array_storage(ArrayStorage([[T::ZERO; OUT]; IN])),
        bias: SVector::from_array_storage(ArrayStorage([[T::ZERO; BIAS]; 1])),
    };
}

impl<const IN: usize, const OUT: usize, T: Scalar, const BIAS: usize> Parameters for Dense<IN, OUT, T, BIAS> {
    type Gradient = Self;
    const COUNT: usize = IN * OUT + BIAS;
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("Dense")
        .array("weight", Role::Weight, &[IN, OUT])
        .array("bias", Role::Bias, &[BIAS]);

    fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
        weights.fill(self.weight.as_mut_slice(), OUT, Fan { input: IN, output: OUT }, rng);
        self.bias.fill(T::ZERO);
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        let path = path.of("Dense");
        visitor.array(&path.entry("weight", Role::Weight, &[IN, OUT]), self.weight.as_slice());
        if BIAS > 0 {
            visitor.array(&path.entry("bias", Role::Bias, &[BIAS]), self.bias.as_slice());
        }
    }

    fn walk<const K: usize>(&mut self, mut trees: [&mut Self; K], path: &Path<'_>, walker: &mut impl Walker<K>) {
        let path = path.of("Dense");
        let weights = each_array(&mut trees, |tree| tree.weight.as_mut_slice());
        walker.parameter(&path.entry("weight", Role::Weight, &[IN, OUT]), self.weight.as_mut_slice(), weights);
        if BIAS > 0 {
            let biases = each_array(&mut trees, |tree| tree.bias.as_mut_slice());
            walker.parameter(&path.entry("bias", Role::Bias, &[BIAS]), self.bias.as_mut_slice(), biases);
        }
    }
}

impl<const IN: usize, const OUT: usize, T: Scalar, const BIAS: usize> Layer<[T; IN]> for Dense<IN, OUT, T, BIAS> {
    type Output = [T; OUT];
    type Tape<B: Batch> = ();
    const MULTIPLY_ADDS: usize =
        IN * OUT + checked(BIAS == 0 || BIAS == OUT, "BIAS of `Dense` must be OUT, or 0 for none");
    const KIND: Kind = Kind::Product;

    #[inline(always)]
    fn forward(&self, input: &[[T; IN]], output: &mut [[T; OUT]]) {
        T::dense(input, &self.weight.data.0, self.bias.as_slice(), false, output);
    }

    #[inline(always)]
    fn forward_rectified(&self, input: &[[T; IN]], output: &mut [[T; OUT]]) {
        T::dense(input, &self.weight.data.0, self.bias.as_slice(), true, output);
    }

    #[inline]
    fn backward<B: Batch>(
        &self,
        input: &[[T; IN]],
        _: &[[T; OUT]],
        (): &mut (),
        output_gradient: &mut [[T; OUT]],
        input_gradient: Option<&mut [[T; IN]]>,
        gradient: &mut Self,
    ) {
        let output_gradient = output_gradient.as_flattened();
        let (weight_gradient, bias_gradient) = (gradient.weight.as_mut_slice(), gradient.bias.as_mut_slice());
        T::weight_gradient(input.as_flattened(), output_gradient, OUT, weight_gradient, bias_gradient);
        if let Some(input_gradient) = input_gradient {
            T::input_gradient(output_gradient, self.weight.as_slice(), OUT, input_gradient.as_flattened_mut());
        }
    }

    #[inline]
    fn backward_input<B: Batch>(
        &self,
        _: &[[T; IN]],
        _: &[[T; OUT]],
        (): &mut (),
        output_gradient: &mut [[T; OUT]],
        input_gradient: &mut [[T; IN]],
    ) {
        let (output_gradient, input_gradient) = (output_gradient.as_flattened(), input_gradient.as_flattened_mut());
        T::input_gradient(output_gradient, self.weight.as_slice(), OUT, input_gradient);
    }
}

crate::network::stream::streams_alone!(
    Dense<IN, OUT, T, BIAS>: [T; IN],
    [const IN: usize, const OUT: usize, T: Scalar, const BIAS: usize]
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Inline, seeded};

    /// `y = [1 x0 + 2 x1 + 10, 3 x0 + 4 x1 + 20, 5 x0 + 6 x1 + 30]`
    fn layer() -> Dense<2, 3, f64> {
        Dense {
            weight: SMatrix::from_row_slice(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            bias: SVector::from([10.0, 20.0, 30.0]),
        }
    }

    #[test]
    fn forward_and_backward_by_hand() {
        let mut output = [[f64::NAN; 3]; 2];
        layer().forward(&[[1.0, 0.0], [-1.0, 2.0]], &mut output);
        assert_eq!(output, [[11.0, 23.0, 35.0], [13.0, 25.0, 37.0]]);

        let (mut input_gradient, mut gradient) = ([[f64::NAN; 2]; 2], Dense::ZERO);
        gradient.bias[1] = 0.5;
        let mut output_gradient = [[1.0, 0.0, -1.0], [0.0, 2.0, 1.0]];
        layer().backward::<Inline<2>>(
            &[[1.0, 0.0], [-1.0, 2.0]],
            &output,
            &mut (),
            &mut output_gradient,
            Some(&mut input_gradient),
            &mut gradient,
        );
        assert_eq!(input_gradient, [[-4.0, -4.0], [11.0, 14.0]]);
        // The outer products [1, 0, -1] x [1, 0] and [0, 2, 1] x [-1, 2].
        assert_eq!(gradient.weight, SMatrix::<f64, 3, 2>::from_row_slice(&[1.0, 0.0, -2.0, 4.0, -2.0, 2.0]));
        assert_eq!(gradient.bias, SVector::from([1.0, 2.5, 0.0]));
    }

    #[test]
    fn weights_are_initialised_and_biases_zero() {
        let mut layer = layer();
        layer.init(Initializer::Constant(0.25), &mut seeded(1));
        assert!(layer.weight.iter().all(|w| *w == 0.25) && layer.bias.iter().all(|b| *b == 0.0));
    }

    #[test]
    fn sizes() {
        type Layer23 = Dense<2, 3>;
        assert_eq!((Layer23::COUNT, <Layer23 as Layer<[f32; 2]>>::MULTIPLY_ADDS), (9, 6));
        assert_eq!((Dense::<5, 7>::COUNT, <Dense<5, 7> as Layer<[f32; 5]>>::MULTIPLY_ADDS), (42, 35));
    }
}
