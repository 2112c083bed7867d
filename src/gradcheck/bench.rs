//! A layer at one point, with everything that is needed to run it.

use std::boxed::Box;
use std::format;
use std::string::String;
use std::vec::Vec;

use super::arrays::{fill_gradient, read_gradient, set_trained, trained};
use super::difference::{Numeric, differentiate};
use super::failure::{Contract, Failure, Place, exceeds, index_of, relative_error};
use crate::batch::{Boxed, Heap, Tape};
use crate::layer::Layer;
use crate::losses::Loss;
use crate::tensor::{Sample, Shape, Tensor, Zero};

/// How far two computations of the same number may lie apart, relative to it or to 1: some
/// thousand roundings.
pub(super) const ROUNDING: f64 = 1e-11;

/// What an output is worth.
pub(super) trait Objective<Y> {
    /// The terms of a sum, which is the value.
    fn terms(&self, output: &[Y]) -> Vec<f64>;
    /// The derivative of the sum by the output.
    fn derivative(&self, output: &[Y], derivative: &mut [Y]);
}

/// Each scalar of the output, times a weight of its own.
pub(super) struct Weighted(pub Vec<f64>);

impl<Y: Tensor<Scalar = f64>> Objective<Y> for Weighted {
    fn terms(&self, output: &[Y]) -> Vec<f64> {
        Y::flat(output).iter().zip(&self.0).map(|(y, weight)| y * weight).collect()
    }

    fn derivative(&self, _: &[Y], derivative: &mut [Y]) {
        for (place, weight) in Y::flat_mut(derivative).iter_mut().zip(&self.0) {
            *place = *weight;
        }
    }
}

/// The mean loss of the batch.
pub(super) struct MeanLoss<'a, L, Target>(pub &'a L, pub &'a [Target]);

impl<Y: Tensor<Scalar = f64>, Target: Sample, L: Loss<Y, Target>> Objective<Y> for MeanLoss<'_, L, Target> {
    fn terms(&self, output: &[Y]) -> Vec<f64> {
        [self.0.mean(output, self.1, None)].into()
    }

    fn derivative(&self, output: &[Y], derivative: &mut [Y]) {
        self.0.mean(output, self.1, Some(derivative));
    }
}

/// One backward pass.
pub(super) struct Run {
    /// What was added to the parameters' gradient.
    pub gradient: Vec<f64>,
    pub input_gradient: Option<Vec<f64>>,
}

/// One scalar that the function depends on.
#[derive(Clone, Copy)]
pub(super) enum Coordinate {
    Input(usize),
    Trained(usize),
}

/// A layer, a batch and the seed of its random numbers.
pub(super) struct Bench<L: Layer<X>, X: Sample> {
    pub layer: Box<L>,
    pub input: Vec<X>,
    pub earlier: Vec<X>,
    pub seed: u64,
    gradient: Boxed<L::Gradient>,
    /// Reused by all forward passes that only need the value.
    scratch: L::Tape<Heap>,
}

impl<L: Layer<X>, X: Tensor<Scalar = f64>> Bench<L, X>
where
    L::Output: Tensor<Scalar = f64>,
{
    pub fn new(layer: Box<L>, input: Vec<X>, earlier: Vec<X>, seed: u64) -> Self {
        let mut scratch = L::Tape::<Heap>::EMPTY;
        scratch.grow(input.len());
        Self { layer, input, earlier, seed, gradient: Boxed::EMPTY, scratch }
    }

    /// A tape that nothing was recorded on.
    pub fn clean_tape(&self) -> L::Tape<Heap> {
        let mut tape = L::Tape::<Heap>::EMPTY;
        tape.grow(self.input.len());
        tape
    }

    /// A tape that a whole step on another, larger batch was recorded on.
    pub fn used_tape(&mut self) -> L::Tape<Heap> {
        let mut tape = L::Tape::<Heap>::EMPTY;
        tape.grow(self.earlier.len());
        let mut output = std::vec![L::Output::ZERO; self.earlier.len()];
        let rng = &mut crate::seeded(!self.seed);
        self.layer.forward_train::<Heap>(&self.earlier, &mut output, &mut tape, rng);
        let mut output_gradient = output.clone();
        let mut input_gradient = self.earlier.clone();
        let gradient = self.gradient.as_mut();
        let wanted = Some(input_gradient.as_mut_slice());
        self.layer.backward::<Heap>(&self.earlier, &output, &mut tape, &mut output_gradient, wanted, gradient);
        tape
    }

    /// The forward pass of training, into an output that holds `prefill`.
    pub fn forward_train(&self, tape: &mut L::Tape<Heap>, prefill: f64) -> Vec<L::Output> {
        let mut output = filled::<L::Output>(self.input.len(), prefill);
        self.layer.forward_train::<Heap>(&self.input, &mut output, tape, &mut crate::seeded(self.seed));
        output
    }

    /// A forward and a backward pass. The parameters' gradient starts from `start`, the input
    /// gradient, if it is wanted, from `prefill`.
    pub fn run(
        &mut self,
        tape: &mut L::Tape<Heap>,
        objective: &impl Objective<L::Output>,
        start: &[f64],
        prefill: Option<f64>,
    ) -> Run {
        let output = self.forward_train(tape, 0.0);
        let mut output_gradient = filled::<L::Output>(output.len(), 0.0);
        objective.derivative(&output, &mut output_gradient);
        let gradient = self.gradient.as_mut();
        fill_gradient(&mut *self.layer, gradient, start);
        let mut input_gradient = prefill.map(|value| filled::<X>(self.input.len(), value));
        let wanted = input_gradient.as_deref_mut();
        self.layer.backward::<Heap>(&self.input, &output, tape, &mut output_gradient, wanted, gradient);
        self.layer.penalize(gradient);
        let sum = read_gradient(&mut *self.layer, gradient);
        Run {
            gradient: sum.iter().zip(start).map(|(sum, start)| sum - start).collect(),
            input_gradient: input_gradient.map(|gradient| X::flat(&gradient).to_vec()),
        }
    }

    /// The terms whose sum is differentiated, the penalty included.
    pub fn terms(&mut self, objective: &impl Objective<L::Output>) -> Vec<f64> {
        let mut output = filled::<L::Output>(self.input.len(), f64::NAN);
        let rng = &mut crate::seeded(self.seed);
        self.layer.forward_train::<Heap>(&self.input, &mut output, &mut self.scratch, rng);
        let mut terms = objective.terms(&output);
        terms.push(self.layer.penalty());
        terms
    }

    /// The numeric derivative by one scalar, which has the value `origin`.
    pub fn partial(
        &mut self,
        coordinate: Coordinate,
        origin: f64,
        objective: &impl Objective<L::Output>,
        base: &[f64],
        step: f64,
    ) -> Numeric {
        let step = step * origin.abs().max(1.0);
        let numeric = differentiate(base, step, |t| {
            self.set(coordinate, origin + t);
            self.terms(objective)
        });
        self.set(coordinate, origin);
        numeric
    }

    /// The numeric derivative along a direction: first all inputs, then all trained scalars.
    pub fn directional(
        &mut self,
        direction: &[f64],
        objective: &impl Objective<L::Output>,
        base: &[f64],
        step: f64,
    ) -> Numeric {
        let input = X::flat(&self.input).to_vec();
        let trained = trained(&mut *self.layer);
        let numeric = differentiate(base, step, |t| {
            self.shift(&input, &trained, direction, t);
            self.terms(objective)
        });
        self.shift(&input, &trained, direction, 0.0);
        numeric
    }

    fn shift(&mut self, input: &[f64], trained: &[f64], direction: &[f64], t: f64) {
        let mut along = direction.iter();
        for ((place, origin), d) in X::flat_mut(&mut self.input).iter_mut().zip(input).zip(&mut along) {
            *place = origin + t * d;
        }
        let mut moved = trained.iter().zip(direction.iter().skip(input.len())).map(|(origin, d)| origin + t * d);
        super::arrays::map_trained(&mut *self.layer, |_, _, value| moved.next().unwrap_or(value));
    }

    fn set(&mut self, coordinate: Coordinate, value: f64) {
        match coordinate {
            Coordinate::Input(at) => X::flat_mut(&mut self.input).iter_mut().skip(at).take(1).for_each(|x| *x = value),
            Coordinate::Trained(at) => set_trained(&mut *self.layer, at, value),
        }
    }
}

/// A batch that holds one value everywhere.
pub(super) fn filled<Y: Tensor<Scalar = f64>>(samples: usize, value: f64) -> Vec<Y> {
    let mut batch = std::vec![Y::ZERO; samples];
    Y::flat_mut(&mut batch).fill(value);
    batch
}

/// The sizes of a tensor's dimensions, outermost first.
fn dimensions<X: Sample>() -> Vec<usize> {
    // They are only written, as in `(_, 3, 8)`.
    let shape: String = format!("{}", Shape::<X>::NEW);
    shape.trim_matches(['(', ')']).split(", ").filter_map(|size| size.parse().ok()).collect()
}

/// Names a scalar of a batch of tensors.
pub(super) fn place_in<X: Tensor>(name: &str, flat: usize) -> Place {
    let length = X::LEN.max(1);
    let index = index_of(flat % length, &dimensions::<X>());
    Place { name: name.into(), index, sample: Some(flat / length) }
}

/// Demands that two lists of numbers are equal up to rounding.
pub(super) fn same(
    contract: Contract,
    place: impl Fn(usize) -> Place,
    found: &[f64],
    expected: &[f64],
) -> Result<(), Failure> {
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = relative_error(*found, *expected, 1.0);
        if exceeds(error, ROUNDING) {
            return Err(Failure { relative_error: error, ..Failure::numbers(contract, place(at), *found, *expected) });
        }
    }
    Ok(())
}

/// Demands that numbers are finite.
pub(super) fn finite(place: impl Fn(usize) -> Place, found: &[f64]) -> Result<(), Failure> {
    match found.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((at, value)) => Err(Failure::numbers(Contract::Finite, place(at), *value, f64::NAN)),
        None => Ok(()),
    }
}

/// Computes twice, over NaN and over 7: where the NaN shows through, the buffer was not
/// overwritten; where a value is not finite either way, it is the computation's own.
pub(super) fn overwrites(
    contract: Contract,
    place: impl Fn(usize) -> Place,
    mut compute: impl FnMut(f64) -> Vec<f64>,
) -> Result<Vec<f64>, Failure> {
    let (first, second) = (compute(f64::NAN), compute(7.0));
    for (at, (first, second)) in first.iter().zip(&second).enumerate() {
        if !first.is_finite() && second.is_finite() {
            return Err(Failure::numbers(contract, place(at), *first, *second));
        }
    }
    finite(&place, &first)?;
    Ok(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_are_read_from_the_shape() {
        assert_eq!(dimensions::<[[[f64; 2]; 3]; 4]>(), [4, 3, 2]);
        assert!(dimensions::<f64>().is_empty());
        let place = place_in::<[[f64; 3]; 2]>("input", 6 + 5);
        assert_eq!(format!("{place}"), "input[1, 2] of sample 1");
    }
}
