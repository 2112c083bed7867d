//! Everything that is checked of a layer at one point.

use std::vec::Vec;

use super::arrays::{gradient, places, set_gradient, trained, walked};
use super::bench::{Bench, finite, overwrites, place_in, same};
use super::difference::Numeric;
use super::draw::{Trouble, mixed};
use super::failure::{Contract, Failure, Hint, Place, exceeds, relative_error};
use super::settings::{Check, Report};
use crate::network::init::uniform;

/// A share of the tolerance: how much doubt about the numeric derivative is allowed.
const DOUBT: f64 = 0.1;

/// Checks the contracts, then the numbers. `earlier` is a larger batch, for the traces that it
/// leaves on the tape.
pub(super) fn examine(
    check: &Check,
    bench: &mut Bench<'_>,
    earlier: &[f64],
    report: &mut Report,
) -> Result<(), Trouble> {
    let named = |_| Place::named("parameter");
    let before = trained(bench.subject);
    finite(&named, &before)?;
    let analytic = backward_contracts(bench, earlier, &before)?;
    numbers(check, bench, &analytic, report)?;
    linear(bench)?;
    other_ways(check, bench)?;
    forward_contracts(check, bench)?;
    same(check.rounding, Contract::KeepsParameters, &named, &trained(bench.subject), &before)?;
    Ok(())
}

/// What holds for `forward_train` and `backward` beside being right. Gives the derivative by the
/// whole point.
fn backward_contracts(bench: &mut Bench<'_>, earlier: &[f64], before: &[f64]) -> Result<Vec<f64>, Failure> {
    let constants = bench.subject.constants();
    let output_place = place_in("output", &constants.output);
    let input_place = place_in("input", &constants.input);
    let parameters: Vec<Place> = places(&walked(bench.subject)).concat();
    let parameter_place = |at| parameters.get(at).cloned().unwrap_or_default();

    let output = overwrites(bench.rounding, Contract::OverwritesOutput, &output_place, &mut |prefill| {
        bench.subject.fresh_tape();
        bench.forward_train(prefill)
    })?;
    bench.subject.fresh_tape();
    same(bench.rounding, Contract::Deterministic, &output_place, &bench.forward_train(0.0), &output)?;
    bench.subject.used_tape(earlier, !bench.seed);
    same(bench.rounding, Contract::CleanTape, &output_place, &bench.forward_train(0.0), &output)?;

    let zeros = std::vec![0.0; before.len()];
    let mut gradient = Vec::new();
    bench.subject.fresh_tape();
    let input = overwrites(bench.rounding, Contract::OverwritesInputGradient, &input_place, &mut |prefill| {
        let run = bench.run(&zeros, Some(prefill));
        gradient = run.gradient;
        run.input_gradient.unwrap_or_default()
    })?;
    finite(&parameter_place, &gradient)?;
    finite(&|_| Place::named("penalty"), &[bench.subject.penalty()])?;

    let rng = &mut crate::network::seeded(bench.seed);
    let start: Vec<f64> = zeros.iter().map(|_| 2.0 * uniform(rng) - 1.0).collect();
    same(bench.rounding, Contract::AddsGradient, &parameter_place, &bench.run(&start, Some(1.0)).gradient, &gradient)?;
    let unasked = bench.run(&zeros, None);
    // `gradient` is that of a second run, which reused the tape of a first one.
    bench.subject.fresh_tape();
    let fresh = bench.run(&zeros, Some(0.0));
    bench.subject.used_tape(earlier, !bench.seed);
    for run in [fresh, bench.run(&zeros, Some(0.0))] {
        same(bench.rounding, Contract::CleanTape, &parameter_place, &run.gradient, &gradient)?;
        same(bench.rounding, Contract::CleanTape, &input_place, &run.input_gradient.unwrap_or_default(), &input)?;
    }
    same(bench.rounding, Contract::WithoutInputGradient, &parameter_place, &unasked.gradient, &gradient)?;
    same(bench.rounding, Contract::KeepsParameters, &parameter_place, &trained(bench.subject), before)?;
    Ok([input, gradient].concat())
}

/// What holds for inference, with statistics that a few batches have left.
fn forward_contracts(check: &Check, bench: &mut Bench<'_>) -> Result<(), Failure> {
    for _ in 0..3 {
        bench.subject.fresh_tape();
        bench.forward_train(0.0);
        bench.subject.update_statistics();
    }
    let constants = bench.subject.constants();
    let place = place_in("output", &constants.output);
    let input = bench.input();
    let batch = overwrites(bench.rounding, Contract::OverwritesOutput, &place, &mut |prefill| {
        bench.subject.forward(input, prefill)
    })?;
    let samples = input.chunks(constants.input.iter().product::<usize>().max(1));
    let alone: Vec<f64> = samples.flat_map(|sample| bench.subject.forward(sample, 0.0)).collect();
    same(bench.rounding, Contract::BatchInvariant, &place, &alone, &batch)?;
    if constants.statistics > 0 || bench.subject.drew() || check.differs_in_training {
        return Ok(());
    }
    bench.subject.fresh_tape();
    same(bench.rounding, Contract::TrainsAsItInfers, &place, &bench.forward_train(0.0), &batch)
}

/// `backward` is linear in the output gradient, so that one that holds at one size holds at all.
fn linear(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let place = everywhere(bench);
    bench.subject.fresh_tape();
    let output = bench.forward_train(0.0);
    let first = bench.objective.derivative(&output);
    // Of several sizes, exact zeros among them.
    let rng = &mut crate::network::seeded(bench.seed ^ 5);
    let second: Vec<f64> = first.iter().map(|_| mixed(rng) * (2.0 * uniform(rng) - 1.0)).collect();
    let (by_first, by_second) = (bench.pull(&first), bench.pull(&second));
    let rounding = bench.rounding;
    let agree = |found: Vec<f64>, expected: Vec<f64>, unit: f64| {
        let divided = |values: &[f64]| values.iter().map(|value| value / unit).collect::<Vec<f64>>();
        finite(&place, &found)?;
        same(rounding, Contract::Linear, &place, &divided(&found), &divided(&expected))
    };
    // What is rounded in a sum is rounded relative to its largest summand.
    let largest = |values: &[f64]| values.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
    for factor in [-1.0, 1e-3, 1e3, 0.0] {
        let scaled: Vec<f64> = first.iter().map(|g| factor * g).collect();
        let expected: Vec<f64> = by_first.iter().map(|g| factor * g).collect();
        let unit = if factor == 0.0 { 1.0 } else { factor.abs() * largest(&by_first) };
        agree(bench.pull(&scaled), expected, unit)?;
    }
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a + b).collect::<Vec<f64>>();
    let unit = largest(&by_first).max(largest(&by_second));
    agree(bench.pull(&sum(&first, &second)), sum(&by_first, &by_second), unit)
}

/// What must come to the same: a second backward pass, `backward_input`, a store without a heap.
fn other_ways(check: &Check, bench: &mut Bench<'_>) -> Result<(), Failure> {
    let place = everywhere(bench);
    let rounding = bench.rounding;
    bench.subject.fresh_tape();
    let output = bench.forward_train(0.0);
    let pull = bench.objective.derivative(&output);
    let once = bench.pull_again(&pull);
    if !check.tape_is_scratch {
        same(rounding, Contract::Repeats, &place, &bench.pull_again(&pull), &once)?;
    }
    let by_input = overwrites(rounding, Contract::OverwritesInputGradient, &place, &mut |prefill| {
        bench.forward_train(0.0);
        bench.subject.backward_input(&pull, prefill)
    })?;
    same(rounding, Contract::BackwardInput, &place, &by_input, &once)?;
    let zeros = std::vec![0.0; once.len()];
    set_gradient(bench.subject, &zeros);
    let Some([inline, input]) = bench.subject.on_inline(bench.seed, &pull) else { return Ok(()) };
    let constants = bench.subject.constants();
    same(rounding, Contract::Inline, &place_in("output", &constants.output), &inline, &output)?;
    let inline = [input, gradient(bench.subject)].concat();
    same(rounding, Contract::Inline, &place, &inline, &once)
}

/// The names of all inputs and trained scalars.
fn everywhere(bench: &mut Bench<'_>) -> impl Fn(usize) -> Place + use<> {
    let constants = bench.subject.constants();
    let inputs: Vec<Place> = (0..bench.inputs).map(place_in("input", &constants.input)).collect();
    let all = [inputs, places(&walked(bench.subject)).concat()].concat();
    move |at| all.get(at).cloned().unwrap_or_default()
}

/// Every element against its numeric derivative, then a random direction over all of them.
fn numbers(check: &Check, bench: &mut Bench<'_>, analytic: &[f64], report: &mut Report) -> Result<(), Trouble> {
    bench.subject.fresh_tape();
    let base = bench.terms();
    // Rounding moves a derivative by about 1e-16 of a term, divided by the step: a millionth of
    // a thousandth of the largest term is a hundred times that.
    let rounding = check.floor * base.iter().fold(f64::MIN_POSITIVE, |largest, term| largest.max(term.abs()));

    let constants = bench.subject.constants();
    let input_place = place_in("input", &constants.input);
    let mut groups = std::vec![(0..bench.inputs).map(input_place).collect::<Vec<Place>>()];
    groups.extend(places(&walked(bench.subject)));
    let mut left = analytic;
    let mut at = 0;
    let mut worst: Option<Failure> = None;
    let mut largest = 0.0_f64;
    for places in groups {
        let mut numeric = Vec::with_capacity(places.len());
        for _ in &places {
            numeric.push(bench.partial(at, &base, check.step));
            at += 1;
        }
        let (now, rest) = left.split_at_checked(places.len()).unwrap_or_default();
        left = rest;
        let (found, in_group) = compare(check, places, now, &numeric, rounding, report)?;
        largest = largest.max(in_group);
        if let Some(found) = found
            && worst.as_ref().is_none_or(|worst| exceeds(found.relative_error, worst.relative_error))
        {
            worst = Some(found);
        }
    }
    // Behind outputs so large, the rounding of a difference may hide a derivative altogether.
    if largest > 0.0 && check.tolerance * rounding > 0.1 * largest {
        return Err(Trouble::Rough);
    }
    match worst {
        Some(failure) => Err(failure.into()),
        None => along(check, bench, analytic, &base, rounding.max(1e-2 * largest), report),
    }
}

/// The derivatives of one array: the worst that is wrong, and the largest numeric one.
pub(super) fn compare(
    check: &Check,
    places: Vec<Place>,
    analytic: &[f64],
    numeric: &[(Numeric, f64)],
    rounding: f64,
    report: &mut Report,
) -> Result<(Option<Failure>, f64), Trouble> {
    let largest = numeric.iter().fold(0.0_f64, |largest, (n, _)| largest.max(n.value.abs()));
    let floor = rounding.max(1e-2 * largest);
    // The function's own values decide whether this point can be used, before any analytic
    // value is looked at.
    if numeric.iter().any(|(numeric, _)| doubtful(check, numeric, floor)) {
        return Err(Trouble::Rough);
    }
    let mut worst: Option<Failure> = None;
    let shape: Vec<usize> = places.last().map(|last| last.index.iter().map(|at| at + 1).collect()).unwrap_or_default();
    for ((place, analytic), (numeric, step)) in places.into_iter().zip(analytic).zip(numeric) {
        let error = relative_error(*analytic, numeric.value, floor);
        report.compared(error);
        if exceeds(error, check.tolerance) && worst.as_ref().is_none_or(|worst| exceeds(error, worst.relative_error)) {
            let failure = Failure::numbers(Contract::Gradient, place, *analytic, numeric.value);
            worst = Some(Failure { relative_error: error, step: *step, ..failure });
        }
    }
    if let Some(worst) = &mut worst {
        let numeric: Vec<f64> = numeric.iter().map(|(numeric, _)| numeric.value).collect();
        worst.hint = Hint::of(analytic, &numeric, &shape);
    }
    Ok((worst, largest))
}

/// Whether the function is not smooth enough to be judged.
fn doubtful(check: &Check, numeric: &Numeric, floor: f64) -> bool {
    exceeds(numeric.doubt, DOUBT * check.tolerance * numeric.value.abs().max(floor))
}

/// The derivative along a random direction.
fn along(
    check: &Check,
    bench: &mut Bench<'_>,
    analytic: &[f64],
    base: &[f64],
    floor: f64,
    report: &mut Report,
) -> Result<(), Trouble> {
    let rng = &mut crate::network::seeded(bench.seed ^ 1);
    let raw: Vec<f64> = analytic.iter().map(|_| 2.0 * uniform(rng) - 1.0).collect();
    let length = libm::sqrt(raw.iter().map(|d| d * d).sum()).max(f64::MIN_POSITIVE);
    let direction: Vec<f64> = raw.iter().map(|d| d / length).collect();
    let slope: f64 = analytic.iter().zip(&direction).map(|(g, d)| g * d).sum();
    let step = bench.shortest(check.step);
    let numeric = bench.along(|at| direction.get(at).copied().unwrap_or(0.0), base, step);
    if doubtful(check, &numeric, floor) {
        return Err(Trouble::Rough);
    }
    let error = relative_error(slope, numeric.value, floor);
    report.compared(error);
    if exceeds(error, check.tolerance) {
        let place = Place::named("all inputs and parameters");
        let failure = Failure::numbers(Contract::Direction, place, slope, numeric.value);
        return Err(Failure { relative_error: error, step, ..failure }.into());
    }
    Ok(())
}
