//! No loss hides an output that is not finite: the step is refused by what the loss says.

use core::fmt::Debug;

use crate::losses::*;
use crate::network::Tensor;

/// One loss with a target, around each finite output: every place of it is spoilt in every way.
#[track_caller]
fn seen<Y: Tensor, Target: Sample + Debug, L: Loss<Y, Target>>(name: &str, loss: &L, output: Y, target: Target) {
    loss.check(&target).unwrap();
    let value = loss.sample(&output, &target, None);
    assert!(value.is_finite(), "{name} is {value} at {output:?} and {target:?}");
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for place in 0..Y::LEN {
            let mut spoilt = [output];
            Y::flat_mut(&mut spoilt)[place] = Scalar::from_f64(bad);
            let (value, with) = (loss.sample(&spoilt[0], &target, None), checks::at(loss, spoilt[0], target).0);
            assert!(!value.is_finite() && !with.is_finite(), "{name} is {value} at {spoilt:?} and {target:?}");
        }
    }
}

/// The losses of the room by their names, each with outputs and targets of its own.
macro_rules! every_loss {
    ($($name:ident: [$($loss:expr),+] $output:expr => $($target:expr),+;)+) => {
        const NAMES: &[&str] = &[$(stringify!($name)),+];

        #[test]
        fn no_loss_hides_an_output_that_is_not_finite() {
            $(for target in [$($target),+] {
                $(seen(stringify!($name), &$loss, $output, target);)+
            })+
        }
    };
}

every_loss! {
    MeanSquaredError: [MeanSquaredError] [0.5_f32, -2.0] => [0.0, 1.0];
    MeanAbsoluteError: [MeanAbsoluteError] [0.5_f32, -2.0] => [0.0, 1.0];
    Huber: [Huber::default(), Huber { delta: 1e9 }] [0.5_f32, -2.0] => [0.0, 1.0];
    LogCosh: [LogCosh] [0.5_f32, -2.0] => [0.0, 1.0];
    CosineSimilarity: [CosineSimilarity] [[0.5_f32, -2.0], [1.0, 0.0]] => [[0.0, 1.0], [0.0, 0.0]];
    Poisson: [Poisson] [0.5_f32, 2.0] => [0.0, 3.0];
    BinaryCrossEntropy: [BinaryCrossEntropy] [0.5_f64, 0.25] => [0.0, 1.0], [1.0, 0.5];
    BinaryCrossEntropyLogits: [BinaryCrossEntropyLogits] [0.5_f32, -2.0] => [0.0, 1.0], [1.0, 0.5], [0.0, 0.0];
    FocalLogits: [
        FocalLogits::default(), FocalLogits { focus: 0.0, balance: None }, FocalLogits { focus: 1.0, balance: Some(1.0) }
    ] [0.5_f32, -2.0] => [0.0, 1.0], [1.0, 0.0];
    CategoricalCrossEntropy: [CategoricalCrossEntropy]
        [[0.5_f32, 0.25, 0.25], [1.0, 0.0, 0.0]] => [[0.0, 1.0, 0.0], [0.0; 3]], [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]];
    CategoricalCrossEntropyLogits: [CategoricalCrossEntropyLogits]
        [[0.5_f32, 2.0, -1.0], [1.0, 0.0, 0.0]] => [[0.0, 1.0, 0.0], [0.0; 3]], [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]];
    KullbackLeibler: [KullbackLeibler] [0.5_f32, 0.25, 0.25] => [0.0, 1.0, 0.0], [0.2, 0.3, 0.5];
    SparseCategoricalCrossEntropy: [SparseCategoricalCrossEntropy] [0.5_f32, 0.25, 0.25] => 0_u8, 1, 2;
    SparseCategoricalCrossEntropyLogits: [SparseCategoricalCrossEntropyLogits] [0.5_f32, -2.0, 1.0] => 0_u8, 1, 2;
    Hinge: [Hinge] [0.5_f32, -2.0] => [1.0, -1.0], [-1.0, 1.0];
    SquaredHinge: [SquaredHinge] [0.5_f32, -2.0] => [1.0, -1.0], [-1.0, 1.0];
    Smoothed: [Smoothed::binary(Hinge, 0.0), Smoothed::categorical(Hinge, 0.0)] [0.5_f32, 2.0] => [-1.0, 1.0];
    ClassWeighted: [ClassWeighted { loss: KullbackLeibler, weights: [0.0, 2.0] }] [0.5_f32, 0.5] => [0.0, 1.0], [1.0, 0.0];
    Everywhere: [Everywhere(Hinge)] [0.5_f32, 0.5] => [-1.0, 1.0];
    SampleWeighted: [SampleWeighted(BinaryCrossEntropy)] [0.5_f32, 0.5] => ([0.0, 1.0], 0.0), ([0.0, 1.0], 2.0);
    PerStep: [PerStep(SparseCategoricalCrossEntropyLogits)] [[0.5_f32, -2.0], [1.0, 0.0]] => [0_u8, 1], [1, 0];
}

#[test]
fn every_loss_is_listed() {
    let source = include_str!("mod.rs");
    let names = source.lines().filter_map(|line| line.strip_prefix("pub use ")?.split("::").last());
    for name in names.flat_map(|names| names.split(['{', '}', ',', ';', ' '])).filter(|name| !name.is_empty()) {
        assert!(["TargetOf", "ClassLabel"].contains(&name) || NAMES.contains(&name), "{name} is not in `every_loss!`");
    }
}

#[test]
fn a_square_beyond_the_largest_number_is_seen() {
    // The length of either is infinite: divided by it, all would be 0, and the gradient too.
    for (output, target) in [([1e30_f32, 0.0], [1.0, 0.0]), ([1.0, 0.0], [1e30, 0.0])] {
        assert!(!CosineSimilarity.sample(&output, &target, None).is_finite());
    }
}
