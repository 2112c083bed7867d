//! Weights that go to PyTorch and Keras and come from there, and files of samples that others wrote.
//!
//! `generate.py` writes models with inputs and outputs (folders `pytorch` and `keras`): loaded, each must give the
//! same outputs. The other way, what typenet writes is committed (folder `typenet`), `check.py` loads it into both
//! frameworks and compares outputs, and here typenet must write the same bytes again.
//!
//! A number passes if it differs by at most 1e-6 of the largest output, or of 1: about ten roundings of `f32`. A
//! transpose or an order of gates that is wrong changes the first digit.

#![allow(clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

mod data;

use std::fs;
use std::path::{Path, PathBuf};

use typenet::prelude::*;

type Vectors<T> = Sequential![
    Dense<4, 6, T>, Relu, BatchNorm<6, 90, -5, T>, Dropout, Dense<6, 5, T>, LayerNorm<5, -5, T>, PRelu<5, T>,
    Dense<5, 2, T>,
];

type Images<T> = Sequential![
    Conv2d<2, 4, 3, 1, 1, 1, 1, T>, BatchNorm<4, 90, -5, T>, Relu, DepthwiseConv2d<4, 3, 1, 0, 1, T>,
    GroupNorm<4, 2, -5, T>, Conv2d<4, 6, 3, 2, 0, 1, 2, T>, InstanceNorm<6, -5, T>, ConvTranspose2d<6, 3, 3, 2, 0, 0, T>,
    Flatten, Dense<75, 3, T>,
];

type Sequences<T> = Sequential![
    Embedding<11, 8, T>, CausalConv1d<8, 8, 3, 1, T>,
    Residual<Sequential![LayerNorm<8, -5, T>, MultiHeadAttention<8, 2, false, T>]>, RmsNorm<8, -6, T>,
    ReturnSequences<Gru<8, 5, T>>, Bidirectional<ReturnSequences<Lstm<5, 4, T>>>, Conv1d<8, 7, 2, 1, 1, 1, 1, T>,
    Bidirectional<Gru<7, 3, T>>, Dense<6, 3, T>,
];

/// Without biases, scales and shifts: begins as a residual network does.
type BareImages<T> = Sequential![
    Conv2dNoBias<2, 4, 3, 2, 0, 1, 1, T>, BatchNorm<4, 90, -5, T>, Relu,
    Residual<Sequential![
        Conv2dNoBias<4, 4, 3, 1, 1, 1, 1, T>, BatchNorm<4, 90, -5, T>, Relu,
        DepthwiseConv2dNoBias<4, 3, 1, 1, 1, T>, BatchNorm<4, 90, -5, T, 0, 0>
    ]>,
    Relu, GroupNorm<4, 2, -5, T>, ConvTranspose2dNoBias<4, 3, 3, 2, 0, 0, T>, InstanceNorm<3, -5, T, 0, 0>,
    Flatten, DenseNoBias<147, 3, T>,
];

type BareSteps<T> = Sequential![
    CausalConv1dNoBias<3, 8, 3, 1, T>,
    Residual<Sequential![LayerNorm<8, -5, T, 8, 0>, MultiHeadAttention<8, 2, false, T, 0>]>, RmsNorm<8, -6, T>,
    ReturnSequences<Gru<8, 5, T, 0>>, Bidirectional<ReturnSequences<Lstm<5, 4, T, 0>>>,
    Conv1dNoBias<8, 7, 2, 1, 1, 1, 1, T>, Rnn<7, 5, T, 0>,
];

type Steps<T> = Sequential![ReturnSequences<Lstm<3, 4, T>>, Rnn<4, 5, T>];

fn path(file: &str) -> PathBuf {
    Path::new("tests/interchange").join(file)
}

/// Loads a model's weights, and compares its outputs. The weights in between are of no use here. The epsilons of the
/// models are those of the types, which their files do not tell.
fn agrees<N, X, Y>(name: &str, folder: &str, names: Names) -> Box<N>
where
    N: Layer<X, Output = Y>,
    X: FromNumbers,
    Y: FromNumbers + Tensor,
{
    let mut network = initialized::<N>(1);
    let file = TensorFile::open(path(&format!("{folder}/{name}.safetensors"))).unwrap();
    file.trust_type().load_for::<X, N>(&mut *network, names).unwrap();
    let inputs: Vec<X> = read_npy(path(&format!("{folder}/{name}_input.npy"))).unwrap();
    let expected: Vec<Y> = read_npy(path(&format!("{folder}/{name}_output.npy"))).unwrap();
    let mut outputs = vec![Y::ZERO; inputs.len()];
    network.forward(&inputs, &mut outputs);
    let largest = Y::flat(&expected).iter().fold(1.0_f64, |largest, y| largest.max(y.to_f64().abs()));
    let mut difference = 0.0_f64;
    for (found, expected) in Y::flat(&outputs).iter().zip(Y::flat(&expected)) {
        let here = (found.to_f64() - expected.to_f64()).abs() / largest;
        // Written so that a not-a-number fails.
        assert!(here <= 1e-6, "{folder}/{name}: {found}, but the oracle says {expected}");
        difference = difference.max(here);
    }
    println!("{folder}/{name}: differs by {difference:.1e}");
    network
}

/// Both frameworks' weights, in both types of numbers, and what typenet writes of PyTorch's.
macro_rules! model {
    ($test:ident, $name:literal, $network:ident, $input:ty, $double:ty, $output:ident) => {
        #[test]
        fn $test() {
            type Double = $output<f64>;
            agrees::<$network<f32>, $input, $output<f32>>($name, "keras", Names::Keras);
            agrees::<$network<f64>, $double, Double>($name, "keras", Names::Keras);
            agrees::<$network<f64>, $double, Double>($name, "pytorch", Names::PyTorch);
            let network = agrees::<$network<f32>, $input, $output<f32>>($name, "pytorch", Names::PyTorch);
            for (names, framework) in [(Names::PyTorch, "pytorch"), (Names::Keras, "keras")] {
                let file = TensorFile::of_for::<$input, _>(&*network, names).unwrap();
                let committed = fs::read(path(&format!("typenet/{}.{framework}.safetensors", $name))).unwrap();
                assert!(file.to_bytes().unwrap() == committed, "{} for {framework} is another file", $name);
                // And back: the same bits.
                let mut again = initialized::<$network<f32>>(2);
                let committed = TensorFile::from_bytes(&committed, "committed").unwrap();
                committed.load_for::<$input, _>(&mut *again, names).unwrap();
                assert_eq!(again, network);
            }
        }
    };
}

type Two<T> = [T; 2];
type Three<T> = [T; 3];
type Five<T> = [T; 5];

model!(vectors, "vectors", Vectors, [f32; 4], [f64; 4], Two);
model!(images, "images", Images, [[[f32; 8]; 8]; 2], [[[f64; 8]; 8]; 2], Three);
model!(sequences, "sequences", Sequences, [u8; 6], [u16; 6], Three);
model!(steps, "steps", Steps, [[f32; 3]; 5], [[f64; 3]; 5], Five);

model!(bare_images, "bare_images", BareImages, [[[f32; 8]; 8]; 2], [[[f64; 8]; 8]; 2], Three);
model!(bare_steps, "bare_steps", BareSteps, [[f32; 3]; 6], [[f64; 3]; 6], Five);

/// A bias in the file has no place in a layer without, and none in the file is too little for a layer with one.
#[test]
fn a_bias_too_many_or_too_few_is_refused() {
    #[track_caller]
    fn refuses<X: Sample, N: Layer<X> + PartialEq>(file: &str, names: Names, expected: &[&str]) {
        let file = TensorFile::open(path(file)).unwrap().trust_type();
        let (mut network, before) = (initialized::<N>(1), initialized::<N>(1));
        let error = file.load_for::<X, N>(&mut *network, names).unwrap_err().to_string();
        let lines: Vec<&str> = error.lines().skip(1).map(str::trim).collect();
        assert_eq!(lines, expected);
        assert!(network == before, "changed by an error");
    }
    type Bare = Sequential![
        DenseNoBias<4, 6>, Relu, BatchNorm<6, 90, -5>, Dropout, Dense<6, 5>, LayerNorm<5, -5, f32, 5, 0>, PRelu<5>,
        Dense<5, 2>,
    ];
    let pytorch = ["0.bias of shape [6] has no place", "5.bias of shape [5] has no place"];
    refuses::<[f32; 4], Bare>("pytorch/vectors.safetensors", Names::PyTorch, &pytorch);
    let keras = ["dense/bias of shape [6] has no place", "layer_normalization/beta of shape [5] has no place"];
    refuses::<[f32; 4], Bare>("keras/vectors.safetensors", Names::Keras, &keras);

    type Full = Sequential![ReturnSequences<Lstm<3, 4>>, Rnn<4, 5, f32, 0>];
    let pytorch = ["1.bias_hh_l0 of shape [5] has no place", "1.bias_ih_l0 of shape [5] has no place"];
    refuses::<[[f32; 3]; 5], Full>("pytorch/steps.safetensors", Names::PyTorch, &pytorch);
    let keras = ["simple_rnn/simple_rnn_cell/bias of shape [5] has no place"];
    refuses::<[[f32; 3]; 5], Full>("keras/steps.safetensors", Names::Keras, &keras);

    type Biased = Sequential![
        CausalConv1d<3, 8, 3>,
        Residual<Sequential![LayerNorm<8, -5, f32, 8, 0>, MultiHeadAttention<8, 2, false, f32, 0>]>, RmsNorm<8>,
        ReturnSequences<Gru<8, 5, f32, 0>>, Bidirectional<ReturnSequences<Lstm<5, 4, f32, 0>>>,
        Conv1dNoBias<8, 7, 2, 1, 1>, Rnn<7, 5, f32, 0>,
    ];
    let pytorch = ["0.bias is missing: the shape [8] is needed"];
    refuses::<[[f32; 3]; 6], Biased>("pytorch/bare_steps.safetensors", Names::PyTorch, &pytorch);
    let keras = ["conv1d/bias is missing: the shape [8] is needed"];
    refuses::<[[f32; 3]; 6], Biased>("keras/bare_steps.safetensors", Names::Keras, &keras);
}

/// Writes what the tests compare with: only after the layout of a file was changed on purpose, and `check.py` has to
/// be run then.
#[test]
#[ignore = "writes files"]
fn write_files() {
    fn write<X: Sample, N: Layer<X>>(name: &str) {
        let mut network = initialized::<N>(1);
        let file = TensorFile::open(path(&format!("pytorch/{name}.safetensors"))).unwrap();
        file.trust_type().load(&mut *network, Names::PyTorch).unwrap();
        for (names, framework) in [(Names::PyTorch, "pytorch"), (Names::Keras, "keras")] {
            let written = path(&format!("typenet/{name}.{framework}.safetensors"));
            TensorFile::of_for::<X, N>(&*network, names).unwrap().save(written).unwrap();
        }
    }
    write::<[f32; 4], Vectors<f32>>("vectors");
    write::<[[[f32; 8]; 8]; 2], Images<f32>>("images");
    write::<[u8; 6], Sequences<f32>>("sequences");
    write::<[[f32; 3]; 5], Steps<f32>>("steps");
    write::<[[[f32; 8]; 8]; 2], BareImages<f32>>("bare_images");
    write::<[[f32; 3]; 6], BareSteps<f32>>("bare_steps");
}

/// A crash while a file is written must leave the old one: under a second name it stays.
#[test]
fn a_file_is_replaced_and_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let (path, second) = (folder.path().join("model"), folder.path().join("second"));
    TensorFile::of(&Dense::<2, 1>::ZERO, Names::PyTorch).unwrap().save(&path).unwrap();
    fs::hard_link(&path, &second).unwrap();
    TensorFile::new().save(&path).unwrap();
    let tensors = |path| TensorFile::open(path).unwrap().tensors().count();
    assert_eq!((tensors(&path), tensors(&second)), (0, 2));
}

/// What PyTorch wrote and what typenet writes of it hold the same tensors, of the same names and shapes.
#[test]
fn the_state_dict_comes_back() {
    for name in ["vectors", "images", "sequences", "steps", "bare_images", "bare_steps"] {
        let theirs = TensorFile::open(path(&format!("pytorch/{name}.safetensors"))).unwrap();
        let ours = TensorFile::open(path(&format!("typenet/{name}.pytorch.safetensors"))).unwrap();
        assert!(theirs.tensors().eq(ours.tensors()), "{name}");
        let theirs = TensorFile::open(path(&format!("keras/{name}.safetensors"))).unwrap();
        let ours = TensorFile::open(path(&format!("typenet/{name}.keras.safetensors"))).unwrap();
        let prefixed = theirs.renamed(|name| format!("sequential/{}", name.trim_start_matches("sequential/"))).unwrap();
        assert!(prefixed.tensors().eq(ours.tensors()), "{name}");
    }
}
