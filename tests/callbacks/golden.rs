//! Early stopping and the plateau against Keras (tests/golden/callbacks.py).

use serde_json::Value;
use typenet::prelude::*;

type Line = Dense<1, 1>;

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/callbacks.json")).unwrap()
}

/// The values of a sequence, or its mirror image where large values are better.
fn values(golden: &Value, name: &Value, large: bool) -> Vec<f64> {
    let values = golden["sequences"][name.as_str().unwrap()].as_array().unwrap().iter();
    values.map(|value| value.as_f64().unwrap()).map(|value| if large { 2.0 - value } else { value }).collect()
}

fn column(large: bool) -> &'static str {
    if large { "val_accuracy" } else { "val_loss" }
}

/// What a run left: the epoch that it ended after, the epoch whose weights the network has, and each
/// change of the rate.
#[derive(Debug, PartialEq)]
struct Run {
    stopped: Option<usize>,
    weights: usize,
    changes: Vec<(usize, f64)>,
}

/// Runs a callback over a sequence. The weight of the network is the number of the last epoch. With
/// `interrupt`, the callback is thrown away there, and another one goes on from what it saved.
fn run<C: Callback<Line>>(make: impl Fn() -> C, large: bool, values: &[f64], interrupt: Option<usize>) -> Run {
    let mut history = History::new(["loss", "accuracy"]);
    let columns = history.columns(true);
    let plan = Plan { epochs: values.len(), completed: 0, batches: 1, columns: &columns, rate_can_change: true };
    let mut callback = make();
    callback.start(&plan).unwrap();
    let mut network = Line::ZERO;
    let mut rate = 0.5;
    let mut left = Run { stopped: None, weights: 0, changes: Vec::new() };
    for (index, value) in values.iter().enumerate() {
        network.weight[0] = (index + 1) as f32;
        let other = f64::NAN;
        let validation = if large { [other, *value] } else { [*value, other] };
        history.push(vec![other; 2], Some(validation.to_vec()));
        let mut end = EpochEnd {
            network: &mut network,
            history: &history,
            epochs: values.len(),
            learning_rate: rate,
            next_learning_rate: rate,
            stop: false,
            diagnostics: None,
            report: &mut (),
        };
        callback.epoch(&mut end).unwrap();
        let (next, stop) = (end.next_learning_rate, end.stop);
        if next != rate {
            left.changes.push((index + 1, next));
            rate = next;
        }
        if stop {
            left.stopped = Some(index + 1);
            break;
        }
        if interrupt == Some(index) {
            let mut state = CallbackState::default();
            callback.save(&mut state);
            callback = make();
            callback.start(&Plan { completed: index + 1, ..plan }).unwrap();
            callback.restore(&state).unwrap();
        }
    }
    callback.end(&mut network, &mut ()).unwrap();
    left.weights = network.weight[0] as usize;
    left
}

/// Runs a callback as a whole and, which must change nothing, interrupted after each epoch.
#[track_caller]
fn check<C: Callback<Line>>(make: impl Fn() -> C, case: &[Value], values: &[f64], expected: Run) {
    let large = case[1].as_bool().unwrap();
    for interrupt in (0..values.len()).map(Some).chain([None]) {
        assert_eq!(run(&make, large, values, interrupt), expected, "{case:?} {interrupt:?}");
    }
}

#[test]
fn early_stopping_is_that_of_keras() {
    let golden = golden();
    let mut count = 0;
    for case in golden["early"].as_array().unwrap() {
        let case = case.as_array().unwrap();
        let [name, large, min_delta, patience, baseline, restore, start, stopped, weights] = &case[..] else {
            unreachable!("{case:?}")
        };
        let large = large.as_bool().unwrap();
        let make = || {
            let early = EarlyStopping::new(column(large))
                .min_delta(min_delta.as_f64().unwrap())
                .patience(patience.as_u64().unwrap() as usize)
                .start_from_epoch(start.as_u64().unwrap() as usize);
            let early = match baseline.as_f64() {
                Some(baseline) => early.baseline(baseline),
                None => early,
            };
            if restore.as_bool().unwrap() { early.restore_best() } else { early }
        };
        let expected = Run {
            stopped: stopped.as_u64().map(|epoch| epoch as usize),
            weights: weights.as_u64().unwrap() as usize,
            changes: Vec::new(),
        };
        check(make, case, &values(&golden, name, large), expected);
        count += 1;
    }
    assert_eq!(count, 672);
}

#[test]
fn the_plateau_is_that_of_keras() {
    let golden = golden();
    let mut count = 0;
    for case in golden["plateau"].as_array().unwrap() {
        let case = case.as_array().unwrap();
        let [name, large, factor, min_delta, patience, cooldown, min_rate, changes] = &case[..] else {
            unreachable!("{case:?}")
        };
        let large = large.as_bool().unwrap();
        let make = || {
            ReduceOnPlateau::new(column(large))
                .factor(factor.as_f64().unwrap())
                .min_delta(min_delta.as_f64().unwrap())
                .patience(patience.as_u64().unwrap() as usize)
                .cooldown(cooldown.as_u64().unwrap() as usize)
                .min_rate(min_rate.as_f64().unwrap())
        };
        let values = values(&golden, name, large);
        let change = |change: &Value| (change[0].as_u64().unwrap() as usize, change[1].as_f64().unwrap());
        let changes = changes.as_array().unwrap().iter().map(change).collect();
        check(make, case, &values, Run { stopped: None, weights: values.len(), changes });
        count += 1;
    }
    assert_eq!(count, 672);
}
