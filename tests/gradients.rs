//! The gradient proof: every layer, activation and loss of the crate, and networks made of them,
//! against finite differences.
//!
//! [`proofs!`] below is the one list. A new layer, activation or loss is one line there, and a test
//! fails, naming it, as long as the line is missing. `cargo test --test gradients -- --nocapture`
//! shows the largest relative error of each line.

#[path = "gradients/coverage.rs"]
mod coverage;
#[path = "gradients/networks.rs"]
mod networks;

use std::any::type_name;

use proptest::strategy::Strategy;
use typenet::gradcheck::{Check, Failure, Report, check_layer, check_loss, one_hot, proptest, tensors, zeros_and_ones};
use typenet::prelude::*;

/// A folder of `src`, and for each public name in its `mod.rs` what proves it, in several sizes:
/// `smooth![input => layer, ..]`, `kinked!` the same with inputs away from the kink at 0,
/// `losses!(loss, range of outputs; output: targets, ..)`. Nothing else needs to be done for a new one.
macro_rules! proofs {
    ($($folder:ident { $($($name:ident)+: $($proof:expr),+;)+ })+) => {
        /// Each folder with its names.
        const LIST: &[(&str, &[&str])] = &[$((stringify!($folder), &[$($(stringify!($name)),+),+])),+];

        $(#[test]
        fn $folder() {
            #[expect(unused_imports, reason = "the names exist")]
            use typenet::{$($($name as _),+),+};
            $(prove(&[$(stringify!($name)),+], [$($proof),+].into_iter().flatten());)+
        })+
    };
}

macro_rules! smooth {
    ($($x:ty => $layer:ty),+ $(,)?) => { vec![$(layer::<$layer, $x>(&Check::default())),+] };
}

macro_rules! kinked {
    ($($x:ty => $layer:ty),+ $(,)?) => { vec![$(layer::<$layer, $x>(&Check::default().away_from(&[0.0], 0.01))),+] };
}

macro_rules! losses {
    ($loss:expr, $values:expr; $($y:ty: $targets:expr),+ $(,)?) => {
        // A shorter step than usual: the cross-entropies bend strongly near 0 and 1.
        vec![$(loss::<$y, _, _>(&Check::default().values($values).step(1.0 / 4096.0), &$loss, $targets)),+]
    };
}

proofs! {
    layers {
        Dense: smooth![
            [f64; 1] => Dense<1, 1, f64>, [f64; 3] => Dense<3, 2, f64>, [f64; 17] => Dense<17, 9, f64>,
            [f64; 5] => Dense<5, 35, f64>,
        ];
        BatchNorm: smooth![
            [f64; 1] => BatchNorm<1, f64>, [f64; 5] => BatchNorm<5, f64>,
            [f64; 34] => BatchNorm<34, f64>, [f64; 4] => BatchNorm<4, f64, 90, -5>, [f64; 3] => BatchNorm<3, f64, 0, 0>,
        ];
        BatchNormGradient BatchStatistics: no_function("what a BatchNorm is walked with and remembers");
        Dropout: smooth![
            f64 => Dropout<50>, [f64; 75] => Dropout, [[f64; 3]; 4] => Dropout<10>, [f64; 5] => Dropout<0>,
            [f64; 5] => Dropout<100>,
        ];
        Residual: smooth![
            [f64; 3] => Residual<Dense<3, 3, f64>>, [[f64; 2]; 3] => Residual<Dropout<40>>,
            [f64; 4] => Residual<Residual<Sequential![Dense<4, 7, f64>, BatchNorm<7, f64>, Tanh, Dense<7, 4, f64>]>>,
            [f64; 2] => Residual<Regularized<Dense<2, 2, f64>, L2<1, -1>>>,
        ];
        Keeps ResidualTape: no_function("the marker and the tape of a Residual");
        Regularized: smooth![
            [f64; 3] => Regularized<Regularized<Dense<3, 2, f64>, L2<5, -1>>, L1<2, -1>>,
            [f64; 2] => Regularized<Sequential![Dense<2, 4, f64>, BatchNorm<4, f64>, Dense<4, 1, f64>], L2<1, 0>>,
            [f64; 3] => Regularized<Residual<Sequential![Dense<3, 2, f64>, Dropout<30>, Dense<2, 3, f64>]>, L1<1, 0>>,
        ];
        L1: smooth![
            [f64; 1] => Regularized<Dense<1, 1, f64>, L1<3, 0>>, [f64; 6] => Regularized<Dense<6, 4, f64>, L1<1, -2>>,
        ];
        L2: smooth![
            [f64; 1] => Regularized<Dense<1, 1, f64>, L2<3, 0>>, [f64; 6] => Regularized<Dense<6, 4, f64>, L2<1, -2>>,
        ];
        Penalty: no_function("the trait of L1 and L2");
        Constrained: smooth![
            [f64; 3] => Constrained<Dense<3, 2, f64>, MaxNorm<5, -1>>,
            [f64; 3] => Constrained<Regularized<Dense<3, 2, f64>, L2<1, -1>>, NonNegative>,
        ];
        Constraint MaxNorm NonNegative: no_function("what a Constrained moves its weights to after a step");
        Chain: smooth![
            [f64; 3] => Chain<Dense<3, 4, f64>, Dense<4, 2, f64>>, [[f64; 3]; 2] => Chain<Tanh, Sigmoid>,
            [f64; 4] => Chain<Dropout<30>, Chain<BatchNorm<4, f64>, Dense<4, 1, f64>>>,
            [f64; 2] => Chain<Chain<Dense<2, 3, f64>, Softplus>, Chain<Dense<3, 3, f64>, Softmax>>,
        ];
    }
    activations {
        Relu: kinked![f64 => Relu, [f64; 5] => Relu, [[f64; 3]; 2] => Relu];
        LeakyRelu: kinked![[f64; 5] => LeakyRelu, [[f64; 3]; 2] => LeakyRelu<3, -1>];
        Elu: kinked![[f64; 5] => Elu, [[f64; 3]; 2] => Elu<5, -1>];
        Gelu: smooth![[f64; 5] => Gelu, [[f64; 3]; 2] => Gelu];
        GeluTanh: smooth![[f64; 5] => GeluTanh, [[f64; 3]; 2] => GeluTanh];
        Sigmoid: smooth![f64 => Sigmoid, [f64; 5] => Sigmoid, [[f64; 3]; 2] => Sigmoid];
        Silu: smooth![[f64; 5] => Silu, [[f64; 3]; 2] => Silu];
        Softplus: smooth![[f64; 5] => Softplus, [[f64; 3]; 2] => Softplus];
        Tanh: smooth![[f64; 5] => Tanh, [[f64; 3]; 2] => Tanh];
        Softmax: smooth![
            f64 => Softmax, [f64; 2] => Softmax, [f64; 5] => Softmax, [[[f64; 2]; 3]; 2] => Softmax,
        ];
        LogSoftmax: smooth![
            f64 => LogSoftmax, [f64; 2] => LogSoftmax, [f64; 5] => LogSoftmax, [[[f64; 2]; 3]; 2] => LogSoftmax,
        ];
        Elementwise: no_function("the trait of the elementwise activations");
    }
    losses {
        MeanSquaredError: losses!(MeanSquaredError, -3.0..3.0;
            f64: -3.0..3.0, [f64; 4]: tensors(-3.0..3.0), [[f64; 2]; 3]: tensors(-3.0..3.0));
        MeanAbsoluteError: losses!(MeanAbsoluteError, -3.0..3.0;
            f64: -3.0..3.0, [f64; 4]: tensors(-3.0..3.0), [[f64; 2]; 3]: tensors(-3.0..3.0));
        Huber:
            losses!(Huber::default(), -3.0..3.0; f64: -3.0..3.0, [[f64; 2]; 3]: tensors(-3.0..3.0)),
            losses!(Huber::new(0.5), -3.0..3.0; f64: -3.0..3.0, [[f64; 2]; 3]: tensors(-3.0..3.0));
        BinaryCrossEntropy: losses!(BinaryCrossEntropy, 0.1..0.9;
            f64: 0.0..1.0, [f64; 4]: zeros_and_ones(), [[f64; 2]; 3]: tensors(0.0..1.0));
        BinaryCrossEntropyLogits: losses!(BinaryCrossEntropyLogits, -5.0..5.0;
            f64: 0.0..1.0, [f64; 4]: zeros_and_ones(), [[f64; 2]; 3]: tensors(0.0..1.0));
        CategoricalCrossEntropy: losses!(CategoricalCrossEntropy, 0.1..0.9;
            [f64; 2]: one_hot(), [f64; 5]: tensors(0.0..1.0), [[f64; 3]; 2]: one_hot());
        CategoricalCrossEntropyLogits: losses!(CategoricalCrossEntropyLogits, -5.0..5.0;
            [f64; 2]: one_hot(), [f64; 5]: tensors(0.0..1.0), [[f64; 3]; 2]: one_hot());
        SparseCategoricalCrossEntropy: losses!(SparseCategoricalCrossEntropy, 0.1..0.9;
            [f64; 2]: 0..2_u8, [f64; 5]: 0..5_usize);
        SparseCategoricalCrossEntropyLogits: losses!(SparseCategoricalCrossEntropyLogits, -5.0..5.0;
            [f64; 2]: 0..2_u16, [f64; 5]: 0..5_u32);
        Hinge: losses!(Hinge, -3.0..3.0; f64: sign(), [[f64; 2]; 3]: signs());
        SquaredHinge: losses!(SquaredHinge, -3.0..3.0; f64: sign(), [[f64; 2]; 3]: signs());
        KullbackLeibler: losses!(KullbackLeibler, 0.1..0.9;
            [f64; 2]: one_hot(), [f64; 5]: tensors(0.0..1.0), [[f64; 3]; 2]: tensors(0.0..1.0));
        LogCosh: losses!(LogCosh, -3.0..3.0; f64: -3.0..3.0, [[f64; 2]; 3]: tensors(-3.0..3.0));
        Poisson: losses!(Poisson, 0.1..3.0; f64: 0.0..5.0, [[f64; 2]; 3]: tensors(0.0..5.0));
        FocalLogits:
            losses!(FocalLogits::default(), -5.0..5.0; [f64; 4]: zeros_and_ones()),
            losses!(FocalLogits { focus: 0.5, balance: Some(0.3) }, -5.0..5.0; [[f64; 2]; 3]: zeros_and_ones());
        CosineSimilarity: losses!(CosineSimilarity, -3.0..3.0;
            [f64; 2]: tensors(0.5..3.0), [f64; 5]: tensors(0.5..3.0), [[f64; 3]; 2]: tensors(-3.0..-0.5));
        Smoothed:
            losses!(Smoothed::categorical(CategoricalCrossEntropyLogits, 0.1), -5.0..5.0; [[f64; 3]; 2]: one_hot()),
            losses!(Smoothed::binary(BinaryCrossEntropyLogits, 0.1), -5.0..5.0; [f64; 4]: zeros_and_ones());
        SampleWeighted: losses!(SampleWeighted(MeanSquaredError), -3.0..3.0;
            f64: (-3.0..3.0, 0.0..2.0), [f64; 4]: (tensors(-3.0..3.0), 0.0..2.0));
        ClassWeighted:
            losses!(ClassWeighted { loss: CategoricalCrossEntropyLogits, weights: [0.5, 1.0, 3.0] }, -5.0..5.0;
                [f64; 3]: one_hot()),
            losses!(ClassWeighted { loss: SparseCategoricalCrossEntropyLogits, weights: [0.5, 3.0] }, -5.0..5.0;
                [f64; 2]: 0..2_u8);
        ClassIndex: no_function("the trait of class numbers");
        ClassLabel: no_function("the trait of targets that stand for a class");
        Loss: no_function("the trait of losses");
    }
}

/// A target of a hinge loss.
fn sign() -> impl Strategy<Value = f64> {
    (0..2_u8).prop_map(|class| if class == 0 { -1.0 } else { 1.0 })
}

fn signs<Y: Tensor<Scalar = f64>>() -> impl Strategy<Value = Y> {
    zeros_and_ones::<Y>().prop_map(|mut target| {
        Y::flat_mut(std::slice::from_mut(&mut target)).iter_mut().for_each(|t| *t = *t * 2.0 - 1.0);
        target
    })
}

/// One check: of what, and its result.
struct Proof {
    of: String,
    result: Result<Report, Failure>,
}

fn layer<L, X>(check: &Check) -> Proof
where
    L: Layer<X, Output: Tensor<Scalar = f64>>,
    X: Tensor<Scalar = f64>,
{
    Proof { of: format!("{} on {}", short::<L>(), short::<X>()), result: check_layer::<L, X>(check) }
}

fn loss<Y: Tensor<Scalar = f64>, L: Loss<Y, Target>, Target: Sample>(
    check: &Check,
    loss: &L,
    targets: impl Strategy<Value = Target>,
) -> Proof {
    let result = check_loss::<L, Y, Target>(check, loss, targets);
    Proof { of: format!("{} of {} and {}", short::<L>(), short::<Y>(), short::<Target>()), result }
}

/// For what is public but has no gradient of its own.
fn no_function(_why: &str) -> Vec<Proof> {
    Vec::new()
}

/// The name of a type, without paths.
fn short<T>() -> String {
    let mut parts = type_name::<T>().split("::").collect::<Vec<_>>();
    let last = parts.pop().unwrap_or_default();
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    parts.into_iter().map(|part| part.trim_end_matches(is_name)).chain([last]).collect()
}

/// Demands that a line's checks passed, that they prove what the line is named after, and more
/// than one size of it.
fn prove(names: &[&str], proofs: impl Iterator<Item = Proof>) {
    let proofs: Vec<Proof> = proofs.collect();
    for Proof { of, result } in &proofs {
        match result {
            Ok(report) => println!("{of}: {report}"),
            Err(failure) => panic!("{of}: {failure}"),
        }
        let mut words = of.split(|c: char| !c.is_alphanumeric());
        assert!(words.any(|word| names.contains(&word)), "{names:?} is not proven by {of}");
    }
    assert_ne!(proofs.len(), 1, "{names:?} is proven in one size only");
}
