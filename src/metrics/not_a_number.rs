//! An output that is not-a-number is a miss, or the value is not-a-number too: no metric counts it as right.

use crate::losses::{Hinge, MeanSquaredError};
use crate::metrics::*;
use crate::network::{Scalar, Tensor};

/// What a metric says of outputs that are all not-a-number, and of right ones one of which is.
fn values<Y: Tensor, Target: Sample>(metric: &mut dyn Metric<Y, Target>, right: &[Y], targets: &[Target]) -> [f64; 3] {
    let mut of = |outputs: &[Y]| {
        metric.reset();
        metric.update(outputs, targets);
        metric.value()
    };
    let mut outputs = right.to_vec();
    let best = of(&outputs);
    Y::flat_mut(&mut outputs)[0] = Scalar::from_f64(f64::NAN);
    let one = of(&outputs);
    Y::flat_mut(&mut outputs).fill(Scalar::from_f64(f64::NAN));
    [best, one, of(&outputs)]
}

macro_rules! every_metric {
    ($($name:ident: $metric:expr, $right:expr => $targets:expr;)+) => {
        const NAMES: &[&str] = &[$(stringify!($name)),+];

        #[test]
        fn no_metric_counts_not_a_number_as_right() {
            $(
                let [best, one, all] = values(&mut $metric, &$right, &$targets);
                let name = stringify!($name);
                assert!(best.is_finite(), "{name}: {best}");
                assert!(one.is_nan() || one < best, "{name}: {one} with a not-a-number, {best} without");
                assert!(all.is_nan() || all == 0.0, "{name}: {all} of nothing but not-a-number");
            )+
        }
    };
}

every_metric! {
    BinaryAccuracy: BinaryAccuracy::default(), [[0.1_f32], [0.9]] => [[0.0], [1.0]];
    BinaryAccuracy: BinaryAccuracy::on_logits(), [[1.0_f32], [-1.0]] => [[1.0], [0.0]];
    Precision: Precision::default(), [[0.1_f32], [0.9]] => [[0.0], [1.0]];
    Recall: Recall::default(), [[0.9_f32], [0.9]] => [[1.0], [1.0]];
    F1: F1::default(), [[0.1_f32], [0.9]] => [[0.0], [1.0]];
    F1: F1::on_logits(), [[1.0_f32], [1.0]] => [[1.0], [1.0]];
    CategoricalAccuracy: CategoricalAccuracy::default(), [[0.9_f32, 0.1], [0.1, 0.9]] => [[1.0, 0.0], [0.0, 1.0]];
    SparseCategoricalAccuracy: SparseCategoricalAccuracy::default(), [[0.9_f32, 0.1], [0.1, 0.9]] => [0_u8, 1];
    TopK: TopK::<2>::default(), [[0.8_f32, 0.1, 0.1]] => [[1.0, 0.0, 0.0]];
    SparseTopK: TopK::<2>::sparse(), [[0.8_f32, 0.1, 0.1]] => [0_u8];
    RootMeanSquaredError: RootMeanSquaredError::default(), [[1.0_f32], [2.0]] => [[1.0], [2.0]];
    MeanAbsolutePercentageError: MeanAbsolutePercentageError::default(), [[1.0_f32], [2.0]] => [[1.0], [2.0]];
    R2: R2::<1>::default(), [[1.0_f32], [2.0]] => [[1.0], [2.0]];
    // Targets without a spread.
    R2: R2::<1>::default(), [[1.0_f32], [1.0]] => [[1.0], [1.0]];
    MeanLoss: MeanLoss::new("mse", MeanSquaredError), [[1.0_f32], [2.0]] => [[1.0], [2.0]];
    MeanLoss: MeanLoss::new("hinge", Hinge), [[1.0_f32], [-2.0]] => [[1.0], [-1.0]];
    RocAuc: RocAuc::default(), [[0.1_f32], [0.9]] => [[0.0], [1.0]];
    PrAuc: PrAuc::default(), [[0.1_f32], [0.9]] => [[0.0], [1.0]];
}

#[test]
fn every_metric_is_listed() {
    let source = include_str!("mod.rs");
    let names = source.lines().filter_map(|line| line.strip_prefix("pub use ")?.split("::").last());
    let names = names.flat_map(|names| names.split(['{', '}', ',', ';', ' ']));
    for name in names.filter(|name| name.starts_with(char::is_uppercase)) {
        // A trait; a table whose constructors refuse a not-a-number, and two that are read off it.
        let other = ["MeasuredBy", "ConfusionMatrix", "NamedMatrix", "ClassReport", "ClassScores"].contains(&name);
        assert!(other || NAMES.contains(&name), "{name} is not in `every_metric!`");
    }
}

#[test]
fn a_target_that_is_not_a_number_is_no_hit() {
    fn all_ones(metric: &mut dyn Metric<f32>) -> f64 {
        metric.update(&[0.9, 0.9], &[f32::NAN, 0.0]);
        metric.value()
    }
    for metric in
        [&mut BinaryAccuracy::default() as &mut dyn Metric<f32>, &mut Precision::default(), &mut F1::default()]
    {
        assert_eq!(all_ones(metric), 0.0);
    }
    assert_eq!(all_ones(&mut Recall::default()), 0.0);
    assert!(all_ones(&mut RocAuc::default()).is_nan() && all_ones(&mut PrAuc::default()).is_nan());
    assert!(all_ones(&mut RootMeanSquaredError::default()).is_nan());
}
