#![allow(clippy::panic, reason = "a test that cannot go on must fail")]

use std::{fs, vec};

use super::*;
use crate::Sequential;
use crate::activations::Relu;
use crate::data::{MinMaxScaler, RobustScaler, StandardScaler};
use crate::layers::{BatchNorm, Dense, Frozen, Gru, Lstm, Residual};
use crate::network::{Initializer, Role, Zero};
use crate::train::initialized;

type Network = Sequential![Dense<2, 3>, Relu, BatchNorm<3>];

fn file() -> TensorFile {
    TensorFile::of(&*initialized::<Network>(1), Names::PyTorch).unwrap()
}

fn floats(shape: &[usize], numbers: &[f32]) -> Tensor {
    let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    Tensor { dtype: Dtype::F32, shape: shape.to_vec(), bytes }
}

/// The network must stay as it is, and the sentence must be this one.
#[track_caller]
fn assert_refused<N: Parameters + PartialEq + core::fmt::Debug>(file: &TensorFile, names: Names, sentence: &str) {
    let mut network = initialized::<N>(5);
    let error = file.load(&mut *network, names).unwrap_err();
    assert_eq!(error.to_string(), sentence);
    assert_eq!(network, initialized::<N>(5));
}

#[test]
fn a_matrix_is_transposed_for_pytorch_and_not_for_keras() {
    let mut layer = Dense::<2, 3>::ZERO;
    layer.weight.copy_from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]); // input by input
    let of = |names| TensorFile::of(&layer, names).unwrap().tensors;
    assert_eq!(of(Names::PyTorch)["weight"], floats(&[3, 2], &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]));
    assert_eq!(of(Names::Keras)["sequential/dense/kernel"], floats(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
}

#[test]
fn two_biases_of_pytorch_are_added_up() {
    let mut file = TensorFile::of(&*initialized::<Lstm<1, 1>>(1), Names::PyTorch).unwrap();
    assert_eq!(file.tensors["bias_hh_l0"], floats(&[4], &[0.0; 4]));
    file.tensors.insert("bias_ih_l0".into(), floats(&[4], &[1.0, 2.0, 3.0, 4.0]));
    file.tensors.insert("bias_hh_l0".into(), floats(&[4], &[0.5, 0.25, -3.0, 8.0]));
    let mut layer = Lstm::<1, 1>::ZERO;
    file.load(&mut layer, Names::PyTorch).unwrap();
    assert_eq!(layer.bias.as_flattened(), [1.5, 2.25, 0.0, 12.0]);
}

#[test]
fn the_gates_of_a_gru_change_places_for_keras() {
    let mut layer = Gru::<1, 2>::ZERO;
    layer.input_bias = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]; // reset, update, new
    layer.hidden_bias = [[-1.0, -2.0], [-3.0, -4.0], [-5.0, -6.0]];
    layer.input_weight = [layer.input_bias];
    let tensors = TensorFile::of(&layer, Names::Keras).unwrap().tensors;
    let bias = [3.0, 4.0, 1.0, 2.0, 5.0, 6.0, -3.0, -4.0, -1.0, -2.0, -5.0, -6.0]; // update, reset, new
    assert_eq!(tensors["sequential/gru/gru_cell/bias"], floats(&[2, 6], &bias));
    assert_eq!(tensors["sequential/gru/gru_cell/kernel"], floats(&[1, 6], &bias[..6]));
}

#[test]
fn what_is_beside_the_weights_does_not_matter() {
    let mut network = initialized::<Network>(2);
    let mut file = file();
    assert_eq!(file.tensors.remove("2.num_batches_tracked").map(|tensor| tensor.dtype), Some(Dtype::I64));
    let file = file.with_scaler("inputs", &StandardScaler { mean: [1.0_f32; 2], scale: [2.0; 2] }).unwrap();
    file.load(&mut *network, Names::PyTorch).unwrap();
    assert_eq!(network, initialized::<Network>(1));

    let mut keras = TensorFile::of(&*network, Names::Keras).unwrap();
    keras.tensors.insert("seed_generator/seed_generator_state".into(), floats(&[2], &[0.0; 2]));
    keras.load(&mut *network, Names::Keras).unwrap();
    let keras = keras.renamed(|name| name.replace("sequential/", "")).unwrap();
    keras.load(&mut *network, Names::Keras).unwrap();
    assert_eq!(network, initialized::<Network>(1));
}

#[test]
fn wrappers_leave_no_trace() {
    type Inner = Sequential![Dense<2, 3>, Dense<3, 2>];
    let names = |file: TensorFile| file.tensors.into_keys().collect::<Vec<_>>();
    let network = initialized::<Sequential![Frozen<Dense<2, 2>>, Residual<Inner>, Relu]>(1);
    assert_eq!(
        names(TensorFile::of(&*network, Names::PyTorch).unwrap()),
        ["0.bias", "0.weight", "1.0.bias", "1.0.weight", "1.1.bias", "1.1.weight"]
    );
    let mut other = initialized::<Sequential![Frozen<Dense<2, 2>>, Residual<Inner>, Relu]>(2);
    TensorFile::of(&*network, Names::Keras).unwrap().load(&mut *other, Names::Keras).unwrap();
    assert_eq!(other, network);
}

#[test]
fn everything_that_does_not_fit_is_listed() {
    let mut file = file();
    file.tensors.insert("0.weight".into(), floats(&[2, 3], &[0.0; 6]));
    file.tensors.insert("2.running_mean".into(), Tensor { dtype: Dtype::F16, shape: vec![3], bytes: vec![0; 6] });
    file.tensors.remove("2.bias");
    file.tensors.insert("1.weight".into(), floats(&[1], &[0.0]));
    assert_refused::<Network>(
        &file,
        Names::PyTorch,
        "the file does not fit the network, in 4 places:
  0.weight has the shape [2, 3], but [3, 2] is needed
  2.bias is missing: the shape [3] is needed
  2.running_mean holds numbers of type F16, but F32 or F64 is needed
  1.weight of shape [1] has no place",
    );
    // A file of the other names: all is missing, and nothing has a place.
    let mut network = initialized::<Network>(1);
    let error = file.load(&mut *network, Names::Keras).unwrap_err();
    let TensorError::Mismatch { mismatches, .. } = error else { panic!("{error}") };
    assert_eq!(mismatches.len(), 6 + 7);
}

#[test]
fn numbers_of_the_other_width() {
    let double = TensorFile::of(&*initialized::<Dense<2, 1, f64>>(1), Names::PyTorch).unwrap();
    assert_eq!(double.tensors["weight"].dtype, Dtype::F64);
    let mut single = Dense::<2, 1>::ZERO;
    double.load(&mut single, Names::PyTorch).unwrap();
    let rounded = initialized::<Dense<2, 1, f64>>(1).weight.map(|weight| weight as f32);
    assert_eq!(single.weight, rounded);
    let mut back = Dense::<2, 1, f64>::ZERO;
    TensorFile::of(&single, Names::PyTorch).unwrap().load(&mut back, Names::PyTorch).unwrap();
    assert_eq!(back.weight, rounded.map(f64::from));

    let mut layer = initialized::<Dense<2, 1, f64>>(1);
    layer.weight[(0, 1)] = -1e300;
    let file = TensorFile::of(&*layer, Names::PyTorch).unwrap();
    let sentence = "the file does not fit the network, in 1 place:
  weight holds the number -1e300, for which the network's f32 has no room";
    assert_refused::<Dense<2, 1>>(&file, Names::PyTorch, sentence);
    // What is infinite stays so: it is the network's own affair.
    layer.weight[(0, 1)] = f64::INFINITY;
    TensorFile::of(&*layer, Names::PyTorch).unwrap().load(&mut single, Names::PyTorch).unwrap();
    assert_eq!(single.weight[(0, 1)], f32::INFINITY);
}

#[test]
fn every_changed_bit_is_noticed() {
    let file = TensorFile::of(&*initialized::<Dense<2, 1>>(1), Names::PyTorch).unwrap();
    let bytes = file.to_bytes().unwrap();
    let mut refused = 0;
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        match TensorFile::from_bytes(&bytes, "f") {
            Err(_) => refused += 1,
            // Where the name of the checksum is another one, the tensors are still what they were.
            Ok(found) => assert_eq!(found.tensors, file.tensors, "bit {bit}"),
        }
    }
    assert!(refused > bytes.len() * 8 * 3 / 4, "only {refused} of {} are refused", bytes.len() * 8);
    let mut last = bytes.clone();
    *last.last_mut().unwrap() ^= 1;
    let error = TensorFile::from_bytes(&last, "model.safetensors").unwrap_err().to_string();
    assert!(error.starts_with("model.safetensors is corrupt: the checksum of its tensors is "), "{error}");
}

#[test]
fn every_length_is_checked_and_foreign_files_are_refused() {
    let bytes = file().to_bytes().unwrap();
    for length in 0..bytes.len() {
        let error = TensorFile::from_bytes(&bytes[..length], "f").unwrap_err();
        assert!(matches!(error, TensorError::Format { .. }), "{length} bytes: {error}");
    }
    let error = |bytes: &[u8]| TensorFile::from_bytes(bytes, "f").unwrap_err().to_string();
    let longer = [&bytes[..], &[0]].concat();
    let length = longer.len();
    assert_eq!(
        error(&longer),
        format!("f is not a whole safetensors file: its {length} bytes are not as many as its tensors need")
    );
    let magic = u64::from_le_bytes(*b"\x89PNG\r\n\x1a\n");
    assert_eq!(
        error(b"\x89PNG\r\n\x1a\n and so on"),
        format!("f is not a whole safetensors file: it says that its header has {magic} bytes, but all of it has 18")
    );
    assert_eq!(
        error(&[&[3, 0, 0, 0, 0, 0, 0, 0], &b"abc"[..]].concat()),
        "f is not a whole safetensors file: its header cannot be read: expected value at line 1 column 1"
    );
    let huge = br#"{"w":{"dtype":"F32","shape":[18446744073709551615,2],"data_offsets":[0,8]}}"#;
    let huge = [&(huge.len() as u64).to_le_bytes()[..], huge, &[0; 8]].concat();
    assert_eq!(error(&huge), "f is not a whole safetensors file: a shape in its header is too large");
}

#[test]
fn a_file_is_whole_or_the_old_one() {
    let folder = std::env::temp_dir().join(format!("typenet-interchange-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("model.safetensors");
    file().save(&path).unwrap();
    assert_eq!(TensorFile::open(&path).unwrap().tensors, file().tensors);
    TensorFile::new().save(&path).unwrap();
    assert_eq!(TensorFile::open(&path).unwrap().tensors().count(), 0);
    // Nothing is left beside it.
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    // A folder cannot be replaced by a file: an error, and nothing is left of the attempt.
    let taken = folder.join("taken");
    fs::create_dir_all(taken.join("inside")).unwrap();
    let error = file().save(&taken).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: cannot be written: ", taken.display())), "{error}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    assert!(matches!(file().save(folder.join("no/model")), Err(TensorError::Write { .. })));
    assert!(matches!(file().save("/"), Err(TensorError::Write { .. })));
    assert!(matches!(TensorFile::open(&taken), Err(TensorError::Read { .. })));
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn scalers_come_back_to_the_last_bit() {
    let samples = [[0.1_f32, -3.0e-41], [1.0 / 3.0, 7.0], [-0.0, 1e30]];
    let wide = samples.map(|sample| [sample.map(f64::from)]);
    let standard = StandardScaler::fit(&wide).unwrap();
    let range = MinMaxScaler::fit(&samples).unwrap();
    let robust = RobustScaler::fit(&wide).unwrap();
    let file = file().with_scaler("inputs", &standard).unwrap();
    let file = file.with_scaler("targets", &range).unwrap().with_scaler("[odd].mean", &robust).unwrap();
    let file = TensorFile::from_bytes(&file.to_bytes().unwrap(), "f").unwrap();
    let bits = |values: &[[f64; 2]]| values.as_flattened().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let found: StandardScaler<[[f64; 2]; 1]> = file.scaler("inputs").unwrap();
    assert_eq!((bits(&found.mean), bits(&found.scale)), (bits(&standard.mean), bits(&standard.scale)));
    let found: MinMaxScaler<[f32; 2]> = file.scaler("targets").unwrap();
    assert_eq!(found.minimum.map(f32::to_bits), range.minimum.map(f32::to_bits));
    assert_eq!(found.range.map(f32::to_bits), range.range.map(f32::to_bits));
    assert_eq!(file.scaler::<RobustScaler<[[f64; 2]; 1]>>("[odd].mean").unwrap(), robust);

    let sentence = |error: TensorError| error.to_string();
    assert_eq!(
        file.scaler::<StandardScaler<[f32; 3]>>("inputs").map_err(sentence),
        Err("f does not fit the scaler, in 2 places:
  scaler[inputs].mean has the shape [2], but [3] is needed
  scaler[inputs].scale has the shape [2], but [3] is needed"
            .into())
    );
    assert_eq!(
        file.scaler::<StandardScaler<[f32; 2]>>("inputs").map_err(sentence),
        Err("f does not fit the scaler, in 2 places:
  scaler[inputs].mean holds numbers of type F64, but F32 is needed
  scaler[inputs].scale holds numbers of type F64, but F32 is needed"
            .into())
    );
    let again = file.with_scaler("inputs", &standard).map_err(sentence);
    assert_eq!(again, Err(r#"two tensors are named "scaler[inputs].mean""#.into()));
}

#[test]
fn names_that_fall_together_are_an_error() {
    let error = file().renamed(|_| "x".into()).unwrap_err();
    assert_eq!(error.to_string(), r#"two tensors are named "x""#);

    /// Shows the arrays of two layers at one place.
    #[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
    #[repr(C)]
    struct Twice([[f32; 2]; 2]);

    impl Zero for Twice {
        const ZERO: Self = Self([[0.0; 2]; 2]);
    }

    impl Parameters for Twice {
        type Gradient = ();
        const COUNT: usize = 4;
        const FINGERPRINT: crate::network::Fingerprint = crate::network::Fingerprint::layer::<Self>("Twice");

        fn init(&mut self, _: Initializer, _: &mut impl crate::rand::Rng) {}

        fn visit(&self, path: &crate::network::Path<'_>, visitor: &mut impl crate::network::Visitor) {
            for row in &self.0 {
                visitor.array(&path.entry("row", Role::Bias, &[2]), row);
            }
        }

        fn walk<const K: usize>(
            &mut self,
            _: [&mut (); K],
            path: &crate::network::Path<'_>,
            walker: &mut impl crate::network::Walker<K>,
        ) {
            for row in &mut self.0 {
                walker.statistic(&path.entry("row", Role::Bias, &[2]), row);
            }
        }
    }

    let sentence = r#"two tensors are named "row""#;
    assert_eq!(TensorFile::of(&Twice::ZERO, Names::PyTorch).unwrap_err().to_string(), sentence);
    let mut twice = Twice::ZERO;
    assert_eq!(file().load(&mut twice, Names::PyTorch).unwrap_err().to_string(), sentence);
}
