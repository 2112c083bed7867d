//! The embedding of tokens.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::data::ClassIndex;
use crate::error::Error;
use crate::layers::packed::by_step;
use crate::network::{Batch, Fan, Initializer, Layer, Scalar};

/// The embedding of integer tokens: token `t` becomes row `t` of a learnt `VOCABULARY x DIM` weight, so
/// that `[u16; STEPS]` becomes `[[T; DIM]; STEPS]`, and a single token `[T; DIM]` (Bengio et al. 2003,
/// "A Neural Probabilistic Language Model"). Tokens are `u8`, `u16`, `u32` or `usize`.
///
/// Backward, with `g` the derivative by `y`: `dW[t] += g` at every place of the token. Tokens have no
/// derivative: a wanted input gradient is set to 0.
///
/// The padding of a [`Padded`](crate::network::Padded) sequence is not looked up: it is zero and no row learns from it, as
/// with PyTorch's `padding_idx` and Keras' `mask_zero`.
///
/// A token that is not below `VOCABULARY` is [`Error::Token`] in training and in
/// [`Trainer::evaluate`](crate::train::Trainer::evaluate), before anything is changed. In `forward`, which
/// cannot fail, its row is not-a-number, so that no output hides it.
///
/// A row starts with values as the initialiser gives them to a layer with `DIM` inputs and outputs,
/// whatever the size of the vocabulary. (PyTorch's start standard normal, Keras' uniform in ±0.05:
/// `Initializer` is another choice, and `weight` can be written to.)
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = Embedding::<3, 2>::ZERO;
/// layer.weight = [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]];
/// let mut output = [[[0.0; 2]; 4]; 1];
/// layer.forward(&[[2_u8, 0, 1, 2]], &mut output);
/// assert_eq!(output, [[[4.0, 5.0], [0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Embedding<const VOCABULARY: usize, const DIM: usize, T: Scalar = f32> {
    /// A row for each token.
    pub weight: [[T; DIM]; VOCABULARY],
}

crate::parameters!(
    Embedding<VOCABULARY, DIM, T> { weight: Weight [VOCABULARY, DIM] = start },
    const VOCABULARY: usize, const DIM: usize, T: Scalar
);

fn start<T: Scalar>(weight: &mut [T], shape: &[usize], weights: Initializer, rng: &mut impl Rng) {
    let dim = shape.last().copied().unwrap_or(1);
    weights.fill(weight, dim, Fan { input: dim, output: dim }, rng);
}

impl<const VOCABULARY: usize, const DIM: usize, T: Scalar> Embedding<VOCABULARY, DIM, T> {
    fn look_up<I: ClassIndex>(&self, tokens: &[I], output: &mut [[T; DIM]]) {
        for (token, y) in tokens.iter().zip(output) {
            *y = self.weight.get(token.index()).copied().unwrap_or([T::from_f64(f64::NAN); DIM]);
        }
    }

    fn add_gradient<I: ClassIndex>(&mut self, tokens: &[I], output_gradient: &[[T; DIM]]) {
        for (token, g) in tokens.iter().zip(output_gradient) {
            let row = self.weight.get_mut(token.index()).map_or(&mut [][..], |row| row);
            for (w, g) in row.iter_mut().zip(g) {
                *w += *g;
            }
        }
    }

    fn check<I: ClassIndex>(tokens: &[I]) -> Result<(), Error> {
        match tokens.iter().map(|token| token.index()).find(|token| *token >= VOCABULARY) {
            Some(token) => Err(Error::Token { token, vocabulary: VOCABULARY }),
            None => Ok(()),
        }
    }
}

impl<I: ClassIndex, const STEPS: usize, const VOCABULARY: usize, const DIM: usize, T: Scalar> Layer<[I; STEPS]>
    for Embedding<VOCABULARY, DIM, T>
{
    type Output = [[T; DIM]; STEPS];
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[I; STEPS]], output: &mut [[[T; DIM]; STEPS]]) {
        self.look_up(input.as_flattened(), output.as_flattened_mut());
    }

    fn backward<B: Batch>(
        &self,
        input: &[[I; STEPS]],
        _: &[[[T; DIM]; STEPS]],
        (): &mut (),
        output_gradient: &mut [[[T; DIM]; STEPS]],
        input_gradient: Option<&mut [[I; STEPS]]>,
        gradient: &mut Self,
    ) {
        gradient.add_gradient(input.as_flattened(), output_gradient.as_flattened());
        if let Some(input_gradient) = input_gradient {
            input_gradient.as_flattened_mut().fill(I::ZERO);
        }
    }

    fn backward_input<B: Batch>(
        &self,
        _: &[[I; STEPS]],
        _: &[[[T; DIM]; STEPS]],
        (): &mut (),
        _: &mut [[[T; DIM]; STEPS]],
        input_gradient: &mut [[I; STEPS]],
    ) {
        input_gradient.as_flattened_mut().fill(I::ZERO);
    }

    fn check_input(&self, input: &[[I; STEPS]]) -> Result<(), Error> {
        Self::check(input.as_flattened())
    }
}

impl<I: ClassIndex, const VOCABULARY: usize, const DIM: usize, T: Scalar> Layer<I> for Embedding<VOCABULARY, DIM, T> {
    type Output = [T; DIM];
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[I], output: &mut [[T; DIM]]) {
        self.look_up(input, output);
    }

    fn backward<B: Batch>(
        &self,
        input: &[I],
        _: &[[T; DIM]],
        (): &mut (),
        output_gradient: &mut [[T; DIM]],
        input_gradient: Option<&mut [I]>,
        gradient: &mut Self,
    ) {
        gradient.add_gradient(input, output_gradient);
        if let Some(input_gradient) = input_gradient {
            input_gradient.fill(I::ZERO);
        }
    }

    fn backward_input<B: Batch>(
        &self,
        _: &[I],
        _: &[[T; DIM]],
        (): &mut (),
        _: &mut [[T; DIM]],
        input_gradient: &mut [I],
    ) {
        input_gradient.fill(I::ZERO);
    }

    fn check_input(&self, input: &[I]) -> Result<(), Error> {
        Self::check(input)
    }
}

by_step!(
    Embedding<VOCABULARY, DIM, T>: Self, I,
    [I: ClassIndex, const VOCABULARY: usize, const DIM: usize, T: Scalar]
);
crate::network::stream::streams_alone!(Embedding<VOCABULARY, DIM, T>: I, [I: ClassIndex, const VOCABULARY: usize, const DIM: usize, T: Scalar]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::Tanh;
    use crate::layers::Residual;
    use crate::losses::MeanSquaredError;
    use crate::network::{Chain, Inline, Parameters, Zero, seeded};
    use crate::optimizers::Sgd;
    use crate::train::Workspace;

    #[test]
    fn gradients_add_up_at_every_place_of_a_token() {
        let layer = Embedding::<3, 2, f64>::ZERO;
        let (tokens, mut gradient) = ([[2_u16, 0, 2]], Embedding { weight: [[10.0; 2]; 3] });
        let mut output_gradient = [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]];
        let mut input_gradient = [[7_u16; 3]];
        let wanted = Some(&mut input_gradient[..]);
        layer.backward::<Inline<1>>(&tokens, &[[[0.0; 2]; 3]], &mut (), &mut output_gradient, wanted, &mut gradient);
        assert_eq!(gradient.weight, [[13.0, 14.0], [10.0, 10.0], [16.0, 18.0]]);
        assert_eq!(input_gradient, [[0; 3]]);
    }

    #[test]
    fn a_single_token_is_a_sample() {
        let layer = Embedding::<3, 2, f64> { weight: [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]] };
        let (tokens, mut output) = ([2_u16, 0], [[f64::NAN; 2]; 2]);
        layer.forward(&tokens, &mut output);
        assert_eq!(output, [[5.0, 6.0], [1.0, 2.0]]);

        let (mut gradient, mut input_gradient) = (Embedding { weight: [[10.0; 2]; 3] }, [7_u16; 2]);
        let mut output_gradient = [[1.0, 2.0], [3.0, 4.0]];
        let wanted = Some(&mut input_gradient[..]);
        layer.backward::<Inline<2>>(&tokens, &output, &mut (), &mut output_gradient, wanted, &mut gradient);
        assert_eq!(gradient.weight, [[13.0, 14.0], [10.0, 10.0], [11.0, 12.0]]);
        assert_eq!(input_gradient, [0; 2]);
        let mut input_gradient = [7_u16; 2];
        layer.backward_input::<Inline<2>>(&tokens, &output, &mut (), &mut output_gradient, &mut input_gradient);
        assert_eq!(input_gradient, [0; 2]);

        assert_eq!(layer.check_input(&tokens), Ok(()));
        assert_eq!(layer.check_input(&[0_u16, 3]), Err(Error::Token { token: 3, vocabulary: 3 }));
    }

    #[test]
    fn an_unknown_token_is_seen_in_the_output_and_is_no_panic() {
        let mut layer = Embedding::<3, 2>::ZERO;
        let mut output = [[[0.0; 2]; 2]; 1];
        layer.forward(&[[3_u8, 2]], &mut output);
        assert!(output[0][0].iter().all(|y| y.is_nan()) && output[0][1] == [0.0; 2]);
        layer.forward(&[[usize::MAX, 2]], &mut output);
        assert!(output[0][0].iter().all(|y| y.is_nan()));
        let mut gradient = Embedding::ZERO;
        layer.backward::<Inline<1>>(&[3_u8], &[[0.0; 2]], &mut (), &mut [[1.0; 2]], None, &mut gradient);
        assert_eq!(gradient, Embedding::ZERO);
        layer.init(Initializer::Constant(1.0), &mut seeded(1));
        assert_eq!(layer.weight, [[1.0; 2]; 3]);
    }

    #[test]
    fn an_unknown_token_is_an_error_before_the_step() {
        type Network = Chain<Embedding<3, 2>, Chain<Tanh, Residual<Tanh>>>;
        let mut network = Network::ZERO;
        network.init(Initializer::HeNormal, &mut seeded(1));
        let before = network;
        let mut workspace = Workspace::<Network, [u8; 2], Sgd, Inline<2>>::EMPTY;
        let mut step = |network: &mut Network, tokens: [[u8; 2]; 2]| {
            let targets = [[[1.0; 2]; 2]; 2];
            workspace.train_step(network, &MeanSquaredError, &Sgd::new(0.1), &tokens, &targets, &mut seeded(1))
        };
        let error = step(&mut network, [[0, 1], [1, 3]]);
        assert_eq!(error, Err(Error::Token { token: 3, vocabulary: 3 }));
        assert_eq!(network, before);
        assert!(step(&mut network, [[0, 1], [1, 2]]).is_ok());
        assert_ne!(network, before);
    }

    #[test]
    fn rows_start_the_same_in_any_vocabulary() {
        let mut layer = Embedding::<2000, 50, f64>::ZERO;
        layer.init(Initializer::LecunNormal, &mut seeded(1));
        let squares = layer.weight.as_flattened().iter().map(|w| w * w).sum::<f64>() / 100_000.0;
        // 1 / 50; three per cent are far more than five standard errors.
        assert!((squares * 50.0 - 1.0).abs() < 0.03, "{squares}");
    }
}
