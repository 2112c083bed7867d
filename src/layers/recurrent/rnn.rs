//! The simple recurrent layer.

use bytemuck::AnyBitPattern;

use crate::kernel::recurrent::{Routine, Unit};
use crate::layers::recurrent::{Recurrent, add_weight_gradient, orthonormal, recurrent, row, start};
use crate::network::Scalar;
use crate::network::settings::checked;

/// The simple recurrent layer `h' = tanh(W x + U h + b)`, from a sequence `[[T; IN]; STEPS]` of any
/// number of steps to its last output `[T; HIDDEN]`; [`ReturnSequences`](crate::layers::ReturnSequences)
/// gives the output of every step.
///
/// The first state `h` is zero. There is one bias, as in Keras' `SimpleRNN`; PyTorch's `RNN` has two
/// that are only ever added: give their sum. PyTorch's `weight_ih_l0` and `weight_hh_l0` are the
/// transposes of `input_weight` and `hidden_weight`; Keras' `kernel` and `recurrent_kernel` are
/// them. As in Keras, `input_weight` starts by the initialiser, the bias from zero, `hidden_weight`
/// with orthonormal rows.
/// `Rnn<IN, HIDDEN, f32, 0>` has no bias (PyTorch's `bias=False`, Keras' `use_bias=False`).
///
/// Backward, from the last step to the first, with `g` the derivative by `h'`:
/// `d = g ⊙ (1 - h'²)`, `dW += d xᵀ`, `dU += d hᵀ`, `db += d`, `dx = Wᵀ d`, `dh = Uᵀ d`
/// (Elman 1990, "Finding structure in time"; Werbos 1990, "Backpropagation through time").
///
/// ```
/// use typenet::prelude::*;
///
/// let mut layer = Rnn::<1, 1>::ZERO;
/// layer.input_weight[0][0] = 1.0;
/// layer.hidden_weight[0][0] = 1.0;
/// let mut output = [[0.0]];
/// layer.forward(&[[[0.5], [0.0]]], &mut output);
/// assert!((output[0][0] - 0.5_f32.tanh().tanh()).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Rnn<const IN: usize, const HIDDEN: usize, T: Scalar = f32, const BIAS: usize = HIDDEN> {
    /// `input_weight[i][j]` is what input `i` gives to hidden unit `j`.
    pub input_weight: [[T; HIDDEN]; IN],
    /// `hidden_weight[k][j]` is what hidden unit `k` gives to hidden unit `j`.
    pub hidden_weight: [[T; HIDDEN]; HIDDEN],
    /// What is added to each; empty without a bias.
    pub bias: [T; BIAS],
}

crate::parameters!(
    Rnn<IN, HIDDEN, T, BIAS> {
        input_weight: Weight [IN, HIDDEN],
        hidden_weight: Weight [HIDDEN, HIDDEN] = orthonormal,
        bias: Bias [BIAS],
    } lengths { BIAS },
    const IN: usize, const HIDDEN: usize, T: Scalar
);

recurrent!(Rnn);

impl<const IN: usize, const HIDDEN: usize, T: Scalar, const BIAS: usize> Recurrent for Rnn<IN, HIDDEN, T, BIAS> {
    type Scalar = T;
    type Input = [T; IN];
    type Output = [T; HIDDEN];
    type State = [T; HIDDEN];
    type Gates = [T; HIDDEN];
    /// Nothing: the output is enough.
    type Memory = [T; 0];
    const STEP_MULTIPLY_ADDS: usize =
        HIDDEN * (IN + HIDDEN) + checked(BIAS == 0 || BIAS == HIDDEN, "BIAS of `Rnn` must be HIDDEN, or 0 for none");

    #[inline]
    fn recur(
        &self,
        state: &mut [T; HIDDEN],
        input: &[[T; IN]],
        gates: &mut [[T; HIDDEN]],
        _: &mut [[T; 0]],
        output: &mut [[T; HIDDEN]],
    ) {
        T::recur(Forward { layer: self, state, input, gates, output });
    }

    fn recur_backward(
        &self,
        gates: &mut [[T; HIDDEN]],
        _: &mut [[T; 0]],
        output: &[[T; HIDDEN]],
        output_gradient: &[[T; HIDDEN]],
        gradient: &mut Self,
    ) {
        T::recur(Backward { weight: &self.hidden_weight, gates, output_gradient });
        add_weight_gradient(output, gates, gradient.hidden_weight.as_flattened_mut(), &mut []);
    }

    fn input_backward(
        &self,
        input: &[[T; IN]],
        gates_gradient: &[[T; HIDDEN]],
        input_gradient: Option<&mut [[T; IN]]>,
        gradient: &mut Self,
    ) {
        let gates_gradient = gates_gradient.as_flattened();
        let weight_gradient = gradient.input_weight.as_flattened_mut();
        T::weight_gradient(input.as_flattened(), gates_gradient, HIDDEN, weight_gradient, &mut gradient.bias);
        if let Some(input_gradient) = input_gradient {
            let weight = self.input_weight.as_flattened();
            T::input_gradient(gates_gradient, weight, HIDDEN, input_gradient.as_flattened_mut());
        }
    }
}

struct Forward<'a, const IN: usize, const HIDDEN: usize, T: Scalar, const BIAS: usize> {
    layer: &'a Rnn<IN, HIDDEN, T, BIAS>,
    state: &'a mut [T; HIDDEN],
    input: &'a [[T; IN]],
    gates: &'a mut [[T; HIDDEN]],
    output: &'a mut [[T; HIDDEN]],
}

impl<const IN: usize, const HIDDEN: usize, T: Scalar, const BIAS: usize> Routine<T>
    for Forward<'_, IN, HIDDEN, T, BIAS>
{
    #[inline(always)]
    fn run<U: Unit<T>>(self, unit: U) {
        let Self { layer, state, input, gates, output } = self;
        for (step, input) in input.iter().enumerate() {
            let (Some(gates), Some(output)) = (row(gates, step), row(output, step)) else { return };
            start(gates, &layer.bias);
            unit.add_product(input, layer.input_weight.as_flattened(), HIDDEN, 0, gates);
            unit.add_product(state, layer.hidden_weight.as_flattened(), HIDDEN, 0, gates);
            unit.tanh(gates);
            *state = *gates;
            *output = *gates;
        }
    }
}

struct Backward<'a, const HIDDEN: usize, T> {
    weight: &'a [[T; HIDDEN]; HIDDEN],
    gates: &'a mut [[T; HIDDEN]],
    output_gradient: &'a [[T; HIDDEN]],
}

impl<const HIDDEN: usize, T: Scalar> Routine<T> for Backward<'_, HIDDEN, T> {
    #[inline(always)]
    fn run<U: Unit<T>>(self, unit: U) {
        let mut gradient = [T::ZERO; HIDDEN];
        let mut output_gradient = self.output_gradient.iter().rev();
        for gates in self.gates.iter_mut().rev() {
            let dy = output_gradient.next().copied().unwrap_or([T::ZERO; HIDDEN]);
            for ((h, g), dy) in gates.iter_mut().zip(&gradient).zip(dy) {
                *h = (*g + dy) * (T::ONE - *h) * (T::ONE + *h);
            }
            gradient = [T::ZERO; HIDDEN];
            unit.add_transposed_product(gates, self.weight.as_flattened(), &mut gradient);
        }
    }
}
