//! Sequences of different lengths: the padding makes no difference, and training without it is another thing.

use typenet::prelude::*;
use typenet::rand::Rng;

/// Numbers in (-2, 2), or small tokens.
trait Draw: Sample {
    fn draw(rng: &mut impl Rng) -> Self;
}

impl Draw for f32 {
    fn draw(rng: &mut impl Rng) -> Self {
        (rng.next_u32() >> 8) as f32 / (1 << 22) as f32 - 2.0
    }
}

impl Draw for u16 {
    fn draw(rng: &mut impl Rng) -> Self {
        (rng.next_u32() % 5) as u16
    }
}

impl<X: Draw, const N: usize> Draw for [X; N] {
    fn draw(rng: &mut impl Rng) -> Self {
        std::array::from_fn(|_| X::draw(rng))
    }
}

/// The bits of all scalars.
fn bits<Y: Tensor>(values: &[Y]) -> Vec<u64> {
    Y::flat(values).iter().map(|y| y.to_f64().to_bits()).collect()
}

fn gradients<N: Parameters>(network: &mut N, gradient: &mut N::Gradient) -> Vec<u64> {
    struct List(Vec<u64>);
    impl Walker<1> for List {
        fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, _: &mut [T], [gradient]: [&mut [T]; 1]) {
            self.0.extend(bits(gradient));
        }
    }
    let mut list = List(Vec::new());
    network.walk([gradient], &Path::ROOT, &mut list);
    list.0
}

/// Bits of inference, of training, of the gradient, and the derivative by the input.
fn trace<N, X>(input: &[X]) -> ([Vec<u64>; 3], Vec<X>)
where
    N: Layer<X, Output: Tensor<Scalar = f32>>,
    X: Sample,
{
    let mut network = initialized::<N>(5);
    let mut tape = N::Tape::<Heap>::EMPTY;
    tape.grow(input.len());
    let mut output = vec![N::Output::ZERO; input.len()];
    network.forward(input, &mut output);
    let inferred = bits(&output);
    // On a tape that others of a batch were on before: no number of theirs may be left.
    let others: Vec<X> = input.iter().rev().copied().collect();
    network.forward_train::<Heap>(&others, &mut output, &mut tape, &mut seeded(6));
    network.forward_train::<Heap>(input, &mut output, &mut tape, &mut seeded(6));
    let (mut g, mut dx) = (output.clone(), input.to_vec());
    let mut gradient = N::Gradient::ZERO;
    network.backward::<Heap>(input, &output, &mut tape, &mut g, Some(&mut dx), &mut gradient);
    ([inferred, bits(&output), gradients(&mut *network, &mut gradient)], dx)
}

/// A network is on padded sequences what it is on arrays of their own length, to the last bit.
fn check<N, X, const LENGTH: usize, const STEPS: usize>(exact: bool)
where
    X: Draw + PartialEq + Near,
    N: Layer<[X; LENGTH], Output: Tensor<Scalar = f32>>,
    N: Layer<Padded<X, STEPS>, Output: Tensor<Scalar = f32>>,
{
    let name = format!("{} of {LENGTH} steps in {STEPS}", std::any::type_name::<N>());
    let arrays: [[X; LENGTH]; 3] = Draw::draw(&mut seeded(7));
    let padded = arrays.map(|steps| Padded::new(&steps).unwrap());
    let ([inference, training, gradient], dx) = trace::<N, [X; LENGTH]>(&arrays);
    let (found, padded_dx) = trace::<N, Padded<X, STEPS>>(&padded);
    assert_eq!(found[..2], [inference, training], "{name}");
    let dx: Vec<X> = dx.concat();
    let padded_dx: Vec<X> = padded_dx.iter().flat_map(|dx| dx.steps().to_vec()).collect();
    if exact || LENGTH == STEPS {
        assert_eq!(found[2], gradient, "{name}");
        assert_eq!(padded_dx, dx, "{name}");
    } else {
        let numbers = |bits: &[u64]| bits.iter().map(|bits| f64::from_bits(*bits)).collect::<Vec<_>>();
        near(&name, &numbers(&found[2]), &numbers(&gradient));
        near(&name, &X::numbers(&padded_dx), &X::numbers(&dx));
    }
}

/// Attention sums over all places, those of padding with weights of 0: the order of the sums is another. They have less
/// than 100 terms, each of them a sum of a few.
fn near(name: &str, found: &[f64], expected: &[f64]) {
    let largest = expected.iter().fold(0.0_f64, |largest, e| largest.max(e.abs()));
    for (found, expected) in found.iter().zip(expected) {
        let allowed = 200.0 * f64::from(f32::EPSILON) * expected.abs().max(0.01 * largest);
        assert!((found - expected).abs() <= allowed, "{name}: {found:e}, not {expected:e}");
    }
}

/// Derivatives as numbers; tokens have none.
trait Near: Sized {
    fn numbers(values: &[Self]) -> Vec<f64>;
}

impl<const N: usize> Near for [f32; N] {
    fn numbers(values: &[Self]) -> Vec<f64> {
        values.iter().flatten().map(|x| f64::from(*x)).collect()
    }
}

impl Near for u16 {
    fn numbers(values: &[Self]) -> Vec<f64> {
        values.iter().map(|x| f64::from(*x)).collect()
    }
}

macro_rules! lengths {
    ($exact:literal; $($step:ty => $network:ty),+ $(,)?) => {$(
        check::<$network, $step, 1, 6>($exact);
        check::<$network, $step, 4, 6>($exact);
        check::<$network, $step, 6, 6>($exact);
        check::<$network, $step, 20, 23>($exact);
    )+};
}

type Stacked = Sequential![
    Bidirectional<ReturnSequences<Lstm<3, 4>>>,
    TimeDistributed<Sequential![Dense<8, 5>, Tanh, BatchNorm<5>]>,
    LayerNorm<5>,
    Bidirectional<Gru<5, 3>>,
];

#[test]
fn padding_makes_no_difference() {
    lengths![true;
        [f32; 3] => Rnn<3, 4>,
        [f32; 3] => Gru<3, 9>,
        [f32; 3] => Lstm<3, 4>,
        [f32; 3] => Stacked,
        [f32; 3] => Sequential![Residual<ReturnSequences<Gru<3, 3>>>, GlobalMaxPool],
        u16 => Sequential![Embedding<5, 4>, SinusoidalPosition, GlobalAveragePool],
    ];
    lengths![false;
        [f32; 4] => Sequential![MultiHeadAttention<4, 2>, GlobalMaxPool],
        u16 => Sequential![Embedding<5, 4>, SinusoidalPosition, TransformerBlock<4, 2, 6>, GlobalAveragePool],
        u16 => Sequential![Embedding<5, 4>, CausalAttention<4, 2>, Lstm<4, 3>],
    ];
}

/// Words of all lengths, and none at all.
fn words<const STEPS: usize>(count: usize) -> Vec<Padded<u16, STEPS>> {
    let rng = &mut seeded(8);
    let lengths = (0..=STEPS).cycle().take(count);
    lengths.map(|length| Padded::new(&<[u16; STEPS]>::draw(rng)[..length]).unwrap()).collect()
}

#[test]
fn each_of_a_batch_is_what_it_is_alone() {
    fn check<N: Layer<Padded<u16, 9>, Output: Tensor<Scalar = f32>>>() {
        let words = words::<9>(23);
        let alone = words.iter().flat_map(|word| trace::<N, _>(&[*word]).0[0].clone()).collect::<Vec<_>>();
        let [inferred, trained, _] = trace::<N, _>(&words).0;
        assert_eq!(inferred, alone, "{}", std::any::type_name::<N>());
        assert_eq!(trained, alone, "{}", std::any::type_name::<N>());
    }
    check::<Sequential![Embedding<5, 4>, Gru<4, 3>]>();
    check::<Sequential![Embedding<5, 4>, Bidirectional<ReturnSequences<Lstm<4, 3>>>, Unmask]>();
    check::<Sequential![Embedding<5, 4>, LearntPosition<9, 4>, TransformerBlock<4, 2, 6>, GlobalMaxPool]>();
}

#[test]
fn nothing_is_made_of_nothing() {
    fn output<N: Layer<Padded<[f32; 2], 3>, Output: Tensor<Scalar = f32>>>() -> Vec<u64> {
        trace::<N, _>(&[Padded::ZERO]).0[0].clone()
    }
    assert_eq!(output::<Gru<2, 2>>(), [0; 2]);
    assert_eq!(output::<Bidirectional<Lstm<2, 2>>>(), [0; 4]);
    assert_eq!(output::<GlobalAveragePool>(), [0; 2]);
    assert_eq!(output::<GlobalMaxPool>(), [0; 2]);
    assert_eq!(output::<Sequential![MultiHeadAttention<2, 1>, Unmask]>(), [0; 6]);
}

#[test]
fn tokens_that_do_not_exist_are_refused_where_a_sequence_has_them() {
    type Network = Sequential![Embedding<5, 4>, Gru<4, 1>];
    let mut trainer = Trainer::new(initialized::<Network>(1), MeanSquaredError, Adam::default());
    let mut fit = |word: &[u16]| {
        let data = Dataset::new(vec![Padded::<u16, 4>::new(word).unwrap()], vec![[0.0]]).unwrap();
        trainer.fit(&data, Fit::epochs(1)).map(|_| ())
    };
    assert_eq!(fit(&[4, 0]), Ok(()));
    assert_eq!(fit(&[4, 5]), Err(typenet::Error::Token { token: 5, vocabulary: 5 }));
}

/// The error after training, on sequences that were not seen.
fn learn<N, X>(sequences: &[Vec<u16>], targets: &[[f32; 1]], input: impl Fn(&[u16]) -> X) -> (f64, Box<N>)
where
    N: Layer<X, Output = [f32; 1]>,
    X: Sample,
{
    let inputs = sequences.iter().map(|sequence| input(sequence)).collect();
    let (train, test) = Dataset::new(inputs, targets.to_vec()).unwrap().split_at(sequences.len() / 2);
    let mut trainer = Trainer::new(initialized::<N>(1), MeanSquaredError, Adam::new(0.01));
    trainer.fit(&train, Fit::epochs(30).batch_size(16)).unwrap();
    let error = trainer.evaluate(&test).unwrap().loss;
    (error, trainer.into_network())
}

const ROOM: usize = 16;

/// Sequences of 1 and 2, of any length.
fn coins() -> Vec<Vec<u16>> {
    let rng = &mut seeded(9);
    let lengths = (0..400).map(|i| 1 + i % ROOM);
    lengths.map(|length| (0..length).map(|_| 1 + u16::draw(rng) % 2).collect()).collect()
}

fn padded(sequence: &[u16]) -> Padded<u16, ROOM> {
    Padded::new(sequence).unwrap()
}

/// The same with padding that is a token as any other.
fn with_zeros(sequence: &[u16]) -> [u16; ROOM] {
    std::array::from_fn(|step| sequence.get(step).copied().unwrap_or(0))
}

#[test]
fn shares_are_learnt_with_the_lengths_and_not_without() {
    // A sum is a share only to one who knows of how many.
    type Network = Sequential![Embedding<3, 4>, GlobalAveragePool, Dense<4, 1>];
    let sequences = coins();
    let share =
        |sequence: &Vec<u16>| [sequence.iter().map(|coin| f32::from(coin - 1)).sum::<f32>() / sequence.len() as f32];
    let targets: Vec<[f32; 1]> = sequences.iter().map(share).collect();
    let (known, network) = learn::<Network, _>(&sequences, &targets, padded);
    let (unknown, other) = learn::<Network, _>(&sequences, &targets, with_zeros);
    println!("a share: {known:e} with the lengths, {unknown:e} without");
    assert!(known < 1e-4 && unknown > 100.0 * known, "{known} and {unknown}");
    // The padding's row is not read, and does not learn.
    let start = initialized::<Network>(1);
    assert_eq!(network.0.weight[0], start.0.weight[0]);
    assert!(network.0.weight[1] != start.0.weight[1] && other.0.weight[0] != start.0.weight[0]);
}

#[test]
fn steps_of_padding_are_neither_trained_nor_evaluated() {
    type Network = Sequential![Embedding<3, 4>, ReturnSequences<Gru<4, 8>>, TimeDistributed<Dense<8, 2>>, Unmask];
    // Is the number of twos so far odd?
    let odd = |sequence: &Vec<u16>| -> Padded<u8, ROOM> {
        let mut odd = 0;
        let steps = sequence.iter().map(|coin| {
            odd ^= u8::from(*coin == 2);
            odd
        });
        Padded::new(&steps.collect::<Vec<_>>()).unwrap()
    };
    let sequences = coins();
    let data =
        Dataset::new(sequences.iter().map(|sequence| padded(sequence)).collect(), sequences.iter().map(odd).collect());
    let (train, test) = data.unwrap().split_at(sequences.len() / 2);
    let loss = PerStep(SparseCategoricalCrossEntropyLogits);
    let mut trainer = Trainer::new(initialized::<Network>(1), loss, Adam::new(0.02));
    trainer.fit(&train, Fit::epochs(40).batch_size(16)).unwrap();
    let found = trainer.evaluate(&test).unwrap().loss;
    println!("odd or even: {found:e}");
    assert!(found < 0.1, "{found}"); // of 0.69
    // By hand, over the steps that count.
    let (mut sum, mut steps) = (0.0, 0);
    for ((input, target), output) in test.iter().zip(trainer.predict(test.inputs())) {
        assert!(output[input.steps().len()..].iter().all(|logits| *logits == [0.0; 2]));
        for (target, [no, yes]) in target.steps().iter().zip(output) {
            let margin = f64::from(if *target == 1 { no - yes } else { yes - no });
            sum += margin.exp().ln_1p();
            steps += 1;
        }
    }
    let outputs = trainer.predict(test.inputs());
    let mean = f64::from(loss.evaluation(&outputs, test.targets()));
    assert!((mean - sum / f64::from(steps)).abs() < 1e-6 * mean.max(1e-3), "{mean}");
}
