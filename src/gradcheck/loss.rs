//! The check of a loss.

use core::fmt;
use std::string::ToString;
use std::vec::Vec;

use proptest::strategy::Strategy;

use super::bench::{finite, overwrites, place_in, same};
use super::difference::differentiate;
use super::draw::{Case, Trouble, run};
use super::failure::{Contract, Failure, Place, exceeds, relative_error};
use super::settings::{Check, Report};
use crate::losses::Loss;
use crate::tensor::{Sample, Tensor};

/// Proves the gradient of a loss of outputs `Y`, with targets from a strategy: a range for a class
/// index, [`tensors`](super::tensors), [`one_hot`](super::one_hot), or any other of proptest's.
///
/// [`Check::values`] says where the outputs lie: between 0 and 1 for a loss on probabilities.
///
/// Checked is that `sample` overwrites its gradient, that the gradient is the derivative, element
/// by element, that the value is the same without a gradient, and that `mean` is the mean of
/// `sample` over batches of several sizes, its gradient included.
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
    Y: Tensor<Scalar = f64>,
    Target: Sample + fmt::Debug,
{
    check.validate()?;
    run(check, Y::LEN, 0, targets, |case: &Case<Target>, report| {
        let (outputs, _) = case.batches::<Y>(check);
        accepts(loss, &case.targets)?;
        let mut values = Vec::new();
        let mut gradients = Vec::new();
        for (at, (output, target)) in outputs.iter().zip(&case.targets).enumerate() {
            let (value, gradient) = sample(check, loss, *output, target, report).map_err(|trouble| match trouble {
                Trouble::Broken(mut failure) => {
                    failure.place.sample = Some(at);
                    Trouble::Broken(failure)
                }
                Trouble::Rough => Trouble::Rough,
            })?;
            values.push(value);
            gradients.extend(gradient);
        }
        let scale = 1.0 / values.len() as f64;
        gradients.iter_mut().for_each(|gradient| *gradient *= scale);
        mean(loss, &outputs, &case.targets, values.iter().sum::<f64>() * scale, &gradients)?;
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

/// The value and the gradient of one sample, once they are proven.
fn sample<Y: Tensor<Scalar = f64>, Target: Sample>(
    check: &Check,
    loss: &impl Loss<Y, Target>,
    output: Y,
    target: &Target,
    report: &mut Report,
) -> Result<(f64, Vec<f64>), Trouble> {
    let at = |flat| place_in::<Y>("output", flat);
    let alone = |_| Place { name: "loss".into(), ..Place::default() };
    let mut value = f64::NAN;
    let gradient = overwrites(Contract::OverwritesInputGradient, at, |prefill| {
        let mut gradient = super::bench::filled::<Y>(1, prefill);
        value = loss.sample(&output, target, gradient.first_mut());
        Y::flat(&gradient).to_vec()
    })?;
    finite(alone, &[value])?;
    same(Contract::Loss, alone, &[loss.sample(&output, target, None)], &[value])?;

    let mut numeric = Vec::with_capacity(Y::LEN);
    let mut steps = Vec::with_capacity(Y::LEN);
    for (at, origin) in Y::flat(&[output]).iter().enumerate() {
        let step = check.step * origin.abs().max(1.0);
        steps.push(step);
        numeric.push(differentiate(&[value], step, |t| {
            let mut moved = output;
            let scalars = Y::flat_mut(core::slice::from_mut(&mut moved)).iter_mut();
            scalars.skip(at).take(1).for_each(|scalar| *scalar += t);
            [loss.sample(&moved, target, None)].into()
        }));
    }
    let largest = numeric.iter().fold(0.0_f64, |largest, n| largest.max(n.value.abs()));
    let floor = (1e-2 * largest).max(1e-3 * value.abs()).max(f64::MIN_POSITIVE);
    if numeric.iter().any(|n| exceeds(n.doubt, super::examine::DOUBT * check.tolerance * n.value.abs().max(floor))) {
        return Err(Trouble::Rough);
    }
    for (flat, ((analytic, numeric), step)) in gradient.iter().zip(numeric).zip(steps).enumerate() {
        let error = relative_error(*analytic, numeric.value, floor);
        report.derivatives += 1;
        report.largest_error = report.largest_error.max(error);
        if exceeds(error, check.tolerance) {
            let failure = Failure::numbers(Contract::Gradient, at(flat), *analytic, numeric.value);
            return Err(Failure { relative_error: error, step, ..failure }.into());
        }
    }
    Ok((value, gradient))
}

/// The mean over a batch against the mean of its samples.
fn mean<Y: Tensor<Scalar = f64>, Target: Sample>(
    loss: &impl Loss<Y, Target>,
    outputs: &[Y],
    targets: &[Target],
    value: f64,
    gradient: &[f64],
) -> Result<(), Failure> {
    let place = |_| Place { name: "the mean of the batch".into(), ..Place::default() };
    let at = |flat| place_in::<Y>("output", flat);
    let mut with = f64::NAN;
    let found = overwrites(Contract::OverwritesInputGradient, at, |prefill| {
        let mut gradients = super::bench::filled::<Y>(outputs.len(), prefill);
        with = loss.mean(outputs, targets, Some(&mut gradients));
        Y::flat(&gradients).to_vec()
    })?;
    same(Contract::Loss, place, &[loss.mean(outputs, targets, None), with], &[value, value])?;
    same(Contract::Loss, at, &found, gradient)
}
