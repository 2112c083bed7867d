//! Networks of random structure, parameters, inputs, batches and losses.
//!
//! A type cannot be drawn at run time, so the structures are a table: skeletons, each with several
//! pairs of activations. Everything else is drawn by proptest.

use std::cell::Cell;
use std::ops::Range;

use proptest::num::u64::ANY;
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use typenet::gradcheck::{Check, Failure, Report, check_network, one_hot, proptest, tensors, zeros_and_ones};
use typenet::prelude::*;

type Input = [f64; 3];
type Output = [f64; 2];

type Plain<A, B> = Sequential![Dense<3, 5, f64>, A, Dense<5, 4, f64>, B, Dense<4, 2, f64>];
type Normed<A, B> = Sequential![Dense<3, 6, f64>, BatchNorm<6, 99, -3, f64>, A, Dense<6, 2, f64>, B];
type NormedAfter<A, B> = Sequential![Dense<3, 4, f64>, A, BatchNorm<4, 90, -2, f64>, Dense<4, 2, f64>, B];
type Dropped<A, B> = Sequential![Dropout<20>, Dense<3, 7, f64>, A, Dropout, Dense<7, 2, f64>, B];
type Quickstart<A, B> =
    Sequential![Dense<3, 8, f64>, A, BatchNorm<8, 99, -3, f64>, Dropout<30>, Dense<8, 4, f64>, B, Dense<4, 2, f64>];
type Skip<A, B> = Sequential![Residual<Sequential![Dense<3, 5, f64>, A, Dense<5, 3, f64>]>, B, Dense<3, 2, f64>];
type Skips<A, B> = Sequential![
    Residual<Sequential![A, Residual<Dense<3, 3, f64>>]>, Residual<Sequential![Dense<3, 3, f64>, B]>, Dense<3, 2, f64>
];
type SkipNormed<A, B> = Sequential![
    Dense<3, 4, f64>, Residual<Sequential![BatchNorm<4, 99, -3, f64>, A, Dense<4, 4, f64>, Dropout<10>]>, B, Dense<4, 2, f64>
];
type Penalised<A, B> =
    Sequential![Regularized<Dense<3, 5, f64>, L1<1, -2>>, A, Regularized<Dense<5, 2, f64>, L2<1, -1>>, B];
type PenalisedWhole<A, B> = Regularized<
    Sequential![Dense<3, 4, f64>, A, Residual<Regularized<Dense<4, 4, f64>, L1<1, -1>>>, B, Dense<4, 2, f64>],
    L2<1, -2>,
>;
type Frozen<A, B> = Sequential![A, BatchNorm<3, 99, -3, f64>, B, Dense<3, 2, f64>];
type Deep<A, B> = Sequential![
    Dense<3, 4, f64>, A, Dense<4, 3, f64>, B, Dense<3, 4, f64>, A, Dense<4, 3, f64>, B, Dense<3, 2, f64>
];

/// A structure, and how it is checked.
type Row = (&'static str, fn(&Check, &AnyLoss) -> Result<Report, Failure>);

macro_rules! networks {
    ($($network:ty),+ $(,)?) => {
        &[$((stringify!($network), |check, loss| {
            check_network::<$network, Input, _, Output>(check, loss, tensors(0.0..1.0))
        })),+]
    };
}

const NETWORKS: &[Row] = networks![
    Plain<Relu, Tanh>,
    Plain<Gelu, LeakyRelu>,
    Plain<Softplus, Elu>,
    Normed<Relu, Tanh>,
    Normed<Sigmoid, LogSoftmax>,
    Normed<Silu, Softplus>,
    NormedAfter<LeakyRelu<2, -1>, Softmax>,
    NormedAfter<Tanh, GeluTanh>,
    Dropped<Relu, Elu<5, -1>>,
    Dropped<GeluTanh, Sigmoid>,
    Quickstart<Relu, Relu>,
    Quickstart<Silu, Tanh>,
    Skip<Relu, Softmax>,
    Skip<Tanh, Gelu>,
    Skip<Elu, Silu>,
    Skips<Sigmoid, Softplus>,
    Skips<Gelu, Relu>,
    SkipNormed<Relu, LeakyRelu>,
    SkipNormed<Softmax, Tanh>,
    Penalised<Tanh, LogSoftmax>,
    Penalised<Relu, Gelu>,
    PenalisedWhole<Silu, Elu>,
    PenalisedWhole<LogSoftmax, Sigmoid>,
    Frozen<Softmax, GeluTanh>,
    Frozen<Tanh, Softplus>,
    Deep<Tanh, Sigmoid>,
    Deep<Relu, Silu>,
    Deep<Softplus, LogSoftmax>,
];

/// A loss that is chosen at run time, on any real numbers and with targets between 0 and 1.
#[derive(Clone, Copy, Debug)]
enum AnyLoss {
    Squared,
    Absolute,
    Huber(f64),
    Binary,
    Categorical,
}

impl Loss<Output> for AnyLoss {
    fn sample(&self, output: &Output, target: &Output, gradient: Option<&mut Output>) -> f64 {
        match self {
            Self::Squared => MeanSquaredError.sample(output, target, gradient),
            Self::Absolute => MeanAbsoluteError.sample(output, target, gradient),
            Self::Huber(delta) => Huber { delta: *delta }.sample(output, target, gradient),
            Self::Binary => BinaryCrossEntropyLogits.sample(output, target, gradient),
            Self::Categorical => CategoricalCrossEntropyLogits.sample(output, target, gradient),
        }
    }
}

fn losses() -> impl Strategy<Value = AnyLoss> {
    prop_oneof![
        Just(AnyLoss::Squared),
        Just(AnyLoss::Absolute),
        (0.1..2.0).prop_map(AnyLoss::Huber),
        Just(AnyLoss::Binary),
        Just(AnyLoss::Categorical),
    ]
}

/// Each structure at as many points as losses, sizes and ranges are drawn for it, times two.
const DRAWS: u32 = 6;

#[test]
fn random_networks() {
    let largest = Cell::new(0.0_f64);
    for (number, (name, check)) in NETWORKS.iter().enumerate() {
        let config = Config { cases: DRAWS, failure_persistence: None, ..Config::default() };
        // The same networks on every run, others in every row.
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[number as u8; 32]);
        let drawn = (ANY, losses(), 1..=6_usize, 0.5..4.0_f64).no_shrink();
        let result = TestRunner::new_with_rng(config, rng).run(&drawn, |(seed, loss, samples, reach)| {
            let values: Range<f64> = -reach..reach;
            let settings = Check::default().cases(2).seed(seed).samples(1..=samples).values(values);
            let report = check(&settings, &loss).map_err(|failure| TestCaseError::fail(failure.to_string()))?;
            largest.set(report.largest_error.max(largest.get()));
            Ok(())
        });
        if let Err(error) = result {
            panic!("{name}: {error}");
        }
    }
    println!("{} networks: largest relative error {:.1e}", NETWORKS.len(), largest.get());
}

/// Networks that end as their loss wants it.
#[test]
fn networks_that_end_in_probabilities() {
    type Hidden = Sequential![Dense<3, 4, f64>, Tanh, Dense<4, 3, f64>];
    type Binary = Sequential![Dense<3, 4, f64>, Relu, Dense<4, 1, f64>, Sigmoid];
    let check = &Check::default();
    for result in [
        check_network::<Binary, Input, _, _>(check, &BinaryCrossEntropy, zeros_and_ones()),
        check_network::<Chain<Hidden, Softmax>, Input, _, _>(check, &CategoricalCrossEntropy, one_hot()),
        check_network::<Chain<Hidden, Softmax>, Input, _, _>(check, &SparseCategoricalCrossEntropy, 0..3_u8),
        check_network::<Hidden, Input, _, _>(check, &CategoricalCrossEntropyLogits, one_hot()),
        check_network::<Hidden, Input, _, _>(check, &SparseCategoricalCrossEntropyLogits, 0..3_usize),
    ] {
        match result {
            Ok(report) => println!("{report}"),
            Err(failure) => panic!("{failure}"),
        }
    }
}
