//! What every layer that holds others passes on to them, or asks of them.

use crate::error::Error;
use crate::layers::Identity;
use crate::layers::{
    BatchNorm, Bidirectional, Both, CausalConv1d, Constrained, Conv1d, Conv2d, ConvTranspose2d, Dense, DepthwiseConv2d,
    Frozen, Group, Gru, L2, Lstm, MultiHeadAttention, NonNegative, Parallel, Regularized, Residual, ReturnSequences,
    Rnn, TimeDistributed,
};
use crate::network::{
    Batch, Chain, Entry, Heap, Initializer, Layer, Padded, Parameters, Path, Role, Sample, Scalar, Tape, Visitor,
    Walker, Zero, seeded,
};
use crate::no_parameters;

/// Four weights and two biases, each weight penalised by its square and at least 0.
type Bound = Constrained<Regularized<Dense<2, 2, f64>, L2<1, 0>>, NonNegative>;

/// All trained values, one after the other.
#[derive(Default)]
struct Values(Vec<f64>);

impl Visitor for Values {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
        if entry.role != Role::Statistic {
            self.0.extend(values.iter().map(|value| value.to_f64()));
        }
    }
}

/// Writes a value into all trained scalars, and adds up those of a gradient.
struct Fill(f64, f64);

impl Walker<0> for Fill {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], []: [&mut [T]; 0]) {
        values.fill(T::from_f64(self.0));
    }
}

impl Walker<1> for Fill {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, _: &mut [T], [gradient]: [&mut [T]; 1]) {
        self.1 += gradient.iter().map(|g| g.to_f64()).sum::<f64>();
    }
}

/// A layer of so many [`Bound`] ones: their penalties count, so do the penalties' derivatives, and all are
/// constrained.
fn bound<L: Parameters>(parts: usize) {
    let name = core::any::type_name::<L>();
    let mut layer = L::ZERO;
    layer.init(Initializer::Constant(2.0), &mut seeded(1));
    let count = parts as f64;
    assert_eq!(layer.penalty(), count * 4.0 * 4.0, "{name}");
    let mut gradient = L::Gradient::ZERO;
    layer.penalize(&mut gradient);
    let mut sum = Fill(0.0, 0.0);
    layer.walk([&mut gradient], &Path::ROOT, &mut sum);
    assert_eq!(sum.1, count * 4.0 * (2.0 * 2.0), "{name}");
    layer.walk([], &Path::ROOT, &mut Fill(-1.0, 0.0));
    layer.constrain();
    let mut values = Values::default();
    layer.visit(&Path::ROOT, &mut values);
    let of = |wanted: f64| values.0.iter().filter(|value| **value == wanted).count();
    assert_eq!((of(0.0), of(-1.0), values.0.len()), (4 * parts, 2 * parts, 6 * parts), "{name}");
}

#[test]
fn penalties_and_constraints() {
    bound::<Bound>(1);
    bound::<Group<Bound>>(1);
    bound::<Residual<Bound>>(1);
    bound::<TimeDistributed<Bound>>(1);
    bound::<ReturnSequences<Bound>>(1);
    bound::<Bidirectional<Bound>>(2);
    bound::<Parallel<Bound, Bound>>(2);
    bound::<Both<Bound, Bound>>(2);
    bound::<Chain<Bound, Bound>>(2);
    bound::<Regularized<Constrained<Dense<2, 2, f64>, NonNegative>, L2<1, 0>>>(1);
}

#[test]
fn layers_without_a_penalty_have_none() {
    assert_eq!(ReturnSequences::<Rnn<2, 2, f64>>::ZERO.penalty(), 0.0);
    assert_eq!(Frozen::<Bound>::ZERO.penalty(), 0.0);
}

/// The statistics after one step of training.
fn statistics<X: Sample, L: Layer<X>>(input: &[X]) -> Vec<f64> {
    struct List(Vec<f64>);
    impl Visitor for List {
        fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
            if entry.role == Role::Statistic {
                self.0.extend(values.iter().map(|value| value.to_f64()));
            }
        }
    }
    let mut layer = L::ZERO;
    layer.init(Initializer::default(), &mut seeded(1));
    let mut tape = L::Tape::<Heap>::EMPTY;
    tape.grow(input.len());
    let mut output = vec![L::Output::ZERO; input.len()];
    layer.forward_train::<Heap>(input, &mut output, &mut tape, &mut seeded(1));
    layer.update_statistics::<Heap>(&tape);
    let mut list = List(Vec::new());
    layer.visit(&Path::ROOT, &mut list);
    list.0
}

#[test]
fn statistics_of_a_batch() {
    // The statistics are those of the last batch alone: a mean of 2 and a variance of 1.
    type Norm = BatchNorm<1, 0, 0, f64>;
    let (samples, once, twice) = ([[1.0], [3.0]], vec![2.0, 1.0], vec![2.0, 1.0, 2.0, 1.0]);
    assert_eq!(statistics::<_, Norm>(&samples), once);
    assert_eq!(statistics::<_, Group<Norm>>(&samples), once);
    assert_eq!(statistics::<_, Residual<Norm>>(&samples), once);
    assert_eq!(statistics::<_, Regularized<Norm, L2<1, 0>>>(&samples), once);
    assert_eq!(statistics::<_, Constrained<Norm, NonNegative>>(&samples), once);
    assert_eq!(statistics::<_, TimeDistributed<Norm>>(&[[[1.0], [3.0]]]), once);
    assert_eq!(statistics::<_, Parallel<Norm, Norm>>(&samples), twice);
    assert_eq!(statistics::<_, Both<Norm, Norm>>(&[([1.0], [1.0]), ([3.0], [3.0])]), twice);
    assert_eq!(statistics::<_, Bidirectional<Norm>>(&[[[1.0], [3.0]]]), twice);
    // Padding is not measured.
    let padded = Padded::<[f64; 1], 5>::new(&[[1.0], [3.0]]).unwrap();
    assert_eq!(statistics::<_, TimeDistributed<Norm>>(&[padded]), once);
    // A frozen layer keeps those it has: the first are 0 and 1.
    assert_eq!(statistics::<_, Frozen<Norm>>(&samples)[2..], [0.0, 1.0]);
    assert_eq!(statistics::<_, Chain<Norm, Identity>>(&samples), once);
    assert_eq!(statistics::<_, Chain<Identity, Norm>>(&samples), once);
    // Of the steps of a sequence without a layer around.
    assert_eq!(statistics::<_, Norm>(&[[[1.0], [3.0]]]), once);
}

/// A layer that takes no input.
#[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
#[repr(C)]
struct Refuses;

no_parameters!(Refuses);

impl<X: Sample> Layer<X> for Refuses {
    type Output = X;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[X], output: &mut [X]) {
        output.copy_from_slice(input);
    }

    fn backward<B: Batch>(
        &self,
        _: &[X],
        _: &[X],
        (): &mut (),
        output_gradient: &mut [X],
        input_gradient: Option<&mut [X]>,
        (): &mut (),
    ) {
        if let Some(input_gradient) = input_gradient {
            input_gradient.copy_from_slice(output_gradient);
        }
    }

    fn check_input(&self, _: &[X]) -> Result<(), Error> {
        Err(Error::Empty("like"))
    }
}

#[test]
fn inputs_that_a_layer_refuses() {
    fn refused<X: Sample, L: Layer<X>>(input: X) {
        assert_eq!(L::ZERO.check_input(&[input]), Err(Error::Empty("like")), "{}", core::any::type_name::<L>());
    }
    refused::<_, Refuses>([1.0]);
    refused::<_, Group<Refuses>>([1.0]);
    refused::<_, Frozen<Refuses>>([1.0]);
    refused::<_, Residual<Refuses>>([1.0]);
    refused::<_, Regularized<Refuses, L2<1, 0>>>([1.0]);
    refused::<_, Constrained<Refuses, NonNegative>>([1.0]);
    refused::<_, TimeDistributed<Refuses>>([[1.0]]);
    refused::<_, TimeDistributed<Refuses>>(Padded::<f64, 2>::new(&[1.0]).unwrap());
    refused::<_, Parallel<Refuses, Identity>>([1.0]);
    refused::<_, Parallel<Identity, Refuses>>([1.0]);
    refused::<_, Both<Refuses, Identity>>(([1.0], [1.0]));
    refused::<_, Both<Identity, Refuses>>(([1.0], [1.0]));
    refused::<_, Chain<Refuses, Identity>>([1.0]);
    assert_eq!(<Chain<Identity, Identity> as Layer<[f64; 1]>>::check_input(&Chain::ZERO, &[[1.0]]), Ok(()));
}

/// The rows of a summary: path, layer, parameters, statistics.
fn rows<X: Sample, L: Layer<X>>() -> Vec<(String, String, usize, usize)> {
    let mut rows = Vec::new();
    L::describe(&Path::ROOT, &mut |row| {
        rows.push((row.path.to_string(), row.layer.to_string(), row.parameters, row.statistics));
    });
    rows
}

#[test]
fn rows_of_the_summary() {
    type Norm = BatchNorm<2, 99, -3, f64>;
    type Layer = Dense<2, 2, f64>;
    fn named(rows: &[(String, String, usize, usize)]) -> Vec<(&str, bool, usize, usize)> {
        rows.iter()
            .map(|(path, name, parameters, statistics)| {
                (path.as_str(), name.contains("Norm"), *parameters, *statistics)
            })
            .collect()
    }
    let parts = [("0", false, 6, 0), ("1", true, 4, 4)];
    let pair = rows::<[f64; 2], Parallel<Layer, Norm>>();
    assert_eq!((&*pair[0].1, pair[0].2, pair[0].3), ("Parallel", 0, 0));
    assert_eq!(named(&pair)[1..], parts);
    let pair = rows::<([f64; 2], [f64; 2]), Both<Layer, Norm>>();
    assert_eq!((&*pair[0].1, pair[0].2, pair[0].3), ("Both", 0, 0));
    assert_eq!(named(&pair)[1..], parts);
    let group = rows::<[f64; 2], Group<Chain<Layer, Norm>>>();
    assert_eq!((&*group[0].1, group[0].2, group[0].3), ("Group", 0, 0));
    assert_eq!(named(&group)[1..], parts);
    // All is kept and nothing trained.
    let frozen = rows::<[f64; 2], Frozen<Chain<Layer, Norm>>>();
    assert_eq!((&*frozen[0].1, frozen[0].2, frozen[0].3), ("Frozen", 0, 0));
    assert_eq!(named(&frozen)[1..], [("0", false, 0, 6), ("1", true, 0, 8)]);
    // One row, which counts what is in it.
    let [(_, _, 4, 4)] = &*rows::<[[f64; 2]; 3], TimeDistributed<Norm>>() else { panic!("one row") };
    let [(_, _, 8, 8)] = &*rows::<[[f64; 2]; 3], Bidirectional<Norm>>() else { panic!("one row") };
}

#[test]
fn first_values_of_layers_around_others() {
    fn values<L: Parameters>() -> Vec<f64> {
        let mut layer = L::ZERO;
        layer.init(Initializer::HeNormal, &mut seeded(1));
        let mut values = Values::default();
        layer.visit(&Path::ROOT, &mut values);
        values.0
    }
    let one = values::<Rnn<2, 2, f64>>();
    assert_eq!(values::<ReturnSequences<Rnn<2, 2, f64>>>(), one);
    let both = values::<Bidirectional<Rnn<2, 2, f64>>>();
    assert_eq!(both[..one.len()], one);
    // The second is drawn after the first.
    assert_ne!(both[one.len()..], one);
    assert!(both[one.len()..].iter().any(|value| *value != 0.0));
    // Every weight of the four projections is drawn.
    let attention = values::<MultiHeadAttention<4, 2, false, f64>>();
    assert_eq!(attention.iter().filter(|value| **value != 0.0).count(), 4 * 16);
    // Each gate's bias, in the order input, forget, candidate, output: that of the forget gate is 1.
    let memory = values::<Lstm<1, 2, f64>>();
    assert_eq!(memory[memory.len() - 8..], [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    let _ = values::<Gru<1, 2, f64>>();
}

/// Inference of many samples at once is that of each alone, whatever fits in the buffers.
#[test]
fn inference_in_pieces() {
    fn same<const N: usize>() {
        let samples: [[f64; N]; 21] = core::array::from_fn(|at| core::array::from_fn(|n| (at * N + n) as f64));
        let mut pairs = [([f64::NAN; N], [f64::NAN; N]); 21];
        Parallel(Identity, Refuses).forward(&samples, &mut pairs);
        assert_eq!(pairs, samples.map(|x| (x, x)));
        let inputs = samples.map(|x| (x, x.map(|x| -x)));
        pairs = [([f64::NAN; N], [f64::NAN; N]); 21];
        Both(Identity, Refuses).forward(&inputs, &mut pairs);
        assert_eq!(pairs, inputs);
    }
    // Of 16, of 4 and of 1 sample.
    same::<2>();
    same::<60>();
    same::<200>();
}

/// Parameters, statistics and multiply-adds, counted by hand.
#[test]
fn sizes() {
    fn of<X: Sample, L: Layer<X>>() -> [usize; 3] {
        [L::COUNT, L::STATISTICS, L::MULTIPLY_ADDS]
    }
    type Sequence = [[f64; 3]; 7];
    type Image = [[[f64; 5]; 4]; 6];
    type Three = Dense<3, 2, f64>; // 3 x 2 products
    assert_eq!(of::<[f64; 3], Three>(), [8, 0, 6]);
    assert_eq!(of::<[f64; 3], Parallel<Three, Dense<3, 5, f64>>>(), [8 + 20, 0, 6 + 15]);
    assert_eq!(of::<([f64; 3], [f64; 4]), Both<Three, Dense<4, 5, f64>>>(), [8 + 25, 0, 6 + 20]);
    assert_eq!(of::<[f64; 3], Chain<Three, BatchNorm<2, 99, -3, f64>>>(), [8 + 4, 4, 6]);
    assert_eq!(of::<[f64; 3], Frozen<Chain<Three, BatchNorm<2, 99, -3, f64>>>>(), [0, 8 + 4 + 4, 6]);
    assert_eq!(of::<Sequence, TimeDistributed<Three>>(), [8, 0, 7 * 6]);
    // A product with the input and one with the state at each step, for each gate.
    assert_eq!(of::<Sequence, Rnn<3, 5, f64>>(), [5 * (3 + 5 + 1), 0, 7 * 5 * (3 + 5)]);
    assert_eq!(of::<Sequence, ReturnSequences<Rnn<3, 5, f64>>>()[2], 7 * 5 * (3 + 5));
    assert_eq!(of::<Sequence, Gru<3, 5, f64>>()[2], 3 * 7 * 5 * (3 + 5));
    assert_eq!(of::<Sequence, Lstm<3, 5, f64>>(), [4 * 5 * (3 + 5 + 1), 0, 4 * 7 * 5 * (3 + 5)]);
    assert_eq!(of::<Sequence, Bidirectional<Rnn<3, 5, f64>>>(), [2 * 5 * (3 + 5 + 1), 0, 2 * 7 * 5 * (3 + 5)]);
    assert_eq!(of::<Sequence, Bidirectional<BatchNorm<3, 99, -3, f64>>>()[1], 2 * 2 * 3);
    // Of padded sequences as of the longest.
    type Padding = Padded<[f64; 3], 7>;
    assert_eq!(of::<Padding, Gru<3, 5, f64>>(), of::<Sequence, Gru<3, 5, f64>>());
    assert_eq!(of::<Padding, ReturnSequences<Lstm<3, 5, f64>>>(), of::<Sequence, ReturnSequences<Lstm<3, 5, f64>>>());
    assert_eq!(of::<Padding, TimeDistributed<Three>>(), of::<Sequence, TimeDistributed<Three>>());
    assert_eq!(of::<Padding, Bidirectional<Rnn<3, 5, f64>>>(), of::<Sequence, Bidirectional<Rnn<3, 5, f64>>>());
    assert_eq!(
        of::<Padding, MultiHeadAttention<3, 1, false, f64>>(),
        of::<Sequence, MultiHeadAttention<3, 1, false, f64>>()
    );
    // Four projections; scores and sums of the values.
    let projections = 4 * 7 * (6 * 6);
    assert_eq!(
        of::<[[f64; 6]; 7], MultiHeadAttention<6, 2, false, f64>>(),
        [4 * (36 + 6), 0, projections + 7 * 7 * 6 + 7 * 7 * 6]
    );
    // Windows, products of each.
    assert_eq!(of::<Sequence, CausalConv1d<3, 5, 2, 1, f64>>()[2], 7 * (5 * 3 * 2));
    assert_eq!(of::<Sequence, Conv1d<3, 5, 2, 1, 0, 1, 1, f64>>()[2], 6 * (5 * 3 * 2));
    assert_eq!(of::<Image, Conv2d<6, 4, 3, 1, 0, 1, 2, f64>>()[2], 2 * 3 * (4 * 3 * 3 * 3));
    assert_eq!(of::<Image, DepthwiseConv2d<6, 3, 1, 0, 1, f64>>()[2], 2 * 3 * (6 * 3 * 3));
    assert_eq!(of::<Image, ConvTranspose2d<6, 4, 3, 1, 0, 0, f64>>()[2], 4 * 5 * (6 * 4 * 3 * 3));
}

/// The bytes of one sample that inference keeps beside input and output.
#[test]
fn scratch() {
    type Small = Chain<Dense<1, 2, f64>, Dense<2, 1, f64>>; // 2 numbers between the layers
    type Large = Chain<Dense<1, 5, f64>, Dense<5, 1, f64>>;
    fn of<X: Sample, L: Layer<X>>() -> usize {
        L::SCRATCH / size_of::<f64>()
    }
    assert_eq!((of::<[f64; 1], Small>(), of::<[f64; 1], Large>()), (2, 5));
    // The outputs of both, and what the larger of the two needs.
    assert_eq!(of::<[f64; 1], Parallel<Small, Large>>(), 1 + 1 + 5);
    assert_eq!(of::<[f64; 1], Parallel<Large, Dense<1, 3, f64>>>(), 1 + 3 + 5);
    // The inputs as well.
    assert_eq!(of::<([f64; 1], [f64; 7]), Both<Large, Dense<7, 3, f64>>>(), 1 + 7 + 1 + 3 + 5);
    // A chain takes 16, 4 or 1 of several steps at once.
    assert_eq!(of::<[[f64; 1]; 1], TimeDistributed<Small>>(), 2);
    assert_eq!(of::<[[f64; 1]; 3], TimeDistributed<Small>>(), 16 * 2);
    assert_eq!(of::<[[f64; 1]; 3], TimeDistributed<Chain<Dense<1, 64, f64>, Dense<64, 1, f64>>>>(), 16 * 64);
    assert_eq!(of::<[[f64; 1]; 3], TimeDistributed<Chain<Dense<1, 256, f64>, Dense<256, 1, f64>>>>(), 4 * 256);
    assert_eq!(of::<[[f64; 1]; 3], TimeDistributed<Chain<Dense<1, 257, f64>, Dense<257, 1, f64>>>>(), 257);
    // One inside of another layer takes no more than 16.
    assert_eq!(of::<[[f64; 1]; 3], TimeDistributed<Residual<Small>>>(), 16 * 2);
    assert_eq!(of::<[[f64; 1]; 1], TimeDistributed<Residual<Small>>>(), 2);
    assert_eq!(of::<[[f64; 1]; 3], TimeDistributed<Frozen<Small>>>(), 16 * 2);
    assert_eq!(of::<[[f64; 1]; 3], TimeDistributed<Parallel<Small, Large>>>(), 16 * (1 + 1 + 5));
    // The padding of one image at a time.
    assert_eq!(
        of::<[[[[f64; 5]; 4]; 1]; 3], TimeDistributed<Conv2d<1, 2, 3, 1, 1, 1, 1, f64>>>(),
        of::<[[[f64; 5]; 4]; 1], Conv2d<1, 2, 3, 1, 1, 1, 1, f64>>()
    );
    // The sequence the other way round, the outputs of both directions, and what one of them needs.
    assert_eq!(of::<[[f64; 1]; 3], Bidirectional<TimeDistributed<Small>>>(), 3 + 3 + 3 + 16 * 2);
    // An image with its padding; as it is it needs no room.
    assert_eq!(of::<[[[f64; 5]; 4]; 1], Conv2d<1, 2, 3, 1, 1, 1, 1, f64>>(), (5 + 2) * (4 + 2));
    assert_eq!(of::<[[[f64; 5]; 4]; 1], Conv2d<1, 2, 3, 1, 0, 1, 1, f64>>(), 0);
    // Queries, keys and values; a score for each pair of steps; one sum.
    assert_eq!(of::<[[f64; 6]; 7], MultiHeadAttention<6, 2, false, f64>>(), 3 * 7 * 6 + 7 * 7 + 6);
}
