//! Everything that is checked of a layer at one point.

use std::string::String;
use std::vec::Vec;

use super::arrays::{place_of, trained, walked};
use super::bench::{Bench, Coordinate, Objective, finite, overwrites, place_in, same};
use super::draw::Trouble;
use super::failure::{Contract, Failure, Place, exceeds, relative_error};
use super::settings::{Check, Report};
use crate::init::uniform;
use crate::layer::Layer;
use crate::tensor::Tensor;

/// A share of the tolerance: how much doubt about the numeric derivative is allowed.
pub(super) const DOUBT: f64 = 0.1;

/// Checks the contracts, then the numbers.
pub(super) fn examine<L, X>(
    check: &Check,
    bench: &mut Bench<L, X>,
    objective: &impl Objective<L::Output>,
    report: &mut Report,
) -> Result<(), Trouble>
where
    L: Layer<X, Output: Tensor<Scalar = f64>>,
    X: Tensor<Scalar = f64>,
{
    let before = trained(&mut *bench.layer);
    finite(named("parameter"), &before)?;
    let analytic = backward_contracts(bench, objective, before.len())?;
    numbers(check, bench, objective, &analytic, report)?;
    forward_contracts(bench)?;
    let after = trained(&mut *bench.layer);
    same(Contract::KeepsParameters, named("parameter"), &after, &before)?;
    Ok(())
}

/// The derivatives by all inputs and by all trained scalars.
struct Analytic {
    input: Vec<f64>,
    trained: Vec<f64>,
}

/// What holds for `forward_train` and `backward` beside being right.
fn backward_contracts<L, X>(
    bench: &mut Bench<L, X>,
    objective: &impl Objective<L::Output>,
    count: usize,
) -> Result<Analytic, Failure>
where
    L: Layer<X, Output: Tensor<Scalar = f64>>,
    X: Tensor<Scalar = f64>,
{
    let output_place = place_in::<L::Output>;
    let input_place = place_in::<X>;
    let at = |flat| output_place("output", flat);
    let first = overwrites(Contract::OverwritesOutput, at, |prefill| {
        L::Output::flat(&bench.forward_train(&mut bench.clean_tape(), prefill)).to_vec()
    })?;
    let again = bench.forward_train(&mut bench.clean_tape(), 0.0);
    same(Contract::Deterministic, at, L::Output::flat(&again), &first)?;
    let mut used = bench.used_tape();
    let output = bench.forward_train(&mut used, 0.0);
    same(Contract::CleanTape, at, L::Output::flat(&output), &first)?;

    let before = trained(&mut *bench.layer);
    let zeros = std::vec![0.0; count];
    let mut clean = bench.clean_tape();
    let mut gradient = Vec::new();
    let at = |flat| input_place("input", flat);
    let input = overwrites(Contract::OverwritesInputGradient, at, |prefill| {
        let run = bench.run(&mut clean, objective, &zeros, Some(prefill));
        gradient = run.gradient;
        run.input_gradient.unwrap_or_default()
    })?;
    let arrays = walked(&mut *bench.layer);
    let by = |number| place_of(&arrays, number);
    finite(by, &gradient)?;
    finite(named("penalty"), &[bench.layer.penalty()])?;

    let rng = &mut crate::seeded(bench.seed);
    let start: Vec<f64> = zeros.iter().map(|_| 2.0 * uniform(rng) - 1.0).collect();
    let added = bench.run(&mut clean, objective, &start, Some(1.0));
    same(Contract::AddsGradient, by, &added.gradient, &gradient)?;
    // `gradient` is that of the second run, which reused the tape of a first one.
    let fresh = bench.run(&mut bench.clean_tape(), objective, &zeros, Some(0.0));
    for run in [&fresh, &bench.run(&mut used, objective, &zeros, Some(0.0))] {
        same(Contract::CleanTape, by, &run.gradient, &gradient)?;
        same(Contract::CleanTape, at, run.input_gradient.as_deref().unwrap_or_default(), &input)?;
    }
    let unasked = bench.run(&mut clean, objective, &zeros, None);
    same(Contract::WithoutInputGradient, by, &unasked.gradient, &gradient)?;
    same(Contract::KeepsParameters, by, &trained(&mut *bench.layer), &before)?;
    Ok(Analytic { input, trained: gradient })
}

/// What holds for inference, with statistics that a few batches have left.
fn forward_contracts<L, X>(bench: &mut Bench<L, X>) -> Result<(), Failure>
where
    L: Layer<X, Output: Tensor<Scalar = f64>>,
    X: Tensor<Scalar = f64>,
{
    for _ in 0..3 {
        let mut tape = bench.clean_tape();
        bench.forward_train(&mut tape, 0.0);
        bench.layer.update_statistics(&tape);
    }
    let at = |flat| place_in::<L::Output>("output", flat);
    let inference = |input: &[X], prefill: f64| {
        let mut output = super::bench::filled::<L::Output>(input.len(), prefill);
        bench.layer.forward(input, &mut output);
        L::Output::flat(&output).to_vec()
    };
    let batch = overwrites(Contract::OverwritesOutput, at, |prefill| inference(&bench.input, prefill))?;
    let alone: Vec<f64> = bench.input.chunks(1).flat_map(|sample| inference(sample, 0.0)).collect();
    same(Contract::BatchInvariant, at, &alone, &batch)
}

/// One scalar to differentiate by.
struct Variable {
    coordinate: Coordinate,
    value: f64,
    analytic: f64,
    place: Place,
}

/// Every element against its numeric derivative, then a random direction over all of them.
fn numbers<L, X>(
    check: &Check,
    bench: &mut Bench<L, X>,
    objective: &impl Objective<L::Output>,
    analytic: &Analytic,
    report: &mut Report,
) -> Result<(), Trouble>
where
    L: Layer<X, Output: Tensor<Scalar = f64>>,
    X: Tensor<Scalar = f64>,
{
    let base = bench.terms(objective);
    // Rounding moves a derivative by about 1e-16 of a term, divided by the step: a millionth of
    // a thousandth of the largest term is a hundred times that.
    let rounding = 1e-3 * base.iter().fold(f64::MIN_POSITIVE, |largest, term| largest.max(term.abs()));

    let mut groups = std::vec![inputs(bench, analytic)];
    groups.extend(parameters(bench, analytic));
    let mut worst: Option<Failure> = None;
    let mut largest = 0.0_f64;
    for group in groups {
        let mut numeric = Vec::with_capacity(group.len());
        for variable in &group {
            numeric.push(bench.partial(variable.coordinate, variable.value, objective, &base, check.step));
        }
        let in_group = numeric.iter().fold(0.0_f64, |largest, n| largest.max(n.value.abs()));
        largest = largest.max(in_group);
        let floor = rounding.max(1e-2 * in_group);
        // The function's own values decide whether this point can be used, before any analytic
        // value is looked at.
        if numeric.iter().any(|n| exceeds(n.doubt, DOUBT * check.tolerance * n.value.abs().max(floor))) {
            return Err(Trouble::Rough);
        }
        for (Variable { value, analytic, place, .. }, numeric) in group.into_iter().zip(numeric) {
            let error = relative_error(analytic, numeric.value, floor);
            report.derivatives += 1;
            report.largest_error = report.largest_error.max(error);
            let worse = worst.as_ref().is_none_or(|worst| error > worst.relative_error || error.is_nan());
            if exceeds(error, check.tolerance) && worse {
                let failure = Failure::numbers(Contract::Gradient, place, analytic, numeric.value);
                let step = check.step * value.abs().max(1.0);
                worst = Some(Failure { relative_error: error, step, ..failure });
            }
        }
    }
    match worst {
        Some(failure) => Err(failure.into()),
        None => along(check, bench, objective, analytic, &base, rounding.max(1e-2 * largest), report),
    }
}

/// The derivative along a random direction.
fn along<L, X>(
    check: &Check,
    bench: &mut Bench<L, X>,
    objective: &impl Objective<L::Output>,
    analytic: &Analytic,
    base: &[f64],
    floor: f64,
    report: &mut Report,
) -> Result<(), Trouble>
where
    L: Layer<X, Output: Tensor<Scalar = f64>>,
    X: Tensor<Scalar = f64>,
{
    let rng = &mut crate::seeded(bench.seed ^ 1);
    let gradient = || analytic.input.iter().chain(&analytic.trained);
    let raw: Vec<f64> = gradient().map(|_| 2.0 * uniform(rng) - 1.0).collect();
    let length = libm::sqrt(raw.iter().map(|d| d * d).sum());
    let direction: Vec<f64> = raw.iter().map(|d| d / length.max(f64::MIN_POSITIVE)).collect();
    let slope: f64 = gradient().zip(&direction).map(|(g, d)| g * d).sum();
    let numeric = bench.directional(&direction, objective, base, check.step);
    if exceeds(numeric.doubt, DOUBT * check.tolerance * numeric.value.abs().max(floor)) {
        return Err(Trouble::Rough);
    }
    let error = relative_error(slope, numeric.value, floor);
    report.derivatives += 1;
    report.largest_error = report.largest_error.max(error);
    if exceeds(error, check.tolerance) {
        let place = named("all inputs and parameters")(0);
        let failure = Failure::numbers(Contract::Direction, place, slope, numeric.value);
        return Err(Failure { relative_error: error, step: check.step, ..failure }.into());
    }
    Ok(())
}

/// The inputs, as one group.
fn inputs<L, X>(bench: &Bench<L, X>, analytic: &Analytic) -> Vec<Variable>
where
    L: Layer<X, Output: Tensor<Scalar = f64>>,
    X: Tensor<Scalar = f64>,
{
    let points = X::flat(&bench.input).iter().zip(&analytic.input).enumerate();
    let variable = |(at, (value, analytic)): (usize, (&f64, &f64))| Variable {
        coordinate: Coordinate::Input(at),
        value: *value,
        analytic: *analytic,
        place: place_in::<X>("input", at),
    };
    points.map(variable).collect()
}

/// The trained scalars, a group for each array.
fn parameters<L, X>(bench: &mut Bench<L, X>, analytic: &Analytic) -> Vec<Vec<Variable>>
where
    L: Layer<X, Output: Tensor<Scalar = f64>>,
    X: Tensor<Scalar = f64>,
{
    let arrays = walked(&mut *bench.layer);
    let mut derivatives = analytic.trained.iter().enumerate();
    let trained = arrays.iter().filter(|array| array.tree.is_some());
    let variable = |(value, (at, analytic)): (&f64, (usize, &f64))| Variable {
        coordinate: Coordinate::Trained(at),
        value: *value,
        analytic: *analytic,
        place: place_of(&arrays, at),
    };
    trained.map(|array| array.values.iter().zip(&mut derivatives).map(variable).collect()).collect()
}

/// A place that has only a name and a number.
fn named(name: &'static str) -> impl Fn(usize) -> Place {
    move |_| Place { name: String::from(name), ..Place::default() }
}
