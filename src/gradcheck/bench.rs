//! A layer at one point, with everything that is needed to run it.

use core::marker::PhantomData;
use std::vec::Vec;

use super::arrays::{gradient, map_trained, set_gradient, set_trained, trained};
use super::difference::{Numeric, differentiate};
use super::draw::Point;
use super::failure::{Contract, Failure, Place, exceeds, index_of, relative_error};
use super::settings::Check;
use super::subject::{Subject, numbers, samples};
use crate::losses::Loss;
use crate::network::{Role, Sample, Scalar, Tensor};

/// What an output is worth.
pub(super) trait Objective {
    /// The terms of a sum, which is the value.
    fn terms(&self, output: &[f64]) -> Vec<f64>;
    /// The derivative of the sum by the output.
    fn derivative(&self, output: &[f64]) -> Vec<f64>;
}

/// Each scalar of the output, times a weight of its own.
pub(super) struct Weighted(pub Vec<f64>);

impl Objective for Weighted {
    fn terms(&self, output: &[f64]) -> Vec<f64> {
        output.iter().zip(&self.0).map(|(y, weight)| y * weight).collect()
    }

    fn derivative(&self, _: &[f64]) -> Vec<f64> {
        self.0.clone()
    }
}

/// The mean loss of a batch of outputs `Y`.
pub(super) struct MeanLoss<'a, Y, L, Target>(pub &'a L, pub &'a [Target], pub PhantomData<Y>);

impl<Y: Tensor, Target: Sample, L: Loss<Y, Target>> Objective for MeanLoss<'_, Y, L, Target> {
    fn terms(&self, output: &[f64]) -> Vec<f64> {
        [self.0.mean(&samples::<Y>(output), self.1, None).to_f64()].into()
    }

    fn derivative(&self, output: &[f64]) -> Vec<f64> {
        let output: Vec<Y> = samples(output);
        let mut derivative = output.clone();
        self.0.mean(&output, self.1, Some(&mut derivative));
        numbers(Y::flat(&derivative))
    }
}

/// One backward pass.
pub(super) struct Run {
    /// What was added to the parameters' gradient.
    pub gradient: Vec<f64>,
    pub input_gradient: Option<Vec<f64>>,
}

/// A layer at one point, and what its output is worth.
pub(super) struct Bench<'a> {
    pub subject: &'a mut dyn Subject,
    pub objective: &'a dyn Objective,
    pub seed: u64,
    /// By how much steps of parameters are shorter, because inputs are larger.
    scale: f64,
    /// How far two computations of the same number may lie apart (see [`Check`]).
    pub rounding: f64,
    /// All inputs, then all trained scalars.
    pub point: Vec<f64>,
    /// How many of them are inputs.
    pub inputs: usize,
}

impl<'a> Bench<'a> {
    pub fn new(check: &Check, subject: &'a mut dyn Subject, objective: &'a dyn Objective, at: &Point) -> Self {
        randomise(subject, at.seed, &at.moves);
        subject.set_input(&at.input);
        let point = [at.input.clone(), trained(subject)].concat();
        // Not as short as it could be: rounding would show.
        let (seed, scale, inputs) = (at.seed, at.scale.clamp(1.0, 16.0), at.input.len());
        Self { subject, objective, seed, scale, rounding: check.rounding, point, inputs }
    }

    /// The batch.
    pub fn input(&self) -> &[f64] {
        self.point.get(..self.inputs).unwrap_or_default()
    }

    /// The forward pass of training, into an output that holds `prefill`.
    pub fn forward_train(&mut self, prefill: f64) -> Vec<f64> {
        self.subject.forward_train(self.seed, prefill)
    }

    /// A forward and a backward pass. The parameters' gradient starts from `start`, the input
    /// gradient, if it is wanted, from `prefill`.
    pub fn run(&mut self, start: &[f64], prefill: Option<f64>) -> Run {
        let output = self.forward_train(0.0);
        set_gradient(self.subject, start);
        let input_gradient = self.subject.backward(&self.objective.derivative(&output), prefill);
        self.subject.penalize();
        let sum = gradient(self.subject);
        Run { gradient: sum.iter().zip(start).map(|(sum, start)| sum - start).collect(), input_gradient }
    }

    /// A forward and a backward pass for an output gradient, without the penalty: the derivative by the
    /// whole point.
    pub fn pull(&mut self, output_gradient: &[f64]) -> Vec<f64> {
        self.forward_train(0.0);
        self.pull_again(output_gradient)
    }

    /// A backward pass after another one.
    pub fn pull_again(&mut self, output_gradient: &[f64]) -> Vec<f64> {
        let zeros = std::vec![0.0; self.point.len()];
        set_gradient(self.subject, &zeros);
        let input = self.subject.backward(output_gradient, Some(0.0)).unwrap_or_default();
        [input, gradient(self.subject)].concat()
    }

    /// The terms whose sum is differentiated, the penalty included.
    pub fn terms(&mut self) -> Vec<f64> {
        let output = self.forward_train(f64::NAN);
        let mut terms = self.objective.terms(&output);
        terms.push(self.subject.penalty());
        terms
    }

    /// The numeric derivative by one scalar of the point, and the step that it took.
    pub fn partial(&mut self, at: usize, base: &[f64], step: f64) -> (Numeric, f64) {
        // Far out, a step is as short as elsewhere, until the rounding of the number itself shows. A weight
        // moves the output the more, the larger its input is.
        let step = if at < self.inputs {
            step * self.point.get(at).map_or(1.0, |value| (value.abs() / 256.0).max(1.0))
        } else {
            step / self.scale * self.point.get(at).map_or(1.0, |value| value.abs().max(1.0))
        };
        (self.along(|index| if index == at { 1.0 } else { 0.0 }, base, step), step)
    }

    /// The step for all at once.
    pub fn shortest(&self, step: f64) -> f64 {
        step / self.scale
    }

    /// The numeric derivative along a direction.
    pub fn along(&mut self, direction: impl Fn(usize) -> f64, base: &[f64], step: f64) -> Numeric {
        let numeric = differentiate(base, step, |t| {
            let point = self.point.iter().enumerate().map(|(at, origin)| origin + t * direction(at));
            self.move_to(&point.collect::<Vec<f64>>());
            self.terms()
        });
        self.move_to(&self.point.clone());
        numeric
    }

    fn move_to(&mut self, point: &[f64]) {
        let (input, trained) = point.split_at_checked(self.inputs).unwrap_or_default();
        self.subject.set_input(input);
        set_trained(self.subject, trained);
    }
}

/// Gives a layer random parameters.
pub(super) fn randomise(subject: &mut dyn Subject, seed: u64, moves: &[f64]) {
    subject.init(seed ^ 3);
    let mut moves = moves.iter();
    map_trained(subject, |role, value| {
        let reach = if role == Role::Weight { 0.25 } else { 0.5 };
        value + reach * moves.next().unwrap_or(&0.0)
    });
    subject.prepare(seed ^ 4);
}

/// Names a scalar of a batch of tensors of these dimensions.
pub(super) fn place_in(name: &'static str, dimensions: &[usize]) -> impl Fn(usize) -> Place {
    let length = dimensions.iter().product::<usize>().max(1);
    move |flat| Place { index: index_of(flat % length, dimensions), sample: Some(flat / length), ..Place::named(name) }
}

/// Demands that two lists of numbers are equal up to a rounding.
pub(super) fn same(
    rounding: f64,
    contract: Contract,
    place: &dyn Fn(usize) -> Place,
    found: &[f64],
    expected: &[f64],
) -> Result<(), Failure> {
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = relative_error(*found, *expected, 1.0);
        if exceeds(error, rounding) {
            return Err(Failure { relative_error: error, ..Failure::numbers(contract, place(at), *found, *expected) });
        }
    }
    Ok(())
}

/// Demands that numbers are finite.
pub(super) fn finite(place: &dyn Fn(usize) -> Place, found: &[f64]) -> Result<(), Failure> {
    match found.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((at, value)) => Err(Failure::numbers(Contract::Finite, place(at), *value, f64::NAN)),
        None => Ok(()),
    }
}

/// Computes over NaN and over 7: where the NaN shows through, or the 7 makes a difference that a
/// second computation over 7 repeats, the buffer was not overwritten. Where a value is not finite
/// either way, it is the computation's own.
pub(super) fn overwrites(
    rounding: f64,
    contract: Contract,
    place: &dyn Fn(usize) -> Place,
    compute: &mut dyn FnMut(f64) -> Vec<f64>,
) -> Result<Vec<f64>, Failure> {
    let (first, second) = (compute(f64::NAN), compute(7.0));
    for (at, (first, second)) in first.iter().zip(&second).enumerate() {
        if !first.is_finite() && second.is_finite() {
            return Err(Failure::numbers(contract, place(at), *first, *second));
        }
    }
    finite(place, &first)?;
    let repeated = same(rounding, contract, place, &compute(7.0), &second).is_ok();
    if repeated {
        same(rounding, contract, place, &second, &first)?
    }
    Ok(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_name_sample_and_index() {
        let place = place_in("input", &[2, 3])(6 + 5);
        assert_eq!(std::format!("{place}"), "input[1, 2] of sample 1");
    }
}
