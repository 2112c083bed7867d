//! Random points, from proptest, and targets.

use core::cell::{Cell, RefCell};
use core::fmt::Debug;
use std::format;
use std::string::ToString;
use std::vec::Vec;

use proptest::collection::vec;
use proptest::num::u64::ANY;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use rand::Rng;

use super::failure::{Contract, Failure};
use super::settings::{Check, Report};
use crate::network::init::uniform;
use crate::network::{Scalar, Tensor};

/// Samples beside those of the batch, for the earlier batch that leaves its traces on the tape.
const MORE: usize = 3;

/// A random point.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// Scalars of the batch's inputs.
    pub input: Vec<f64>,
    /// Those of a larger batch, to leave its traces on the tape.
    pub earlier: Vec<f64>,
    /// In `[-1, 1]`, one for each trained scalar.
    pub moves: Vec<f64>,
    /// Everything else that is random.
    pub seed: u64,
    /// How large the inputs are beside the usual ones.
    pub scale: f64,
    /// How large the output gradients are.
    pub pull: Pull,
}

/// How large output gradients are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pull {
    /// All of one size.
    Scaled(f64),
    /// A hundredth, one and a hundred of it, and exact zeros.
    Mixed,
}

/// How often a point of an unusual scale is drawn anew before the usual one is taken.
const TRIES: u32 = 6;

/// How large the inputs of a case are, beside the usual ones; 0 where several sizes and exact zeros are mixed.
fn input_scale(case: u32) -> f64 {
    match case % 8 {
        3 => 0.01,
        4 => 10.0,
        5 => 100.0,
        6 => 0.0,
        _ => 1.0,
    }
}

/// How large the output gradients of a case are.
fn pull(case: u32) -> Pull {
    match case % 4 {
        1 => Pull::Scaled(0.01),
        2 => Pull::Mixed,
        3 => Pull::Scaled(100.0),
        _ => Pull::Scaled(1.0),
    }
}

/// One of several sizes, exact zero among them.
pub(super) fn mixed(rng: &mut impl Rng) -> f64 {
    let sizes = [0.0, 0.01, 1.0, 1.0, 100.0];
    sizes.get((uniform(rng) * 5.0) as usize).copied().unwrap_or(1.0)
}

/// Why a case did not pass.
pub(super) enum Trouble {
    /// The function is not smooth here: draw another point.
    Rough,
    /// A contract is broken.
    Broken(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Broken(failure)
    }
}

/// What is done at each point.
pub(super) type Test<'a, Target> = dyn FnMut(&Point, &[Target], &mut Report) -> Result<(), Trouble> + 'a;

/// Runs a test on as many random cases as the settings say. A failing case is shrunk to the
/// smallest batch that fails in the same way.
pub(super) fn run<Targets: Strategy<Value: Clone>>(
    check: &Check,
    sample_scalars: usize,
    parameters: usize,
    targets: Targets,
    test: &mut Test<'_, Targets::Value>,
) -> Result<Report, Failure> {
    check.validate()?;
    let config = Config {
        cases: check.cases,
        max_global_rejects: check.rejects,
        max_shrink_iters: 100,
        failure_persistence: None,
        ..Config::default()
    };
    let mut seed = [0; 32];
    for (byte, value) in seed.iter_mut().zip(check.seed.to_le_bytes()) {
        *byte = value;
    }
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let largest = *check.samples.end();
    // The samples come first: only they are shrunk.
    let strategy = (
        check.samples.clone(),
        vec(check.values.clone(), (largest + MORE) * sample_scalars).no_shrink(),
        vec(-1.0..1.0, parameters).no_shrink(),
        vec(targets, largest).no_shrink(),
        ANY.no_shrink(),
    );

    let test = RefCell::new(test);
    let found: RefCell<Option<Failure>> = RefCell::new(None);
    let report = Cell::new(Report::default());
    let tries = Cell::new(0);
    let result = runner.run(&strategy, |(samples, inputs, moves, targets, seed)| {
        let case = report.get().cases;
        // Differences in single precision see nothing far out.
        let largest = if check.rounding > 1e-6 { 1.0 } else { f64::INFINITY };
        let usual = !check.scales || tries.get() >= TRIES;
        let scale = if usual { 1.0 } else { input_scale(case).min(largest) };
        let rng = &mut crate::network::seeded(seed ^ 7);
        let scaled = |value: f64| value * if scale == 0.0 { mixed(rng).min(largest) } else { scale };
        let inputs: Vec<f64> = inputs.into_iter().map(scaled).map(|value| check.away(value)).collect();
        let point = Point {
            input: inputs.iter().take(samples * sample_scalars).copied().collect(),
            earlier: inputs.chunks(sample_scalars.max(1)).rev().flatten().copied().collect(),
            moves,
            seed,
            scale: if scale == 0.0 { 100.0_f64.min(largest) } else { scale },
            pull: if check.scales { pull(case) } else { Pull::Scaled(1.0) },
        };
        let targets = targets.get(..samples).unwrap_or(&targets);
        let mut now = report.get();
        let mut test = test.borrow_mut();
        match test(&point, targets, &mut now) {
            Ok(()) => {
                report.set(Report { cases: now.cases + 1, ..now });
                tries.set(0);
                Ok(())
            }
            Err(Trouble::Rough) => {
                report.set(Report { rejected: now.rejected + 1, ..report.get() });
                tries.set(tries.get() + 1);
                Err(TestCaseError::reject("the function is not smooth within the step"))
            }
            Err(Trouble::Broken(failure)) => {
                let failure = Failure { samples, ..failure };
                let mut found = found.borrow_mut();
                if found.as_ref().is_some_and(|first| first.contract != failure.contract) {
                    // Another failure than the one that is being shrunk.
                    return Ok(());
                }
                let reason = failure.to_string();
                *found = Some(failure);
                Err(TestCaseError::fail(reason))
            }
        }
    });
    match (result, found.into_inner()) {
        (Ok(()), _) => Ok(report.get()),
        (Err(TestError::Fail(..)), Some(failure)) => Err(failure),
        (Err(TestError::Fail(reason, _)), None) => Err(Failure::plain(Contract::NoPanic, reason.to_string())),
        (Err(TestError::Abort(_)), _) => {
            let report = report.get();
            let text = format!("{} points were rejected, {} were checked", report.rejected, report.cases);
            Err(Failure::plain(Contract::Smooth, text))
        }
    }
}

/// Draws tensors with every scalar in a range, as targets.
///
/// ```
/// use typenet::gradcheck::{Check, check_loss, tensors};
/// use typenet::prelude::*;
///
/// let report = check_loss::<MeanSquaredError, [f64; 3], _>(&Check::default(), &MeanSquaredError, tensors(-1.0..1.0))?;
/// assert!(report.largest_error < 1e-6);
/// # Ok::<(), typenet::gradcheck::Failure>(())
/// ```
pub fn tensors<Y: Tensor>(values: core::ops::Range<f64>) -> impl Strategy<Value = Y> + Clone {
    vec(values, Y::LEN).prop_map(|values| fill(values.into_iter()))
}

/// Draws tensors of zeros and ones, as targets of binary classification.
///
/// ```
/// use typenet::gradcheck::{Check, check_loss, zeros_and_ones};
/// use typenet::prelude::*;
///
/// check_loss::<BinaryCrossEntropyLogits, [f64; 2], _>(&Check::default(), &BinaryCrossEntropyLogits, zeros_and_ones())?;
/// # Ok::<(), typenet::gradcheck::Failure>(())
/// ```
pub fn zeros_and_ones<Y: Tensor>() -> impl Strategy<Value = Y> + Clone {
    vec(0..2_u8, Y::LEN).prop_map(|values| fill(values.into_iter().map(f64::from)))
}

/// Draws tensors with a single 1 in the innermost dimension and zeros beside it, as targets of
/// classification.
///
/// ```
/// use typenet::gradcheck::{Check, check_loss, one_hot};
/// use typenet::prelude::*;
///
/// let loss = CategoricalCrossEntropyLogits;
/// check_loss::<CategoricalCrossEntropyLogits, [f64; 3], _>(&Check::default(), &loss, one_hot())?;
/// # Ok::<(), typenet::gradcheck::Failure>(())
/// ```
pub fn one_hot<Y: Tensor>() -> impl Strategy<Value = Y> + Clone {
    let classes = Y::INNER.max(1);
    vec(0..classes, Y::LEN / classes).prop_map(move |chosen| {
        let row = |one: usize| (0..classes).map(move |class| if class == one { 1.0 } else { 0.0 });
        fill(chosen.into_iter().flat_map(row))
    })
}

fn fill<Y: Tensor>(values: impl Iterator<Item = f64>) -> Y {
    let mut tensor = Y::ZERO;
    for (place, value) in Y::flat_mut(core::slice::from_mut(&mut tensor)).iter_mut().zip(values) {
        *place = Scalar::from_f64(value);
    }
    tensor
}
