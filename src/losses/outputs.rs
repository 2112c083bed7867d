//! What a loss says of outputs, and that what goes around a loss passes it on.

use crate::error::Error;
use crate::losses::checks::at;
use crate::losses::*;
use crate::network::Tensor;

/// Whether a loss takes logits, and whether it refuses a row that sums up to 1.25.
fn told<Y: Tensor<Scalar = f64>, Target: Sample, L: Loss<Y, Target>>(loss: L) -> [bool; 2] {
    let mut outputs = [Y::ZERO; 2];
    Y::flat_mut(&mut outputs).iter_mut().zip([0.5, 0.5, 0.75, 0.5]).for_each(|(y, value)| *y = value);
    assert_eq!(Target::check_outputs(&loss, &outputs).is_err(), loss.check_outputs(&outputs).is_err());
    [loss.takes_logits(), loss.check_outputs(&outputs).is_err()]
}

const SCORES: [bool; 2] = [true, false];
const SHARES: [bool; 2] = [false, true];
const ANYTHING: [bool; 2] = [false; 2];

#[test]
fn every_loss_says_what_it_is_for() {
    type Row = [f64; 2];
    assert_eq!(told::<Row, Row, _>(MeanSquaredError), ANYTHING);
    assert_eq!(told::<Row, Row, _>(CategoricalCrossEntropy), SHARES);
    assert_eq!(told::<Row, u8, _>(SparseCategoricalCrossEntropy), SHARES);
    assert_eq!(told::<Row, Row, _>(KullbackLeibler), SHARES);
    assert_eq!(told::<Row, Row, _>(CategoricalCrossEntropyLogits), SCORES);
    assert_eq!(told::<Row, u8, _>(SparseCategoricalCrossEntropyLogits), SCORES);
    assert_eq!(told::<Row, Row, _>(BinaryCrossEntropyLogits), SCORES);
    assert_eq!(told::<Row, Row, _>(FocalLogits::default()), SCORES);
    // Of two classes each alone: a row need not sum up to anything.
    assert_eq!(told::<Row, Row, _>(BinaryCrossEntropy), ANYTHING);
    assert!(BinaryCrossEntropy.check_outputs(&[[0.5], [1.5]]).is_err());
}

/// What goes around these.
macro_rules! passed_on {
    ($($around:expr, $output:ty, $target:ty;)+) => {$(
        assert_eq!(told::<$output, $target, _>($around(MeanSquaredError)), ANYTHING);
        assert_eq!(told::<$output, $target, _>($around(CategoricalCrossEntropy)), SHARES);
        assert_eq!(told::<$output, $target, _>($around(CategoricalCrossEntropyLogits)), SCORES);
    )+};
}

#[test]
fn what_goes_around_a_loss_passes_it_on() {
    fn weighted<L>(loss: L) -> ClassWeighted<L, 2> {
        ClassWeighted { loss, weights: [1.0; 2] }
    }
    fn smoothed<L>(loss: L) -> Smoothed<L> {
        Smoothed::categorical(loss, 0.1)
    }
    passed_on! {
        weighted, [f64; 2], [f64; 2];
        smoothed, [f64; 2], [f64; 2];
        Everywhere, [f64; 2], [f64; 2];
        SampleWeighted, [f64; 2], ([f64; 2], f64);
        PerStep, [[f64; 2]; 1], [[f64; 2]; 1];
    }
    let wrong = [-1.0, 2.0];
    assert!(<[f64; 2]>::check(&Everywhere(CategoricalCrossEntropy), &wrong).is_err());
    assert_eq!(at(&PerStep(MeanSquaredError), [[1.0], [3.0]], [[0.0], [0.0]]), (5.0, [[1.0], [3.0]]));
}

#[test]
fn how_far_from_probabilities_outputs_may_be() {
    let each = |y: f64| BinaryCrossEntropy.check_outputs(&[[0.5, y]]);
    for right in [0.0, 1.0, -0.001, 1.001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(each(right), Ok(()), "{right}");
    }
    for value in [-0.0011, 1.0011, -3.0, 3.0] {
        assert!(matches!(each(value), Err(Error::NotProbabilities { value: found, .. }) if found == value), "{value}");
    }
    let rows = |row| CategoricalCrossEntropy.check_outputs(&[[0.5, 0.5], row]);
    for right in [[0.0, 1.0], [0.5, 0.5009], [0.5, 0.4991], [f64::NAN, 0.5], [f64::INFINITY, 0.0]] {
        assert_eq!(rows(right), Ok(()), "{right:?}");
    }
    for wrong in [[0.5, 0.502], [0.5, 0.498], [0.0, 0.0], [1.5, -0.5]] {
        assert!(rows(wrong).is_err(), "{wrong:?}");
    }
}
