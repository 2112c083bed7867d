//! Further losses against Keras, metrics against scikit-learn: `tests/golden/scores.py`.

use serde_json::Value;
use typenet::prelude::*;

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/scores.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        value => vec![value.as_f64().unwrap()],
    }
}

/// Samples of `N` numbers.
fn samples<T: Scalar, const N: usize>(value: &Value) -> Vec<[T; N]> {
    numbers(value).chunks_exact(N).map(|row| core::array::from_fn(|at| T::from_f64(row[at]))).collect()
}

#[track_caller]
fn close(what: &str, found: f64, expected: f64, tolerance: f64) {
    let bound = tolerance * expected.abs().max(1.0);
    assert!((found - expected).abs() <= bound, "{what}: {found}, not {expected}");
}

fn check_loss<T: Scalar>(case: &Value, loss: &impl Loss<[T; 3]>, tolerance: f64) {
    let name = case["name"].as_str().unwrap();
    let (outputs, targets) = (samples::<T, 3>(&case["output"]), samples::<T, 3>(&case["target"]));
    let mut gradients = vec![[T::from_f64(f64::NAN); 3]; outputs.len()];
    let mean = loss.mean(&outputs, &targets, Some(&mut gradients)).to_f64();
    let losses = numbers(&case["losses"]);
    assert_eq!(losses.len(), 4);
    close(name, mean, losses.iter().sum::<f64>() / 4.0, tolerance);
    for ((output, target), expected) in outputs.iter().zip(&targets).zip(losses) {
        assert_eq!(loss.check(target), Ok(()));
        close(name, loss.sample(output, target, None).to_f64(), expected, tolerance);
    }
    let expected = numbers(&case["gradient"]);
    assert_eq!(expected.len(), 12);
    for (found, expected) in gradients.as_flattened().iter().zip(expected) {
        close(&format!("{name}, gradient"), found.to_f64(), expected, tolerance);
    }
}

fn check_losses<T: Scalar>(tolerance: f64) {
    let golden = golden();
    let cases = golden["losses"].as_array().unwrap();
    assert_eq!(cases.len(), 10);
    for case in cases {
        match case["name"].as_str().unwrap() {
            "hinge" => check_loss::<T>(case, &Hinge, tolerance),
            "squared_hinge" => check_loss::<T>(case, &SquaredHinge, tolerance),
            "kullback_leibler" => check_loss::<T>(case, &KullbackLeibler, tolerance),
            "log_cosh" => check_loss::<T>(case, &LogCosh, tolerance),
            "poisson" => check_loss::<T>(case, &Poisson, tolerance),
            "cosine_similarity" => check_loss::<T>(case, &CosineSimilarity, tolerance),
            "focal" => check_loss::<T>(case, &FocalLogits::default(), tolerance),
            "focal_balanced" => {
                check_loss::<T>(case, &FocalLogits { focus: 1.5, balance: Some(0.3) }, tolerance);
            }
            "smoothed_categorical" => {
                check_loss::<T>(case, &Smoothed::categorical(CategoricalCrossEntropyLogits, 0.2), tolerance);
            }
            "smoothed_binary" => check_loss::<T>(case, &Smoothed::binary(BinaryCrossEntropyLogits, 0.2), tolerance),
            other => panic!("the golden file has an unknown loss, {other}"),
        }
    }
}

#[test]
fn losses_in_double_precision() {
    // The focal loss of Keras is clipped at 1e-7 of a probability; the rest agrees to 1e-12.
    check_losses::<f64>(1e-9);
}

#[test]
fn losses_in_single_precision() {
    // Some ten roundings of 6e-8 each.
    check_losses::<f32>(1e-6);
}

/// The metric's value after all samples, in two batches.
fn measured<Y: Sample, Target: Sample>(metric: impl Metric<Y, Target>, outputs: &[Y], targets: &[Target]) -> f64 {
    let mut metric = metric;
    metric.reset();
    let half = outputs.len() / 2;
    metric.update(&outputs[..half], &targets[..half]);
    metric.update(&outputs[half..], &targets[half..]);
    metric.value()
}

// The numbers below are a few sums and divisions in f64: they agree to some roundings.
const EXACT: f64 = 1e-13;

#[test]
fn binary_metrics() {
    let golden = &golden()["binary"];
    let (scores, targets) = (samples::<f64, 1>(&golden["scores"]), samples::<f64, 1>(&golden["targets"]));
    assert_eq!(scores.len(), 40);
    let expected = |name: &str| golden[name].as_f64().unwrap();
    close("roc_auc", measured(RocAuc::default(), &scores, &targets), expected("roc_auc"), EXACT);
    close("pr_auc", measured(PrAuc::default(), &scores, &targets), expected("pr_auc"), EXACT);
    close("precision", measured(Precision::default(), &scores, &targets), expected("precision"), EXACT);
    close("recall", measured(Recall::default(), &scores, &targets), expected("recall"), EXACT);
    close("f1", measured(F1::default(), &scores, &targets), expected("f1"), EXACT);
    for (name, found) in [("roc", roc_curve(&scores, &targets)), ("pr", precision_recall_curve(&scores, &targets))] {
        let expected = samples::<f64, 2>(&golden[name]);
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, expected) in found.as_flattened().iter().zip(expected.as_flattened()) {
            close(name, *found, *expected, EXACT);
        }
    }
}

#[test]
fn metrics_of_several_classes() {
    let golden = &golden()["classes"];
    let outputs = samples::<f64, 4>(&golden["outputs"]);
    let targets: Vec<u8> = numbers(&golden["targets"]).iter().map(|class| *class as u8).collect();
    assert_eq!((outputs.len(), targets.len()), (60, 60));
    let matrix = ConfusionMatrix::indices(&outputs, &targets).unwrap();
    let counts: Vec<f64> = matrix.counts.as_flattened().iter().map(|count| *count as f64).collect();
    assert_eq!(counts, numbers(&golden["confusion"]));
    for (class, scores) in matrix.classes().iter().enumerate() {
        let expected = |name: &str| golden[name][class].as_f64().unwrap();
        close("precision", scores.precision, expected("precision"), EXACT);
        close("recall", scores.recall, expected("recall"), EXACT);
        close("f1", scores.f1, expected("f1"), EXACT);
        assert_eq!(scores.support as f64, expected("support"));
    }
    let expected = |name: &str| golden[name].as_f64().unwrap();
    close("balanced accuracy", matrix.balanced_accuracy(), expected("balanced_accuracy"), EXACT);
    close("matthews", matrix.matthews(), expected("matthews"), EXACT);
    close("top 2", measured(TopK::<2>::sparse(), &outputs, &targets), expected("top_2"), EXACT);
}

#[test]
fn metrics_of_regression() {
    let golden = &golden()["regression"];
    let (outputs, targets) = (samples::<f64, 3>(&golden["outputs"]), samples::<f64, 3>(&golden["targets"]));
    assert_eq!(outputs.len(), 20);
    let expected = |name: &str| golden[name].as_f64().unwrap();
    close("rmse", measured(RootMeanSquaredError::default(), &outputs, &targets), expected("rmse"), EXACT);
    close("mape", measured(MeanAbsolutePercentageError::default(), &outputs, &targets), expected("mape"), EXACT);
    close("r2", measured(R2::<3>::default(), &outputs, &targets), expected("r2"), EXACT);
}
