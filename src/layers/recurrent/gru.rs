//! The gated recurrent unit.

use bytemuck::AnyBitPattern;

use crate::kernel::recurrent::{Routine, Unit};
use crate::layers::recurrent::{Recurrent, add_weight_gradient, before, orthonormal, recurrent, row, start};
use crate::network::settings::checked;
use crate::network::{Scalar, Tensor};

/// The gated recurrent unit, from a sequence `[[T; IN]; STEPS]` of any number of steps to its last
/// output `[T; HIDDEN]`; [`ReturnSequences`](crate::layers::ReturnSequences) gives the output of every step.
///
/// ```text
/// r  = σ(Wᵣ x + bᵣ + Uᵣ h + cᵣ)              reset
/// z  = σ(W_z x + b_z + U_z h + c_z)          update
/// n  = tanh(Wₙ x + bₙ + r ⊙ (Uₙ h + cₙ))     new
/// h' = (1 - z) ⊙ n + z ⊙ h                   the output, and the state of the next step
/// ```
///
/// The first state is zero. This is the form of PyTorch, and of Keras with its default
/// `reset_after=True`: the reset gate acts after the product, so that one product of the state
/// gives all three gates (Cho et al. 2014, <https://arxiv.org/abs/1406.1078>, has it before the
/// product; that form, `reset_after=False`, is not offered). There are two biases, `b` with the
/// input and `c` with the state, because the reset gate multiplies one of them.
///
/// The gates are in PyTorch's order: reset, update, new. PyTorch's `weight_ih_l0` and
/// `weight_hh_l0` are the transposes of `input_weight` and `hidden_weight`. Keras' order is update,
/// reset, new: exchange the first two thirds of the columns of `kernel`, `recurrent_kernel` and of
/// the rows of `bias`. As in Keras, `input_weight` starts by the initialiser, the biases from zero,
/// `hidden_weight` with orthonormal rows.
/// `Gru<IN, HIDDEN, f32, 0>` has no bias (PyTorch's `bias=False`, Keras' `use_bias=False`).
///
/// Backward, from the last step to the first, with `g` the derivative by `h'`:
///
/// ```text
/// dn = g (1 - z) (1 - n²)    dz = g (h - n) z (1 - z)    dr = dn (Uₙ h + cₙ) r (1 - r)
/// dx = W (dr, dz, dn)        dh = g z + U (dr, dz, r dn)
/// dW += x (dr, dz, dn)ᵀ      dU += h (dr, dz, r dn)ᵀ
/// ```
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Gru<1, 8>, Dense<8, 1>];
/// let network = initialized::<Network>(1);
/// let sequence = [[0.5], [-1.0], [0.25]];
/// let mut output = [[0.0]];
/// network.forward(&[sequence], &mut output);
///
/// // Sample by sample: the same numbers, to the last bit.
/// let mut state = network.start();
/// let last = sequence.map(|x| network.step(&mut state, &x))[2];
/// assert_eq!(last, output[0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Gru<const IN: usize, const HIDDEN: usize, T: Scalar = f32, const BIAS: usize = HIDDEN> {
    /// `input_weight[i][gate][j]` is what input `i` gives to hidden unit `j`.
    pub input_weight: [[[T; HIDDEN]; 3]; IN],
    /// `hidden_weight[k][gate][j]` is what hidden unit `k` gives to hidden unit `j`.
    pub hidden_weight: [[[T; HIDDEN]; 3]; HIDDEN],
    /// What is added to the product of the input; empty without a bias, as the other.
    pub input_bias: [[T; BIAS]; 3],
    /// What is added to the product of the state.
    pub hidden_bias: [[T; BIAS]; 3],
}

crate::parameters!(
    Gru<IN, HIDDEN, T, BIAS> {
        input_weight: Weight [IN, 3 * HIDDEN],
        hidden_weight: Weight [HIDDEN, 3 * HIDDEN] = orthonormal,
        input_bias: Bias [3 * BIAS],
        hidden_bias: Bias [3 * BIAS],
    } lengths { BIAS },
    const IN: usize, const HIDDEN: usize, T: Scalar
);

recurrent!(Gru);

impl<const IN: usize, const HIDDEN: usize, T: Scalar, const BIAS: usize> Recurrent for Gru<IN, HIDDEN, T, BIAS> {
    type Scalar = T;
    type Input = [T; IN];
    type Output = [T; HIDDEN];
    type State = [T; HIDDEN];
    type Gates = [[T; HIDDEN]; 3];
    /// The new gate's product of the state comes last. The rest is room for the gradients of the products.
    type Memory = [[T; HIDDEN]; 3];
    const STEP_MULTIPLY_ADDS: usize = 3 * HIDDEN * (IN + HIDDEN)
        + checked(BIAS == 0 || BIAS == HIDDEN, "BIAS of `Gru` must be HIDDEN, or 0 for none");

    #[inline]
    fn recur(
        &self,
        state: &mut [T; HIDDEN],
        input: &[[T; IN]],
        gates: &mut [[[T; HIDDEN]; 3]],
        memory: &mut [[[T; HIDDEN]; 3]],
        output: &mut [[T; HIDDEN]],
    ) {
        T::recur(Forward { layer: self, state, input, gates, memory, output });
    }

    fn recur_backward(
        &self,
        gates: &mut [[[T; HIDDEN]; 3]],
        memory: &mut [[[T; HIDDEN]; 3]],
        output: &[[T; HIDDEN]],
        output_gradient: &[[T; HIDDEN]],
        gradient: &mut Self,
    ) {
        T::recur(Backward { weight: &self.hidden_weight, gates, memory, output, output_gradient });
        let weight_gradient = gradient.hidden_weight.as_flattened_mut().as_flattened_mut();
        add_weight_gradient(output, memory, weight_gradient, gradient.hidden_bias.as_flattened_mut());
    }

    fn input_backward(
        &self,
        input: &[[T; IN]],
        gates_gradient: &[[[T; HIDDEN]; 3]],
        input_gradient: Option<&mut [[T; IN]]>,
        gradient: &mut Self,
    ) {
        let gates_gradient = Tensor::flat(gates_gradient);
        let weight_gradient = gradient.input_weight.as_flattened_mut().as_flattened_mut();
        let bias_gradient = gradient.input_bias.as_flattened_mut();
        T::weight_gradient(input.as_flattened(), gates_gradient, 3 * HIDDEN, weight_gradient, bias_gradient);
        if let Some(input_gradient) = input_gradient {
            let weight = self.input_weight.as_flattened().as_flattened();
            T::input_gradient(gates_gradient, weight, 3 * HIDDEN, input_gradient.as_flattened_mut());
        }
    }
}

struct Forward<'a, const IN: usize, const HIDDEN: usize, T: Scalar, const BIAS: usize> {
    layer: &'a Gru<IN, HIDDEN, T, BIAS>,
    state: &'a mut [T; HIDDEN],
    input: &'a [[T; IN]],
    gates: &'a mut [[[T; HIDDEN]; 3]],
    memory: &'a mut [[[T; HIDDEN]; 3]],
    output: &'a mut [[T; HIDDEN]],
}

impl<const IN: usize, const HIDDEN: usize, T: Scalar, const BIAS: usize> Routine<T>
    for Forward<'_, IN, HIDDEN, T, BIAS>
{
    #[inline(always)]
    fn run<U: Unit<T>>(self, unit: U) {
        let Self { layer, state, input, gates, memory, output } = self;
        let input_weight = layer.input_weight.as_flattened().as_flattened();
        let hidden_weight = layer.hidden_weight.as_flattened().as_flattened();
        for (step, input) in input.iter().enumerate() {
            let rows = (row(gates, step), row(memory, step), row(output, step));
            let (Some(gates), Some(products), Some(output)) = rows else { return };
            gates.iter_mut().zip(&layer.input_bias).for_each(|(gate, bias)| start(gate, bias));
            let ([reset_bias, update_bias, new_bias], [_, _, new_product]) = (&layer.hidden_bias, products);
            start(new_product, new_bias);
            unit.add_product(input, input_weight, 3 * HIDDEN, 0, gates.as_flattened_mut());
            let [reset, update, new] = gates;
            // Where no gate stands between them, the two biases are one.
            unit.add(reset_bias, reset);
            unit.add(update_bias, update);
            // In this order the processor can multiply for the other gates while the function of the first one is on
            // its way.
            unit.add_product(state, hidden_weight, 3 * HIDDEN, 0, reset);
            unit.sigmoid(reset);
            unit.add_product(state, hidden_weight, 3 * HIDDEN, 2 * HIDDEN, new_product);
            unit.add_product(state, hidden_weight, 3 * HIDDEN, HIDDEN, update);
            unit.add_scaled(reset, new_product, new);
            unit.tanh(new);
            unit.sigmoid(update);
            unit.blend(update, new, state);
            *output = *state;
        }
    }
}

struct Backward<'a, const HIDDEN: usize, T> {
    weight: &'a [[[T; HIDDEN]; 3]; HIDDEN],
    gates: &'a mut [[[T; HIDDEN]; 3]],
    memory: &'a mut [[[T; HIDDEN]; 3]],
    output: &'a [[T; HIDDEN]],
    output_gradient: &'a [[T; HIDDEN]],
}

impl<const HIDDEN: usize, T: Scalar> Routine<T> for Backward<'_, HIDDEN, T> {
    #[inline(always)]
    fn run<U: Unit<T>>(self, unit: U) {
        let weight = self.weight.as_flattened().as_flattened();
        let mut gradient = [T::ZERO; HIDDEN];
        let mut output_gradient = self.output_gradient.iter().rev();
        for (step, (gates, products)) in self.gates.iter_mut().zip(self.memory).enumerate().rev() {
            for (g, dy) in gradient.iter_mut().zip(output_gradient.next().unwrap_or(&[T::ZERO; HIDDEN])) {
                *g += *dy;
            }
            let state = before(self.output, step).unwrap_or([T::ZERO; HIDDEN]);
            let ([reset, update, new], [pr, pz, pn]) = (gates, &mut *products);
            let gates = reset.iter_mut().zip(update).zip(new);
            let parts = pr.iter_mut().zip(pz).zip(pn);
            for (((g, h), ((r, z), n)), ((pr, pz), pn)) in gradient.iter_mut().zip(state).zip(gates).zip(parts) {
                let dn = *g * (T::ONE - *z) * (T::ONE - *n) * (T::ONE + *n);
                let dz = *g * (h - *n) * *z * (T::ONE - *z);
                let dr = dn * *pn * *r * (T::ONE - *r);
                *g *= *z;
                (*pr, *pz, *pn) = (dr, dz, *r * dn);
                (*r, *z, *n) = (dr, dz, dn);
            }
            unit.add_transposed_product(products.as_flattened(), weight, &mut gradient);
        }
    }
}
