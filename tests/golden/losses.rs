//! The losses: one a sample, their mean, and its gradient.

use std::collections::BTreeSet;

use typenet::prelude::*;

use super::file::{Object, Read};
use super::{Number, assert_all_compared, close, close_number, name_of};

/// One case, given a loss.
struct Case<T> {
    name: String,
    output: [[T; 3]; 4],
    golden: Object,
}

impl<T: Number> Case<T> {
    /// Compares a loss on the targets of the file and returns its name.
    fn compare<L, Target>(mut self, loss: &L) -> &'static str
    where
        L: Loss<[T; 3], Target> + Copy,
        Target: Sample + Read,
    {
        let targets: [Target; 4] = self.golden.take("target");
        self.compare_on(loss, &targets)
    }

    /// Compares a loss and returns its name.
    fn compare_on<L, Target>(mut self, loss: &L, targets: &[Target; 4]) -> &'static str
    where
        L: Loss<[T; 3], Target> + Copy,
        Target: Sample,
    {
        let Self { name, output, golden } = &mut self;
        assert!(targets.iter().all(|target| loss.check(target).is_ok()), "{name}");
        let losses: [f64; 4] = golden.take("losses");
        let found: [T; 4] = std::array::from_fn(|at| loss.sample(&output[at], &targets[at], None));
        close(&format!("losses of {name}"), &found, &losses);

        let mut gradient = [[T::from_f64(f64::NAN); 3]; 4];
        let mean = loss.mean(output, targets, Some(&mut gradient));
        let (expected_mean, expected): (f64, [[f64; 3]; 4]) = (golden.take("mean"), golden.take("gradient"));
        close_number(&format!("mean of {name}"), mean, expected_mean);
        close(&format!("gradient of {name}"), &gradient, &expected);
        // Four samples, or four steps of one sample: the same mean.
        let mut gradient = [[T::from_f64(f64::NAN); 3]; 4];
        let mean_of_steps = PerStep(*loss).sample(output, targets, Some(&mut gradient));
        close_number(&format!("mean of the steps of {name}"), mean_of_steps, expected_mean);
        close(&format!("gradient of the steps of {name}"), &gradient, &expected);
        assert_eq!(loss.mean(output, targets, None), mean, "{name}: the gradient changes the mean");
        name_of::<L>()
    }
}

fn compare<T: Number>() {
    // Every case is compared as steps, too.
    let mut compared = BTreeSet::from(["PerStep"]);
    let mut file = Object::open(include_str!("losses.json"));
    for mut golden in file.take::<Vec<Object>>("cases") {
        let (kind, name): (String, String) = (golden.take("loss"), golden.take("name"));
        if golden.find("f64_only") == Some(true) && T::EPSILON.to_f64() > f64::EPSILON {
            // The oracle's numbers are none of `f32`.
            golden.leave_out();
            continue;
        }
        let mut case = Case::<T> { name, output: golden.take("output"), golden };
        compared.insert(match kind.as_str() {
            "mean_squared_error" => case.compare::<_, [T; 3]>(&MeanSquaredError),
            "mean_absolute_error" => case.compare::<_, [T; 3]>(&MeanAbsoluteError),
            "huber" => {
                let loss = Huber { delta: case.golden.take("delta") };
                case.compare::<_, [T; 3]>(&loss)
            }
            "binary_cross_entropy" => case.compare::<_, [T; 3]>(&BinaryCrossEntropy),
            "binary_cross_entropy_logits" => case.compare::<_, [T; 3]>(&BinaryCrossEntropyLogits),
            "categorical_cross_entropy" => case.compare::<_, [T; 3]>(&CategoricalCrossEntropy),
            "categorical_cross_entropy_logits" => case.compare::<_, [T; 3]>(&CategoricalCrossEntropyLogits),
            "sparse_categorical_cross_entropy" => case.compare::<_, usize>(&SparseCategoricalCrossEntropy),
            "sparse_categorical_cross_entropy_logits" => case.compare::<_, usize>(&SparseCategoricalCrossEntropyLogits),
            "cosine_similarity" => case.compare::<_, [T; 3]>(&CosineSimilarity),
            "focal_logits" => {
                let loss = FocalLogits { focus: case.golden.take("focus"), balance: case.golden.find("balance") };
                case.compare::<_, [T; 3]>(&loss)
            }
            "hinge" => case.compare::<_, [T; 3]>(&Hinge),
            "squared_hinge" => case.compare::<_, [T; 3]>(&SquaredHinge),
            "kullback_leibler" => case.compare::<_, [T; 3]>(&KullbackLeibler),
            "log_cosh" => case.compare::<_, [T; 3]>(&LogCosh),
            "poisson" => case.compare::<_, [T; 3]>(&Poisson),
            "smoothed_binary_cross_entropy_logits" => {
                let loss = Smoothed::binary(BinaryCrossEntropyLogits, case.golden.take("smoothing"));
                case.compare::<_, [T; 3]>(&loss)
            }
            "smoothed_categorical_cross_entropy_logits" => {
                let loss = Smoothed::categorical(CategoricalCrossEntropyLogits, case.golden.take("smoothing"));
                case.compare::<_, [T; 3]>(&loss)
            }
            "sample_weighted_mean_squared_error" => {
                let (targets, weights): ([[T; 3]; 4], [T; 4]) =
                    (case.golden.take("target"), case.golden.take("weights"));
                let pairs: [_; 4] = std::array::from_fn(|at| (targets[at], weights[at]));
                case.compare_on(&SampleWeighted(MeanSquaredError), &pairs)
            }
            "class_weighted_categorical_cross_entropy_logits" => {
                let weights: [f64; 3] = case.golden.take("weights");
                case.compare::<_, [T; 3]>(&ClassWeighted { loss: CategoricalCrossEntropyLogits, weights })
            }
            "class_weighted_sparse_categorical_cross_entropy_logits" => {
                let weights: [f64; 3] = case.golden.take("weights");
                case.compare::<_, usize>(&ClassWeighted { loss: SparseCategoricalCrossEntropyLogits, weights })
            }
            _ => panic!("no test knows the loss {kind:?}"),
        });
    }
    // The traits of the targets are exported beside the losses.
    assert_all_compared(include_str!("../../src/losses/mod.rs"), &compared, &["ClassLabel", "Everywhere", "TargetOf"]);
}

#[test]
fn losses_f32() {
    compare::<f32>();
}

#[test]
fn losses_f64() {
    compare::<f64>();
}
