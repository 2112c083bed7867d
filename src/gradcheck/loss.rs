//! The check of a loss.

use core::fmt;
use std::string::ToString;
use std::vec::Vec;

use proptest::strategy::Strategy;

use super::bench::{finite, overwrites, place_in, same};
use super::difference::differentiate;
use super::draw::{Trouble, run};
use super::examine::compare;
use super::failure::{Contract, Failure, Place};
use super::settings::{Check, Report};
use super::subject::{dimensions, filled, numbers, samples};
use crate::losses::Loss;
use crate::network::{Sample, Scalar, Tensor};

/// Proves the gradient of a loss of outputs `Y`, with targets from a strategy: a range for a class
/// index, [`tensors`](super::tensors), [`one_hot`](super::one_hot), or any other of proptest's.
///
/// [`Check::values`] says where the outputs lie: between 0 and 1 for a loss on probabilities.
///
/// Checked is that `sample` overwrites its gradient, that the gradient is the derivative, element
/// by element, that the value is the same without a gradient, that `mean` is the mean of `sample` over
/// batches of several sizes, its gradient included, and that an output that is not finite gives a loss
/// that is not.
///
/// # Errors
///
/// The first [`Failure`] found, shrunk to the smallest batch that shows it.
///
/// ```
/// use typenet::gradcheck::{Check, check_loss, tensors};
/// use typenet::prelude::*;
///
/// let check = Check::default().values(-3.0..3.0);
/// check_loss::<MeanSquaredError, [f64; 4], _>(&check, &MeanSquaredError, tensors(-3.0..3.0))?;
/// # Ok::<(), typenet::gradcheck::Failure>(())
/// ```
pub fn check_loss<L, Y, Target>(
    check: &Check,
    loss: &L,
    targets: impl Strategy<Value = Target>,
) -> Result<Report, Failure>
where
    L: Loss<Y, Target>,
    Y: Tensor,
    Target: Sample + fmt::Debug,
{
    let dimensions = dimensions::<Y>();
    let check = &check.fitted(Y::Scalar::EPSILON.to_f64());
    run(check, Y::LEN, 0, targets, &mut |point, targets, report| {
        accepts(loss, targets)?;
        let outputs = samples::<Y>(&point.input);
        let mut value = 0.0;
        let mut gradient = Vec::new();
        let scale = 1.0 / targets.len() as f64;
        for (number, (output, target)) in point.input.chunks(Y::LEN.max(1)).zip(targets).enumerate() {
            let place = |flat| Place { sample: Some(number), ..place_in("output", &dimensions)(flat) };
            let sample = sample(check, &place, output, report, &mut |output, prefill| {
                let output = &samples::<Y>(output).first().copied().unwrap_or(Y::ZERO);
                let Some(prefill) = prefill else { return (loss.sample(output, target, None).to_f64(), Vec::new()) };
                let mut gradient = filled::<Y>(1, prefill);
                let value = loss.sample(output, target, gradient.first_mut());
                (value.to_f64(), numbers(Y::flat(&gradient)))
            })?;
            value += sample.0 * scale;
            gradient.extend(sample.1.iter().map(|gradient| gradient * scale));
        }
        let place = place_in("output", &dimensions);
        mean(check.rounding, &place, value, &gradient, &mut |prefill| {
            let Some(prefill) = prefill else { return (loss.mean(&outputs, targets, None).to_f64(), Vec::new()) };
            let mut gradient = filled::<Y>(outputs.len(), prefill);
            let value = loss.mean(&outputs, targets, Some(&mut gradient));
            (value.to_f64(), numbers(Y::flat(&gradient)))
        })?;
        Ok(())
    })
}

/// Refuses targets that the loss refuses.
pub(super) fn accepts<Y: Tensor, Target: Sample>(
    loss: &impl Loss<Y, Target>,
    targets: &[Target],
) -> Result<(), Failure> {
    let mut checks = targets.iter().map(|target| loss.check(target));
    checks.try_for_each(|check| check.map_err(|error| Failure::plain(Contract::Settings, error.to_string())))
}

/// The value at an output, and the derivative written over a prefill if there is one.
type Value<'a> = dyn FnMut(&[f64], Option<f64>) -> (f64, Vec<f64>) + 'a;

/// The value and the gradient of one sample, once they are proven. `loss` takes the output and what
/// the gradient starts from, if it is wanted.
fn sample(
    check: &Check,
    place: &dyn Fn(usize) -> Place,
    output: &[f64],
    report: &mut Report,
    loss: &mut Value<'_>,
) -> Result<(f64, Vec<f64>), Trouble> {
    let whole = |_| Place { index: Vec::new(), name: "loss".into(), ..place(0) };
    let mut value = f64::NAN;
    let gradient = overwrites(check.rounding, Contract::OverwritesInputGradient, place, &mut |prefill| {
        let (found, gradient) = loss(output, Some(prefill));
        value = found;
        gradient
    })?;
    finite(&whole, &[value])?;
    same(check.rounding, Contract::Loss, &whole, &[loss(output, None).0], &[value])?;

    let mut moved = output.to_vec();
    for (at, origin) in output.iter().enumerate() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            moved.iter_mut().skip(at).take(1).for_each(|scalar| *scalar = bad);
            let value = loss(&moved, None).0;
            if value.is_finite() {
                return Err(Failure::numbers(Contract::Hides, place(at), value, bad).into());
            }
        }
        moved.iter_mut().skip(at).take(1).for_each(|scalar| *scalar = *origin);
    }
    let mut numeric = Vec::with_capacity(output.len());
    for (at, origin) in output.iter().enumerate() {
        let step = check.step * origin.abs().max(1.0);
        let derivative = differentiate(&[value], step, |t| {
            moved.iter_mut().skip(at).take(1).for_each(|scalar| *scalar = origin + t);
            [loss(&moved, None).0].into()
        });
        moved.iter_mut().skip(at).take(1).for_each(|scalar| *scalar = *origin);
        numeric.push((derivative, step));
    }
    let rounding = (check.floor * value.abs()).max(f64::MIN_POSITIVE);
    let places = (0..output.len()).map(place).collect();
    match compare(check, places, &gradient, &numeric, rounding, report)? {
        (Some(worst), _) => Err(worst.into()),
        (None, _) => Ok((value, gradient)),
    }
}

/// The mean over a batch against the mean of its samples. `loss` takes what the gradient starts from.
fn mean(
    rounding: f64,
    place: &dyn Fn(usize) -> Place,
    value: f64,
    gradient: &[f64],
    loss: &mut dyn FnMut(Option<f64>) -> (f64, Vec<f64>),
) -> Result<(), Failure> {
    let whole = |_| Place::named("the mean of the batch");
    let mut with = f64::NAN;
    let found = overwrites(rounding, Contract::OverwritesInputGradient, place, &mut |prefill| {
        let (value, gradient) = loss(Some(prefill));
        with = value;
        gradient
    })?;
    same(rounding, Contract::Loss, &whole, &[loss(None).0, with], &[value, value])?;
    same(rounding, Contract::Loss, place, &found, gradient)
}
