//! The residual connection.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::error::Error;
use crate::network::batch::copy;
use crate::network::batch::{first, first_mut};
use crate::network::tensor::add_samples;
use crate::network::{
    Batch, Fingerprint, Initializer, Layer, Padded, Parameters, Path, Row, Sample, Tape, Tensor, Visitor, Walker, Zero,
};

/// The residual connection `y = x + F(x)` around any layer or network `F` that keeps the shape.
///
/// Backward: `dx = g + (derivative of F, applied to g)`
/// (He et al. 2015, <https://arxiv.org/abs/1512.03385>).
///
/// ```
/// use typenet::prelude::*;
///
/// type Block = Residual<Sequential![Dense<8, 16>, Relu, Dense<16, 8>]>;
/// let mut output = [[0.0; 8]; 1];
/// Block::ZERO.forward(&[[3.0; 8]], &mut output);
/// assert_eq!(output, [[3.0; 8]]); // the branch is zero
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Residual<F: AnyBitPattern>(
    /// The branch.
    pub F,
);

/// Holds for a branch that keeps its input's shape `X`. It exists for its error message.
#[diagnostic::on_unimplemented(
    message = "the branch of a `Residual` turns `{X}` into `{Self}`: the two cannot be added",
    label = "this branch changes the shape of its input"
)]
pub trait Keeps<X>: Sample {
    /// `sum += summand`, number by number.
    fn add(sum: &mut [Self], summand: &[X]);

    /// The same the other way round.
    fn add_to(sum: &mut [X], summand: &[Self]);
}

impl<X: Tensor> Keeps<X> for X {
    fn add(sum: &mut [Self], summand: &[X]) {
        add_samples(sum, summand);
    }

    fn add_to(sum: &mut [X], summand: &[Self]) {
        add_samples(sum, summand);
    }
}

#[diagnostic::do_not_recommend]
impl<X: Tensor, const STEPS: usize> Keeps<Self> for Padded<X, STEPS> {
    fn add(sum: &mut [Self], summand: &[Self]) {
        Self::accumulate(sum, summand);
    }

    fn add_to(sum: &mut [Self], summand: &[Self]) {
        Self::accumulate(sum, summand);
    }
}

impl<F: Zero + AnyBitPattern> Zero for Residual<F> {
    const ZERO: Self = Self(F::ZERO);
}

impl<F: Parameters> Parameters for Residual<F> {
    type Gradient = F::Gradient;
    const COUNT: usize = F::COUNT;
    const STATISTICS: usize = F::STATISTICS;
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("Residual").part(F::FINGERPRINT);

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
        self.0.penalty()
    }

    fn penalize(&mut self, gradient: &mut Self::Gradient) {
        self.0.penalize(gradient);
    }

    fn constrain(&mut self) {
        self.0.constrain();
    }
}

/// What a [`Residual`] remembers: its branch's tape and output, and the gradient that goes past it.
#[derive(Clone, Copy, Debug)]
pub struct ResidualTape<F, M> {
    branch: F,
    branch_output: M,
    skipped_gradient: M,
}

impl<F: Tape, M: Tape> Tape for ResidualTape<F, M> {
    const EMPTY: Self = Self { branch: F::EMPTY, branch_output: M::EMPTY, skipped_gradient: M::EMPTY };

    fn grow(&mut self, samples: usize) {
        self.branch.grow(samples);
        self.branch_output.grow(samples);
        self.skipped_gradient.grow(samples);
    }
}

impl<X: Sample, F: Layer<X, Output: Keeps<X>>> Layer<X> for Residual<F> {
    type Output = F::Output;
    type Tape<B: Batch> = ResidualTape<F::Tape<B>, B::Of<F::Output>>;
    const MULTIPLY_ADDS: usize = F::MULTIPLY_ADDS;
    const SCRATCH: usize = F::SCRATCH;
    const GROUPED: usize = F::GROUPED;
    const CALLS: usize = F::CALLS;

    fn forward(&self, input: &[X], output: &mut [F::Output]) {
        self.0.forward(input, output);
        F::Output::add(output, input);
    }

    fn forward_train<B: Batch>(
        &self,
        input: &[X],
        output: &mut [F::Output],
        tape: &mut Self::Tape<B>,
        rng: &mut impl Rng,
    ) {
        // The branch's own output is kept: its last layer may need it, and the sum hides it.
        let branch_output = first_mut(tape.branch_output.as_mut(), input.len());
        self.0.forward_train(input, branch_output, &mut tape.branch, rng);
        copy(output, branch_output);
        F::Output::add(output, input);
    }

    fn backward<B: Batch>(
        &self,
        input: &[X],
        _: &[F::Output],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [F::Output],
        input_gradient: Option<&mut [X]>,
        gradient: &mut F::Gradient,
    ) {
        let branch_output = first(tape.branch_output.as_ref(), input.len());
        let Some(input_gradient) = input_gradient else {
            self.0.backward(input, branch_output, &mut tape.branch, output_gradient, None, gradient);
            return;
        };
        // The branch may use the output gradient as scratch memory, so the skip keeps its own.
        let skipped = first_mut(tape.skipped_gradient.as_mut(), input.len());
        copy(skipped, output_gradient);
        self.0.backward(input, branch_output, &mut tape.branch, output_gradient, Some(&mut *input_gradient), gradient);
        F::Output::add_to(input_gradient, skipped);
    }

    fn backward_input<B: Batch>(
        &self,
        input: &[X],
        _: &[F::Output],
        tape: &mut Self::Tape<B>,
        output_gradient: &mut [F::Output],
        input_gradient: &mut [X],
    ) {
        let branch_output = first(tape.branch_output.as_ref(), input.len());
        let skipped = first_mut(tape.skipped_gradient.as_mut(), input.len());
        copy(skipped, output_gradient);
        self.0.backward_input(input, branch_output, &mut tape.branch, output_gradient, input_gradient);
        F::Output::add_to(input_gradient, skipped);
    }

    fn check_input(&self, input: &[X]) -> Result<(), Error> {
        self.0.check_input(input)
    }

    fn update_statistics<B: Batch>(&mut self, tape: &Self::Tape<B>) {
        self.0.update_statistics(&tape.branch);
    }

    fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
        row(Row { layer: "Residual", parameters: 0, statistics: 0, ..Row::new::<Self, X>(path) });
        F::describe(&path.closed(), row);
    }
}

impl<X: Tensor, F: crate::network::Stream<X>> crate::network::Stream<X> for Residual<F>
where
    F::Output: Keeps<X> + Tensor<Scalar = X::Scalar>,
{
    type Output = F::Output;
    type State = F::State;
    const STEP_BYTES: usize = F::STEP_BYTES;

    #[inline]
    fn step(&self, state: &mut F::State, input: &X) -> F::Output {
        let mut output = self.0.step(state, input);
        let sums = F::Output::flat_mut(core::slice::from_mut(&mut output));
        for (y, x) in sums.iter_mut().zip(X::flat(core::slice::from_ref(input))) {
            *y += *x;
        }
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::checks::{INPUT, Inner, OUTPUT_GRADIENT, Trace, trace};

    #[test]
    fn input_and_gradient_go_past_the_branch_and_all_else_is_passed_on() {
        let mut expected = trace::<Inner>();
        for (sums, summands) in [
            (&mut expected.output, INPUT),
            (&mut expected.inference, INPUT),
            (&mut expected.input_gradient, OUTPUT_GRADIENT),
        ] {
            for (sum, summand) in sums.as_flattened_mut().iter_mut().zip(summands.as_flattened()) {
                *sum += summand;
            }
        }
        let found = trace::<Residual<Inner>>();
        let mut rows = found.rows.clone();
        assert_eq!(rows.remove(0), (String::new(), "Residual", String::from("(_, 2)"), 0, 0));
        // A residual shows its sum and nothing of its branch.
        let sums = expected.inference.as_flattened();
        let (low, high) = sums.iter().fold((f64::MAX, f64::MIN), |(low, high), y| (low.min(*y), high.max(*y)));
        expected.watched = (1, vec![[low, high]]);
        assert_eq!(Trace { rows, ..found }, expected);
    }
}
