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
    Dense<4, 6, T>, Relu, BatchNorm<6, T, 90, -5>, Dropout, Dense<6, 5, T>, LayerNorm<5, -5, T>, PRelu<5, T>,
    Dense<5, 2, T>,
];

type Images<T> = Sequential![
    Conv2d<2, 4, 3, 1, 1, 1, 1, T>, BatchNorm<4, T, 90, -5>, Relu, DepthwiseConv2d<4, 3, 1, 0, 1, T>,
    GroupNorm<4, 2, -5, T>, Conv2d<4, 6, 3, 2, 0, 1, 2, T>, InstanceNorm<6, -5, T>, ConvTranspose2d<6, 3, 3, 2, 0, 0, T>,
    Flatten, Dense<75, 3, T>,
];

type Sequences<T> = Sequential![
    Embedding<11, 8, T>, CausalConv1d<8, 8, 3, 1, T>,
    Residual<Sequential![LayerNorm<8, -5, T>, MultiHeadAttention<8, 2, false, T>]>, RmsNorm<8, -6, T>,
    ReturnSequences<Gru<8, 5, T>>, Bidirectional<ReturnSequences<Lstm<5, 4, T>>>, Conv1d<8, 7, 2, 1, 1, 1, 1, T>,
    Bidirectional<Gru<7, 3, T>>, Dense<6, 3, T>,
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
    for name in ["vectors", "images", "sequences", "steps"] {
        let theirs = TensorFile::open(path(&format!("pytorch/{name}.safetensors"))).unwrap();
        let ours = TensorFile::open(path(&format!("typenet/{name}.pytorch.safetensors"))).unwrap();
        assert!(theirs.tensors().eq(ours.tensors()), "{name}");
        let theirs = TensorFile::open(path(&format!("keras/{name}.safetensors"))).unwrap();
        let ours = TensorFile::open(path(&format!("typenet/{name}.keras.safetensors"))).unwrap();
        let prefixed = theirs.renamed(|name| format!("sequential/{}", name.trim_start_matches("sequential/"))).unwrap();
        assert!(prefixed.tensors().eq(ours.tensors()), "{name}");
    }
}
