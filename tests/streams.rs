//! One sample at a time gives the bits of the whole sequence.

#[path = "streams/causal.rs"]
mod causal;

use typenet::prelude::*;
use typenet::rand::Rng;

/// Numbers in (-2, 2).
fn random<T: Scalar, const N: usize>(rng: &mut impl Rng) -> [T; N] {
    std::array::from_fn(|_| T::from_f64((rng.next_u64() >> 11) as f64 / (1_u64 << 51) as f64 - 2.0))
}

/// Moves every parameter, so that no bias is zero.
fn network<N: Parameters>(seed: u64) -> Box<N> {
    struct Move(rand_state::State);
    impl Walker<0> for Move {
        fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], _: [&mut [T]; 0]) {
            for value in values {
                let [shift] = random::<f64, 1>(&mut self.0);
                *value += T::from_f64(0.1 * shift);
            }
        }
    }
    let mut network = initialized::<N>(seed);
    network.walk([], &Path::ROOT, &mut Move(seeded(seed ^ 6)));
    network
}

mod rand_state {
    pub type State = typenet::rand::rngs::Xoshiro256PlusPlus;
}

/// The bits of all scalars.
fn bits<Y: Tensor>(values: &[Y]) -> Vec<u64> {
    Y::flat(values).iter().map(|y| y.to_f64().to_bits()).collect()
}

/// A network that gives its last output.
fn check_last<N, T: Scalar, const IN: usize, const STEPS: usize, Y: Tensor>()
where
    N: Layer<[[T; IN]; STEPS], Output = Y> + Stream<[T; IN], Output = Y>,
{
    let (network, rng) = (network::<N>(5), &mut seeded(7));
    // Several sequences at once: their number must not matter either.
    let sequences: [[[T; IN]; STEPS]; 3] = std::array::from_fn(|_| std::array::from_fn(|_| random(rng)));
    let mut whole = [Y::ZERO; 3];
    network.forward(&sequences, &mut whole);
    for (sequence, whole) in sequences.iter().zip(&whole) {
        let mut state = network.start();
        let mut last = Y::ZERO;
        for x in sequence {
            last = network.step(&mut state, x);
        }
        assert_eq!(bits(&[last]), bits(&[*whole]), "{}", std::any::type_name::<N>());
    }
}

/// A network that gives all outputs.
fn check_all<N, T: Scalar, const IN: usize, const STEPS: usize, Y: Tensor>()
where
    N: Layer<[[T; IN]; STEPS], Output = [Y; STEPS]> + Stream<[T; IN], Output = Y>,
{
    let (network, rng) = (network::<N>(5), &mut seeded(7));
    let sequences: [[[T; IN]; STEPS]; 3] = std::array::from_fn(|_| std::array::from_fn(|_| random(rng)));
    let mut whole = [[Y::ZERO; STEPS]; 3];
    network.forward(&sequences, &mut whole);
    for (sequence, whole) in sequences.iter().zip(&whole) {
        let mut state = network.start();
        let stepped = sequence.map(|x| network.step(&mut state, &x));
        assert_eq!(bits(&stepped), bits(whole), "{}", std::any::type_name::<N>());
    }
}

/// Hidden sizes below, at and above the width of vectors and of register blocks.
macro_rules! sizes {
    ($layer:ident, $scalar:ty, $($hidden:literal)+) => {$(
        check_last::<$layer<3, $hidden, $scalar>, $scalar, 3, 37, _>();
        check_all::<ReturnSequences<$layer<3, $hidden, $scalar>>, $scalar, 3, 2, _>();
    )+};
}

#[test]
fn recurrent_layers() {
    sizes!(Rnn, f32, 1 5 16 33 100);
    sizes!(Gru, f32, 1 5 16 33 100);
    sizes!(Lstm, f32, 1 5 16 33 100);
    sizes!(Rnn, f64, 3 17);
    sizes!(Gru, f64, 3 17);
    sizes!(Lstm, f64, 3 17);
}

#[test]
fn networks() {
    type ToOne = Sequential![
        ReturnSequences<Lstm<3, 17>>,
        TimeDistributed<Sequential![Dense<17, 20>, Gelu, Dense<20, 9>]>,
        Dropout,
        Gru<9, 32>,
        BatchNorm<32>,
        Dense<32, 5>,
        Relu,
        Residual<Sequential![Dense<5, 5>, Tanh]>,
        Regularized<Dense<5, 4>, L2<1, -2>>,
        Softmax,
    ];
    check_last::<ToOne, f32, 3, 23, _>();

    type ToAll = Sequential![
        ReturnSequences<Gru<4, 12>>,
        LeakyRelu,
        LayerNorm<12>,
        Frozen<ReturnSequences<Rnn<12, 6>>>,
        Identity,
        RmsNorm<6>,
        TimeDistributed<Dense<6, 1>>,
        LogSoftmax,
    ];
    check_all::<ToAll, f32, 4, 40, _>();
}

#[test]
fn training_sees_the_same_numbers() {
    type Network = Sequential![ReturnSequences<Gru<3, 16>>, Lstm<16, 8>];
    let (network, rng) = (network::<Network>(5), &mut seeded(7));
    let sequences: [[[f32; 3]; 21]; 4] = std::array::from_fn(|_| std::array::from_fn(|_| random(rng)));
    let (mut inference, mut training) = ([[0.0; 8]; 4], [[1.0; 8]; 4]);
    let mut tape = <Network as Layer<[[f32; 3]; 21]>>::Tape::<Heap>::EMPTY;
    tape.grow(4);
    network.forward(&sequences, &mut inference);
    network.forward_train::<Heap>(&sequences, &mut training, &mut tape, &mut seeded(1));
    assert_eq!(bits(&inference), bits(&training));
}

#[test]
fn a_state_is_one_value_that_can_be_kept() {
    let network = network::<Gru<2, 5>>(5);
    let mut state = network.start();
    network.step(&mut state, &[0.5, 1.0]);
    let kept = state;
    let one = network.step(&mut state, &[-1.0, 0.25]);
    let mut again = kept;
    assert_eq!(network.step(&mut again, &[-1.0, 0.25]), one);
    assert_ne!(network.step(&mut again, &[-1.0, 0.25]), one);
}

#[test]
fn no_steps_give_the_zero_state() {
    let mut output = [[9.0_f32; 5]];
    network::<Gru<2, 5>>(5).forward(&[[]], &mut output);
    assert_eq!(output, [[0.0; 5]]);
}
