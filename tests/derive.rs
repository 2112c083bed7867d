//! Networks with named layers.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

use typenet::bytemuck::AnyBitPattern;
use typenet::gradcheck::{Check, check_layer};
use typenet::prelude::*;

/// Every kind of field: layers with and without parameters, statistics, tapes; networks; penalties.
#[derive(Clone, Copy, Debug, AnyBitPattern, Layer)]
#[bytemuck(crate = "typenet::bytemuck")]
#[layer(input = [f64; 3])]
#[repr(C)]
struct Mixed {
    squeeze: Tanh,
    encoder: Sequential![Dense<3, 5, f64>, Gelu, Dense<5, 4, f64>],
    norm: BatchNorm<4, 99, -3, f64>,
    dropout: Dropout<30>,
    around: Residual<Dense<4, 4, f64>>,
    /// A layer may have a comment.
    head: Regularized<Dense<4, 2, f64>, L2<1, -2>>,
}

/// The same, numbered.
type Numbered = Sequential![
    Tanh,
    Sequential![Dense<3, 5, f64>, Gelu, Dense<5, 4, f64>],
    BatchNorm<4, 99, -3, f64>,
    Dropout<30>,
    Residual<Dense<4, 4, f64>>,
    Regularized<Dense<4, 2, f64>, L2<1, -2>>,
];

/// A struct in a struct, with parameters of its own.
#[derive(Clone, Copy, Debug, AnyBitPattern, Layer)]
#[bytemuck(crate = "typenet::bytemuck")]
#[layer(input = [[T; 2]; 4])]
#[layer(input = [[T; 2]; 9])]
#[repr(C)]
struct Recurring<const HIDDEN: usize, T: Scalar = f32> {
    memory: Gru<2, HIDDEN, T>,
    readout: Readout<HIDDEN, T>,
}

/// One layer alone, and `where`.
#[derive(Clone, Copy, Debug, AnyBitPattern, Layer)]
#[bytemuck(crate = "typenet::bytemuck")]
#[layer(input = _)]
#[repr(C)]
struct Readout<const HIDDEN: usize, T>
where
    T: Scalar,
{
    dense: Dense<HIDDEN, 1, T>,
}

/// The names, shapes and values of all arrays.
fn arrays<N: Parameters>(network: &N) -> Vec<(String, Vec<usize>, Vec<f64>)> {
    struct Arrays(Vec<(String, Vec<usize>, Vec<f64>)>);
    impl Visitor for Arrays {
        fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
            let values = values.iter().map(|value| value.to_f64()).collect();
            self.0.push((entry.to_string(), entry.shape.to_vec(), values));
        }
    }
    let mut arrays = Arrays(Vec::new());
    network.visit(&Path::ROOT, &mut arrays);
    arrays.0
}

#[test]
fn fields_name_the_parameters() {
    let names: Vec<String> = arrays(&Mixed::ZERO).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(
        names,
        [
            "encoder.0.weight",
            "encoder.0.bias",
            "encoder.2.weight",
            "encoder.2.bias",
            "norm.scale",
            "norm.shift",
            "norm.mean",
            "norm.variance",
            "around.weight",
            "around.bias",
            "head.weight",
            "head.bias",
        ]
    );
    let network = <Sequential![Recurring<3>, Recurring<3>]>::ZERO;
    let names: Vec<String> = arrays(&network).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names[0], "0.memory.input_weight");
    assert_eq!(names[11], "1.readout.dense.bias");
}

#[test]
fn gradients_are_proven() {
    for report in [
        check_layer::<Mixed, [f64; 3]>(&Check::default()),
        check_layer::<Recurring<3, f64>, [[f64; 2]; 4]>(&Check::default().tape_is_scratch()),
        check_layer::<Readout<3, f64>, [f64; 3]>(&Check::default()),
        check_layer::<Residual<Sequential![Dense<3, 3, f64>, Mixed, Dense<2, 3, f64>]>, [f64; 3]>(&Check::default()),
    ] {
        assert!(report.unwrap_or_else(|failure| panic!("{failure}")).largest_error < 1e-6);
    }
}

/// The same start, data and random numbers: the same numbers to the last bit after training.
#[test]
fn a_struct_trains_as_the_sequence_does() {
    fn trained<N: Layer<[f64; 3], Output = [f64; 2]>>() -> (Vec<Vec<f64>>, [[f64; 2]; 40], f64) {
        let inputs: Vec<[f64; 3]> = (0..40).map(|i| [0.0, 1.0, 2.0].map(|k| f64::sin(f64::from(i) + k))).collect();
        let targets: Vec<[f64; 2]> = inputs.iter().map(|[a, b, c]| [a * b, b - c]).collect();
        let mut trainer = Trainer::new(initialized::<N>(4), MeanSquaredError, Adam::new(0.01));
        let data = Dataset::new(inputs.clone(), targets).unwrap();
        let history = trainer.fit(&data, Fit::epochs(30).batch_size(7)).unwrap();
        let network = trainer.into_network();
        let mut outputs = [[0.0; 2]; 40];
        network.forward(&inputs, &mut outputs);
        let values = arrays(&*network).into_iter().map(|(_, _, values)| values).collect();
        (values, outputs, history.last().unwrap().training[0])
    }
    let (named, numbered) = (trained::<Mixed>(), trained::<Numbered>());
    assert_eq!(named, numbered);
    assert!(named.2 < 0.3, "{}", named.2);
}

#[test]
fn sizes_are_those_of_the_sequence() {
    assert_eq!(Mixed::COUNT, Numbered::COUNT);
    assert_eq!(Mixed::STATISTICS, Numbered::STATISTICS);
    assert_eq!(size_of::<Mixed>(), size_of::<Numbered>());
    assert_eq!(size_of::<MixedGradient>(), size_of::<<Numbered as Parameters>::Gradient>());
    assert_eq!(Budget::<Mixed>::multiply_adds::<[f64; 3]>(), Budget::<Numbered>::multiply_adds::<[f64; 3]>());
    // Each layer's output is kept while the rest runs: 3, 4, 4, 4 and 4 numbers; at its end nothing more.
    assert_eq!(Budget::<Mixed>::buffer_bytes::<[f64; 3]>(), (3 + 4 + 4 + 4 + 4) * 8);
    assert_eq!(Budget::<Mixed>::tape_bytes::<[f64; 3], 8>(), Budget::<Numbered>::tape_bytes::<[f64; 3], 8>());
}

#[test]
fn each_layer_is_watched() {
    let (mut named, mut numbered) = (Mixed::ZERO, Numbered::ZERO);
    named.init(Initializer::HeNormal, &mut seeded(1));
    numbered.init(Initializer::HeNormal, &mut seeded(1));
    let inputs = [[0.5, -1.0, 2.0], [-3.0, 0.25, 1.0]];
    // One layer for each field, and three in the encoder.
    let (mut of_named, mut of_numbered) = (Envelope::<8>::EMPTY, Envelope::<8>::EMPTY);
    of_named.learn(&named, &inputs);
    of_numbered.learn(&numbered, &inputs);
    assert_eq!(of_named, of_numbered);
    // A layer in the middle: its output alone is out of range.
    named.encoder.1.1.bias[0] += 1e6;
    let alarm = of_named.forward_checked(&named, &inputs, &mut [[0.0; 2]; 2]).unwrap_err();
    assert!(matches!(alarm, Alarm::OutOfRange { signal: Signal::Output(3), .. }), "{alarm}");
}

#[test]
fn the_gradient_has_the_same_fields() {
    let mut gradient = RecurringGradient::<3, f32>::ZERO;
    gradient.readout.dense.bias[0] = 1.0;
    assert_eq!(gradient.memory.hidden_bias, [[0.0; 3]; 3]);
}

#[test]
fn streams_give_the_same_numbers() {
    let network = initialized::<Recurring<6>>(3);
    let sequence: [[f32; 2]; 9] = std::array::from_fn(|t| [(t as f32).sin(), (t as f32).cos()]);
    let mut whole = [[0.0]];
    network.forward(&[sequence], &mut whole);
    let mut state = network.start();
    let stepped = sequence.map(|x| network.step(&mut state, &x));
    assert_eq!(stepped[8], whole[0]);
}

/// A pooling between named layers.
#[derive(Clone, Copy, Debug, AnyBitPattern, Layer)]
#[bytemuck(crate = "typenet::bytemuck")]
#[layer(input = [[f32; 2]; 9])]
#[repr(C)]
struct Listening {
    front: Sequential![CausalConv1d<2, 4, 3>, Relu],
    pool: MaxPool1d<2>,
    back: CausalConv1d<4, 3, 2>,
}

#[test]
fn streams_with_a_pooling_give_the_same_numbers_as_numbered_ones() {
    type Numbered = Sequential![Sequential![CausalConv1d<2, 4, 3>, Relu], MaxPool1d<2>, CausalConv1d<4, 3, 2>];
    let (named, numbered) = (initialized::<Listening>(3), initialized::<Numbered>(3));
    let sequence: [[f32; 2]; 9] = std::array::from_fn(|t| [(t as f32).sin(), (t as f32).cos()]);
    let mut states = (Stream::<[f32; 2]>::start(&*named), Stream::<[f32; 2]>::start(&*numbered));
    let stepped = sequence.map(|x| {
        let [one, other] = [named.step(&mut states.0, &x), numbered.step(&mut states.1, &x)];
        assert_eq!(one, other);
        one
    });
    let mut whole = [[[0.0; 3]; 4]];
    named.forward(&[sequence], &mut whole);
    assert_eq!(Vec::from_iter(stepped.into_iter().flatten()), whole[0]);
    let bytes = [Budget::<Listening>::step_bytes::<[f32; 2]>(), Budget::<Numbered>::step_bytes::<[f32; 2]>()];
    assert_eq!(bytes[0], bytes[1]);
}

#[test]
fn the_summary_shows_the_names() {
    let summary = Summary::<Recurring<3>, [[f32; 2]; 4]>::NEW.to_string();
    assert!(summary.contains("\nmemory ") && summary.contains("\nreadout.dense "), "{summary}");
}

#[test]
fn the_columns_of_the_summary_are_aligned() {
    type Block = Residual<Sequential![Dense<3, 3>, Relu]>;
    // One row, whose name has far more letters than there are in the table.
    type Steps = TimeDistributed<Sequential![Dense<3, 64>, Tanh, Dense<64, 100>, Gelu, Dense<100, 3>]>;
    let network =
        Summary::<Sequential![Steps, Residual<Sequential![TimeDistributed<Block>, Identity]>], [[f32; 3]; 7]>::NEW;
    for table in [network.to_string(), Summary::<Mixed, [f64; 3]>::NEW.to_string()] {
        let [header, rule, rows @ .., last, _, _] = &*table.lines().collect::<Vec<_>>() else { panic!("{table}") };
        assert_eq!(rule, last);
        let starts = ["Layer", "Output shape"].map(|name| header.find(name).unwrap());
        for row in rows {
            assert_eq!(row.chars().count(), rule.len(), "{table}");
            for start in starts {
                assert!(row[..start].ends_with("  ") && !row[start..].starts_with(' '), "{table}");
            }
            assert!(row[starts[1]..].starts_with("(_, "), "{table}");
        }
    }
    let table = network.to_string();
    assert!(table.contains("\n0    TimeDistributed<Chain<Dense<3, 64>, Chain<Tanh..  (_, 7, 3) "), "{table}");
}
