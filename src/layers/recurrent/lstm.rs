//! The long short-term memory.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::kernel::recurrent::{Routine, Unit};
use crate::layers::recurrent::{Recurrent, add_weight_gradient, before, orthonormal, recurrent, row, start};
use crate::network::settings::checked;
use crate::network::{Initializer, Scalar, Tensor};

/// The long short-term memory, from a sequence `[[T; IN]; STEPS]` of any number of steps to its last
/// output `[T; HIDDEN]`; [`ReturnSequences`](crate::layers::ReturnSequences) gives the output of every step.
///
/// ```text
/// i  = σ(Wᵢ x + Uᵢ h + bᵢ)         input gate
/// f  = σ(W_f x + U_f h + b_f)      forget gate
/// g  = tanh(W_g x + U_g h + b_g)   what would enter the cell
/// o  = σ(Wₒ x + Uₒ h + bₒ)         output gate
/// c' = f ⊙ c + i ⊙ g               the cell
/// h' = o ⊙ tanh(c')                the output
/// ```
///
/// `h` and `c` are the state; both start from zero. The gates are in this order, as in PyTorch and
/// in Keras. There is one bias, as in Keras; PyTorch has two that are only ever added: give their
/// sum. PyTorch's `weight_ih_l0` and `weight_hh_l0` are the transposes of `input_weight` and
/// `hidden_weight`; Keras' `kernel` and `recurrent_kernel` are them. As in Keras, `input_weight`
/// starts by the initialiser, `hidden_weight` with orthonormal rows, the bias from zero, but of the
/// forget gate from 1, so that the cell remembers at first
/// (Hochreiter, Schmidhuber 1997; Gers, Schmidhuber, Cummins 2000, "Learning to forget";
/// Jozefowicz et al. 2015 for the 1).
/// `Lstm<IN, HIDDEN, f32, 0>` has no bias (PyTorch's `bias=False`, Keras' `use_bias=False`).
///
/// Backward, from the last step to the first, with `dh'` and `dc'` what comes from later steps:
///
/// ```text
/// do = dh' tanh(c') o (1 - o)      dc = dc' + dh' o (1 - tanh²(c'))
/// di = dc g i (1 - i)              df = dc c f (1 - f)              dg = dc i (1 - g²)
/// dx = W (di, df, dg, do)          dh = U (di, df, dg, do)          the cell before: dc f
/// dW += x (di, df, dg, do)ᵀ        dU += h (di, df, dg, do)ᵀ
/// ```
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![ReturnSequences<Lstm<3, 16>>, Lstm<16, 8>, Dense<8, 1>];
/// let network = initialized::<Network>(1);
/// let mut output = [[0.0]];
/// network.forward(&[[[0.5, -1.0, 0.25]; 20]], &mut output);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Lstm<const IN: usize, const HIDDEN: usize, T: Scalar = f32, const BIAS: usize = HIDDEN> {
    /// `input_weight[i][gate][j]` is what input `i` gives to hidden unit `j`.
    pub input_weight: [[[T; HIDDEN]; 4]; IN],
    /// `hidden_weight[k][gate][j]` is what hidden unit `k` gives to hidden unit `j`.
    pub hidden_weight: [[[T; HIDDEN]; 4]; HIDDEN],
    /// What is added to each gate; empty without a bias.
    pub bias: [[T; BIAS]; 4],
}

crate::parameters!(
    Lstm<IN, HIDDEN, T, BIAS> {
        input_weight: Weight [IN, 4 * HIDDEN],
        hidden_weight: Weight [HIDDEN, 4 * HIDDEN] = orthonormal,
        bias: Bias [4 * BIAS] = remembering,
    } lengths { BIAS },
    const IN: usize, const HIDDEN: usize, T: Scalar
);

/// Zero, but 1 for the forget gate: the second quarter.
fn remembering<T: Scalar>(values: &mut [T], _: &[usize], _: Initializer, _: &mut impl Rng) {
    let hidden = values.len() / 4;
    values.fill(T::ZERO);
    values.iter_mut().skip(hidden).take(hidden).for_each(|b| *b = T::ONE);
}

recurrent!(Lstm);

impl<const IN: usize, const HIDDEN: usize, T: Scalar, const BIAS: usize> Recurrent for Lstm<IN, HIDDEN, T, BIAS> {
    type Scalar = T;
    type Input = [T; IN];
    type Output = [T; HIDDEN];
    /// The output and the cell.
    type State = ([T; HIDDEN], [T; HIDDEN]);
    type Gates = [[T; HIDDEN]; 4];
    /// The cell.
    type Memory = [T; HIDDEN];
    const STEP_MULTIPLY_ADDS: usize = 4 * HIDDEN * (IN + HIDDEN)
        + checked(BIAS == 0 || BIAS == HIDDEN, "BIAS of `Lstm` must be HIDDEN, or 0 for none");

    #[inline]
    fn recur(
        &self,
        state: &mut ([T; HIDDEN], [T; HIDDEN]),
        input: &[[T; IN]],
        gates: &mut [[[T; HIDDEN]; 4]],
        memory: &mut [[T; HIDDEN]],
        output: &mut [[T; HIDDEN]],
    ) {
        T::recur(Forward { layer: self, state, input, gates, memory, output });
    }

    fn recur_backward(
        &self,
        gates: &mut [[[T; HIDDEN]; 4]],
        memory: &mut [[T; HIDDEN]],
        output: &[[T; HIDDEN]],
        output_gradient: &[[T; HIDDEN]],
        gradient: &mut Self,
    ) {
        T::recur(Backward { weight: &self.hidden_weight, gates, memory, output_gradient });
        let weight_gradient = gradient.hidden_weight.as_flattened_mut().as_flattened_mut();
        add_weight_gradient(output, gates, weight_gradient, &mut []);
    }

    fn input_backward(
        &self,
        input: &[[T; IN]],
        gates_gradient: &[[[T; HIDDEN]; 4]],
        input_gradient: Option<&mut [[T; IN]]>,
        gradient: &mut Self,
    ) {
        let gates_gradient = Tensor::flat(gates_gradient);
        let weight_gradient = gradient.input_weight.as_flattened_mut().as_flattened_mut();
        let bias_gradient = gradient.bias.as_flattened_mut();
        T::weight_gradient(input.as_flattened(), gates_gradient, 4 * HIDDEN, weight_gradient, bias_gradient);
        if let Some(input_gradient) = input_gradient {
            let weight = self.input_weight.as_flattened().as_flattened();
            T::input_gradient(gates_gradient, weight, 4 * HIDDEN, input_gradient.as_flattened_mut());
        }
    }
}

struct Forward<'a, const IN: usize, const HIDDEN: usize, T: Scalar, const BIAS: usize> {
    layer: &'a Lstm<IN, HIDDEN, T, BIAS>,
    state: &'a mut ([T; HIDDEN], [T; HIDDEN]),
    input: &'a [[T; IN]],
    gates: &'a mut [[[T; HIDDEN]; 4]],
    memory: &'a mut [[T; HIDDEN]],
    output: &'a mut [[T; HIDDEN]],
}

impl<const IN: usize, const HIDDEN: usize, T: Scalar, const BIAS: usize> Routine<T>
    for Forward<'_, IN, HIDDEN, T, BIAS>
{
    #[inline(always)]
    fn run<U: Unit<T>>(self, unit: U) {
        let Self { layer, state: (state, cell), input, gates, memory, output } = self;
        let input_weight = layer.input_weight.as_flattened().as_flattened();
        let hidden_weight = layer.hidden_weight.as_flattened().as_flattened();
        for (step, input) in input.iter().enumerate() {
            let rows = (row(gates, step), row(memory, step), row(output, step));
            let (Some(gates), Some(memory), Some(output)) = rows else { return };
            gates.iter_mut().zip(&layer.bias).for_each(|(gate, bias)| start(gate, bias));
            unit.add_product(input, input_weight, 4 * HIDDEN, 0, gates.as_flattened_mut());
            unit.add_product(state, hidden_weight, 4 * HIDDEN, 0, gates.as_flattened_mut());

            let [gates @ .., entering, open] = gates;
            unit.sigmoid(gates.as_flattened_mut());
            unit.tanh(entering);
            unit.sigmoid(open);
            let [enter, forget] = gates;
            unit.scale(forget, cell);
            unit.add_scaled(enter, entering, cell);
            *memory = *cell;
            *state = *cell;
            unit.tanh(state);
            unit.scale(open, state);
            *output = *state;
        }
    }
}

struct Backward<'a, const HIDDEN: usize, T> {
    weight: &'a [[[T; HIDDEN]; 4]; HIDDEN],
    gates: &'a mut [[[T; HIDDEN]; 4]],
    memory: &'a [[T; HIDDEN]],
    output_gradient: &'a [[T; HIDDEN]],
}

impl<const HIDDEN: usize, T: Scalar> Routine<T> for Backward<'_, HIDDEN, T> {
    #[inline(always)]
    fn run<U: Unit<T>>(self, unit: U) {
        let weight = self.weight.as_flattened().as_flattened();
        let (mut state_gradient, mut cell_gradient) = ([T::ZERO; HIDDEN], [T::ZERO; HIDDEN]);
        let mut output_gradient = self.output_gradient.iter().rev();
        for (step, (gates, cell)) in self.gates.iter_mut().zip(self.memory).enumerate().rev() {
            for (g, dy) in state_gradient.iter_mut().zip(output_gradient.next().unwrap_or(&[T::ZERO; HIDDEN])) {
                *g += *dy;
            }
            let cell_before = before(self.memory, step).unwrap_or([T::ZERO; HIDDEN]);
            let mut bent = *cell;
            unit.tanh(&mut bent);

            let [input, forget, entering, open] = &mut *gates;
            let gates_of_units = input.iter_mut().zip(forget).zip(entering).zip(open);
            let cells = cell_gradient.iter_mut().zip(cell_before).zip(bent);
            for ((g, (((i, f), e), o)), ((dc, c), t)) in state_gradient.iter().zip(gates_of_units).zip(cells) {
                *dc += *g * *o * (T::ONE - t) * (T::ONE + t);
                let open = *g * t * *o * (T::ONE - *o);
                let input = *dc * *e * *i * (T::ONE - *i);
                let forget = *dc * c * *f * (T::ONE - *f);
                let entering = *dc * *i * (T::ONE - *e) * (T::ONE + *e);
                *dc *= *f;
                (*i, *f, *e, *o) = (input, forget, entering, open);
            }
            state_gradient = [T::ZERO; HIDDEN];
            unit.add_transposed_product(gates.as_flattened(), weight, &mut state_gradient);
        }
    }
}
