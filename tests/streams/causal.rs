//! Causal convolutions and poolings, in networks of random weights on random sequences.
//!
//! A type cannot be drawn at run time, so the structures are a table: skeletons, each with several layers in its places.
//! Everything else is drawn by proptest.

use proptest::num::u64::ANY;
use proptest::prop_assert_eq;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use typenet::network::Emission;
use typenet::prelude::*;

use super::{bits, network};

/// The bits of all that a stream gives, and how many outputs that is.
pub fn stepped<N, X>(network: &N, sequence: &[X]) -> (Vec<u64>, usize)
where
    X: Sample,
    N: Stream<X, Output: Emission<Item: Tensor>>,
{
    let mut state = network.start();
    let outputs: Vec<_> = sequence.iter().filter_map(|x| network.step(&mut state, x).item()).collect();
    (bits(&outputs), outputs.len())
}

/// The bits that the network gives on the sequence as a whole.
fn whole<N, X, const STEPS: usize>(network: &N, sequence: &[X; STEPS]) -> Vec<u64>
where
    X: Sample,
    N: Layer<[X; STEPS], Output: Tensor>,
{
    let mut outputs = [N::Output::ZERO];
    network.forward(&[*sequence], &mut outputs);
    bits(&outputs)
}

/// Numbers of one magnitude, with zeros of both signs among them.
fn sequence<T: Scalar, const IN: usize, const STEPS: usize>(seed: u64) -> [[T; IN]; STEPS] {
    let rng = &mut seeded(seed);
    let scale = [0.01, 1.0, 100.0][(seed % 3) as usize];
    std::array::from_fn(|_| {
        super::random::<f64, IN>(rng).map(|x| T::from_f64(if x.abs() < 0.2 { 0.0 * x } else { x * scale }))
    })
}

/// A network that gives all outputs, `GIVEN` of them.
fn all<N, T, const IN: usize, const STEPS: usize, Y: Tensor, const GIVEN: usize>(seed: u64) -> Result<(), TestCaseError>
where
    T: Scalar,
    N: Layer<[[T; IN]; STEPS], Output = [Y; GIVEN]> + Stream<[T; IN], Output: Emission<Item = Y>>,
{
    let (network, sequence) = (network::<N>(seed), sequence(seed));
    prop_assert_eq!(stepped(&*network, &sequence), (whole(&*network, &sequence), GIVEN));
    Ok(())
}

/// A network that gives its last output.
fn last<N, T, const IN: usize, const STEPS: usize, Y: Tensor>(seed: u64) -> Result<(), TestCaseError>
where
    T: Scalar,
    N: Layer<[[T; IN]; STEPS], Output = Y> + Stream<[T; IN], Output: Emission<Item = Y>>,
{
    let (network, sequence) = (network::<N>(seed), sequence(seed));
    let (stepped, given) = stepped(&*network, &sequence);
    prop_assert_eq!(stepped.get((given - 1) * Y::LEN..).unwrap_or_default(), whole(&*network, &sequence));
    Ok(())
}

/// Runs a network on random weights and sequences.
fn run(cases: u32, name: &str, check: fn(u64) -> Result<(), TestCaseError>) {
    let mut runner = TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::with_cases(cases) }, rng());
    runner.run(&ANY, check).unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// The same cases in every run.
fn rng() -> proptest::test_runner::TestRng {
    proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha)
}

macro_rules! all {
    ($network:ty, $scalar:ty) => {
        all::<$network, $scalar, 3, 37, _, _>
    };
}

macro_rules! last {
    ($network:ty, $scalar:ty) => {
        last::<$network, $scalar, 3, 37, _>
    };
}

macro_rules! networks {
    ($check:ident, $scalar:ty: $($network:ty),+ $(,)?) => {$(
        run(24, stringify!($network), $check!($network, $scalar));
    )+};
}

type One<const OUT: usize, const KERNEL: usize, const DILATION: usize, T> = CausalConv1d<3, OUT, KERNEL, DILATION, T>;
type Rising<const OUT: usize, T> = Sequential![
    CausalConv1d<3, OUT, 2, 1, T>,
    Relu,
    CausalConv1d<OUT, OUT, 2, 2, T>,
    Relu,
    CausalConv1d<OUT, OUT, 2, 4, T>,
    Relu,
    CausalConv1d<OUT, OUT, 2, 8, T>,
];
type Pooled<P, const KERNEL: usize, const DILATION: usize, T> =
    Sequential![CausalConv1d<3, 6, KERNEL, DILATION, T>, LeakyRelu, P, CausalConv1d<6, 5, 2, DILATION, T>, Tanh];
type PooledTwice<P, Q> = Sequential![P, CausalConv1d<3, 4, 3>, Relu, Q, CausalConv1d<4, 3, 2>];
type Wave<const DILATION: usize> = Residual<
    Sequential![
        Parallel<
            Sequential![CausalConv1d<3, 4, 2, DILATION>, Tanh],
            Sequential![CausalConv1d<3, 4, 2, DILATION>, Sigmoid],
        >,
        Multiply,
        CausalConv1d<4, 3, 1>,
    ],
>;
type Head<P, G> = Sequential![CausalConv1d<3, 8, 5>, Relu, P, CausalConv1d<8, 6, 3>, Gelu, G, Dense<6, 2>, Softmax];

#[test]
fn all_outputs_are_those_of_the_whole_sequence() {
    networks!(all, f32:
        One<1, 1, 1, f32>, One<1, 5, 2, f32>, One<5, 1, 3, f32>, One<5, 2, 1, f32>, One<16, 3, 2, f32>,
        One<33, 4, 1, f32>, One<100, 3, 1, f32>, One<2, 7, 5, f32>, One<2, 2, 36, f32>, One<2, 2, 40, f32>,
        Rising<4, f32>, Rising<17, f32>,
        MaxPool1d<2>, MaxPool1d<3>, MaxPool1d<3, 1>, MaxPool1d<3, 2>, MaxPool1d<5, 2>, MaxPool1d<2, 5>,
        MaxPool1d<1>, MaxPool1d<37>, MaxPool1d<7, 3>,
        AveragePool1d<2>, AveragePool1d<3, 1>, AveragePool1d<5, 2, 0, false>, AveragePool1d<2, 3>,
        Pooled<MaxPool1d<2>, 3, 1, f32>, Pooled<MaxPool1d<4, 3>, 2, 2, f32>, Pooled<AveragePool1d<3>, 4, 3, f32>,
        PooledTwice<MaxPool1d<2>, AveragePool1d<3>>, PooledTwice<AveragePool1d<3, 1>, MaxPool1d<2, 1>>,
        PooledTwice<MaxPool1d<2, 3>, MaxPool1d<3, 2>>,
        Wave<1>, Sequential![Repeat<2, Wave<3>>, TimeDistributed<Dense<3, 2>>],
        Sequential![Pooled<MaxPool1d<3>, 3, 1, f32>, ReturnSequences<Gru<5, 4>>],
        Sequential![ReturnSequences<Lstm<3, 3>>, Pooled<AveragePool1d<2, 1>, 2, 1, f32>],
    );
    networks!(all, f64:
        One<1, 5, 2, f64>, One<5, 3, 2, f64>, One<17, 3, 1, f64>, Rising<5, f64>, MaxPool1d<3, 2>, AveragePool1d<3, 2>,
        Pooled<MaxPool1d<2>, 3, 1, f64>, Pooled<AveragePool1d<4, 3>, 2, 2, f64>,
    );
}

#[test]
fn the_last_output_is_that_of_the_whole_sequence() {
    networks!(last, f32:
        GlobalAveragePool, GlobalMaxPool,
        Head<MaxPool1d<2>, GlobalAveragePool>, Head<AveragePool1d<3, 2>, GlobalMaxPool>, Head<MaxPool1d<4>, Gru<6, 6>>,
        Head<Identity, GlobalMaxPool>,
    );
    networks!(last, f64: GlobalAveragePool, GlobalMaxPool);
}

#[test]
fn a_mean_and_a_maximum_so_far_are_those_of_the_sequence_so_far() {
    fn so_far<N, const STEPS: usize>(layer: N)
    where
        N: Layer<[[f32; 3]; STEPS], Output = [f32; 3]> + Stream<[f32; 3], Output = [f32; 3]>,
    {
        let sequence = sequence::<f32, 3, 40>(3);
        let prefix: [[f32; 3]; STEPS] = std::array::from_fn(|step| sequence[step]);
        let mut state = layer.start();
        let stepped = sequence.map(|x| layer.step(&mut state, &x));
        assert_eq!(bits(&[stepped[STEPS - 1]]), whole(&layer, &prefix));
    }
    macro_rules! steps {
        ($($steps:literal)+) => {$(
            so_far::<_, $steps>(GlobalAveragePool);
            so_far::<_, $steps>(GlobalMaxPool);
        )+};
    }
    steps!(1 2 3 4 7 16 39 40);
}

#[test]
fn a_pooling_gives_an_output_at_the_last_step_of_each_window() {
    fn times<N: Stream<[f32; 1], Output = Option<[f32; 1]>>>(layer: N) -> Vec<usize> {
        let mut state = layer.start();
        (0..12).filter(|time| layer.step(&mut state, &[*time as f32]).is_some()).collect()
    }
    assert_eq!(times(MaxPool1d::<1>), Vec::from_iter(0..12));
    assert_eq!(times(MaxPool1d::<3>), [2, 5, 8, 11]);
    assert_eq!(times(AveragePool1d::<3, 2>), [2, 4, 6, 8, 10]);
    assert_eq!(times(AveragePool1d::<2, 5>), [1, 6, 11]);
    assert_eq!(times(MaxPool1d::<4, 1>), Vec::from_iter(3..12));
}

#[test]
fn a_not_a_number_leaves_with_its_window() {
    let mut state = Stream::<[f32; 1]>::start(&MaxPool1d::<2, 1>);
    let sequence = [[1.0], [f32::NAN], [-3.0], [-4.0], [f32::NEG_INFINITY], [f32::NEG_INFINITY]];
    let [none, a, b, c, d, e] = sequence.map(|x| MaxPool1d::<2, 1>.step(&mut state, &x));
    assert!(none.is_none() && a.unwrap()[0].is_nan() && b.unwrap()[0].is_nan());
    assert_eq!([c, d, e], [Some([-3.0]), Some([-4.0]), Some([f32::NEG_INFINITY])]);
}

#[test]
fn a_sequence_after_another_starts_anew() {
    type Network = Head<MaxPool1d<3, 2>, GlobalMaxPool>;
    let network = network::<Network>(1);
    let (one, other) = (sequence::<f32, 3, 37>(1), sequence::<f32, 3, 37>(2));
    let alone = stepped(&*network, &other);
    let mut state = network.start();
    for x in &one {
        network.step(&mut state, x);
    }
    state = network.start();
    let after: Vec<_> = other.iter().filter_map(|x| network.step(&mut state, x)).collect();
    assert_eq!((bits(&after), after.len()), alone);
    // Two at once do not disturb each other.
    let mut states = [network.start(); 2];
    let mut outputs = Vec::new();
    for (x, y) in one.iter().zip(&other) {
        let _ = network.step(&mut states[0], x);
        outputs.extend(network.step(&mut states[1], y));
    }
    assert_eq!((bits(&outputs), outputs.len()), alone);
}

#[test]
fn the_state_is_what_must_be_kept_and_no_more() {
    const COUNT: usize = size_of::<usize>();
    // DILATION (KERNEL - 1) inputs.
    assert_eq!(Budget::<CausalConv1d<3, 8, 5, 4>>::state_bytes::<[f32; 3]>(), 4 * 4 * 3 * 4 + COUNT);
    assert_eq!(Budget::<CausalConv1d<3, 8, 1>>::state_bytes::<[f32; 3]>(), COUNT);
    // The windows that are open at once.
    assert_eq!(Budget::<MaxPool1d<8>>::state_bytes::<[f32; 4]>(), 4 * 4 + 2 * COUNT);
    assert_eq!(Budget::<AveragePool1d<5, 2>>::state_bytes::<[f32; 4]>(), 3 * 4 * 4 + 2 * COUNT);
    assert_eq!(Budget::<Sequential![Dense<3, 4>, Relu, LayerNorm<4>]>::state_bytes::<[f32; 3]>(), 0);
}

#[test]
fn layers_that_take_each_step_for_itself() {
    type Branches = Sequential![
        Parallel<CausalConv1d<3, 4, 2>, Identity>,
        Both<PRelu<4>, CausalConv1d<3, 4, 3>>,
        Concat,
        Glu,
        SpatialDropout,
        AlphaDropout<20>,
        GaussianNoise<1, -1>,
        Parallel<Identity, Softsign>,
        Add,
    ];
    run(24, "branches", all::<Branches, f32, 3, 37, _, _>);

    // Tokens.
    type Words = Sequential![Embedding<10, 3>, CausalConv1d<3, 4, 3>, Relu, MaxPool1d<4>];
    let words: [u8; 37] = std::array::from_fn(|step| (step * step % 10) as u8);
    let network = network::<Words>(4);
    let (found, given) = stepped(&*network, &words);
    assert_eq!((found, given), (whole(&*network, &words), 9));
}
