#![allow(clippy::panic, reason = "a test that cannot go on must fail")]

mod files;
mod scalers;

use std::vec;

use super::*;
use crate::Sequential;
use crate::activations::Relu;
use crate::data::StandardScaler;
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
    file.tensors.insert("2.running_mean".into(), Tensor { dtype: Dtype::I16, shape: vec![3], bytes: vec![0; 6] });
    file.tensors.remove("2.bias");
    file.tensors.insert("1.weight".into(), floats(&[1], &[0.0]));
    assert_refused::<Network>(
        &file,
        Names::PyTorch,
        "the file does not fit the network, in 4 places:
  0.weight has the shape [2, 3], but [3, 2] is needed
  2.bias is missing: the shape [3] is needed
  2.running_mean holds numbers of type I16, but F32, F64, F16 or BF16 is needed
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
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    for (value, digits) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let mut file = file();
        let place = "2.running_var";
        file.tensors.insert(place.into(), floats(&[3], &[1.0, 2.0, value]));
        let sentence = format!(
            "the file does not fit the network, in 1 place:\n  {place} holds the number {digits}, but a finite one is needed"
        );
        assert_refused::<Network>(&file, Names::PyTorch, &sentence);
        let mut network = initialized::<Network>(1);
        network.1.1.variance[1] = value;
        let error = TensorFile::of(&*network, Names::PyTorch).unwrap_err().to_string();
        assert_eq!(error, sentence);
    }
}

#[test]
fn two_biases_whose_sum_is_infinite() {
    let mut file = TensorFile::of(&*initialized::<Lstm<1, 1>>(1), Names::PyTorch).unwrap();
    file.tensors.insert("bias_ih_l0".into(), floats(&[4], &[1.0, f32::MAX, 3.0, 4.0]));
    file.tensors.insert("bias_hh_l0".into(), floats(&[4], &[0.5, f32::MAX, -3.0, 8.0]));
    let sentence = "the file does not fit the network, in 1 place:
  bias_ih_l0 + bias_hh_l0 holds the number 6.805646932770577e38, for which the network's f32 has no room";
    assert_refused::<Lstm<1, 1>>(&file, Names::PyTorch, sentence);
    let mut double = Lstm::<1, 1, f64>::ZERO;
    file.load(&mut double, Names::PyTorch).unwrap();
    assert_eq!(double.bias.as_flattened()[1], 2.0 * f64::from(f32::MAX));
}

#[test]
fn half_precision_is_exact() {
    fn loaded(dtype: Dtype, bits: &[u16]) -> Result<Vec<f32>, TensorError> {
        let bytes: Vec<u8> = bits.iter().flat_map(|bits| bits.to_le_bytes()).collect();
        let mut file = TensorFile::new();
        file.tensors.insert("weight".into(), Tensor { dtype, shape: vec![1, 8], bytes });
        file.tensors.insert("bias".into(), floats(&[1], &[0.0]));
        let mut layer = Dense::<8, 1>::ZERO;
        file.load(&mut layer, Names::PyTorch)?;
        Ok(layer.weight.as_slice().to_vec())
    }
    // From the tables of IEEE 754: 1, -2, the largest, the smallest normal, both ends of the subnormal ones, 1/3, -0.
    let half = [0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x3555, 0x8000];
    let small = 2.0_f32.powi(-24);
    let expected = [1.0, -2.0, 65504.0, 1024.0 * small, 1023.0 * small, small, 0.333_251_95, -0.0];
    assert_eq!(loaded(Dtype::F16, &half).unwrap().map_bits(), expected.to_vec().map_bits());
    let brain = [0x3f80, 0xc000, 0x7f7f, 0x0080, 0x007f, 0x0001, 0x3eab, 0x8000];
    let expected = brain.map(|bits| f32::from_bits(u32::from(bits) << 16)).to_vec();
    assert_eq!(loaded(Dtype::BF16, &brain).unwrap().map_bits(), expected.map_bits());
    assert_eq!(expected[2], 3.389_531_4e38);
    for (dtype, bits) in [(Dtype::F16, [0x7c00; 8]), (Dtype::F16, [0xfe00; 8]), (Dtype::BF16, [0x7f80; 8])] {
        let error = loaded(dtype, &bits).unwrap_err().to_string();
        assert!(error.contains("weight holds the number"), "{error}");
    }
}

trait Bits {
    fn map_bits(&self) -> Vec<u32>;
}

impl Bits for Vec<f32> {
    fn map_bits(&self) -> Vec<u32> {
        self.iter().map(|value| value.to_bits()).collect()
    }
}

#[test]
fn constants_that_no_file_tells() {
    use crate::activations::{Elu, LeakyRelu};
    use crate::layers::{GroupNorm, InstanceNorm, LayerNorm, RmsNorm};
    /// The numbers of mismatches in a file that is not typenet's: for PyTorch, for Keras.
    fn unknown<N: Parameters>() -> [usize; 2] {
        [Names::PyTorch, Names::Keras].map(|names| {
            let network = initialized::<N>(1);
            let file = TensorFile::of(&*network, names).unwrap();
            // typenet's own file tells.
            let file = TensorFile::from_bytes(&file.to_bytes().unwrap(), "f").unwrap();
            file.load(&mut *initialized::<N>(2), names).unwrap();
            let foreign = file.renamed(|name| name.into()).unwrap();
            let mut loaded = initialized::<N>(2);
            let found = match foreign.load(&mut *loaded, names) {
                Ok(()) => 0,
                Err(TensorError::Mismatch { mismatches, .. }) => {
                    assert!(mismatches.iter().all(|mismatch| matches!(mismatch, Mismatch::Constant { .. })));
                    mismatches.len()
                }
                Err(error) => panic!("{error}"),
            };
            foreign.trust_type().load(&mut *loaded, names).unwrap();
            found
        })
    }
    assert_eq!(unknown::<BatchNorm<3>>(), [1, 0]);
    assert_eq!(unknown::<BatchNorm<3, 90, -5>>(), [0, 1]);
    assert_eq!(unknown::<LayerNorm<3>>(), [1, 0]);
    assert_eq!(unknown::<LayerNorm<3, -5>>(), [0, 1]);
    assert_eq!(unknown::<GroupNorm<4, 2>>(), [1, 0]);
    assert_eq!(unknown::<GroupNorm<4, 2, -5>>(), [0, 1]);
    assert_eq!(unknown::<InstanceNorm<4>>(), [1, 0]);
    assert_eq!(unknown::<InstanceNorm<4, -5>>(), [0, 1]);
    assert_eq!(unknown::<RmsNorm<3>>(), [1, 0]);
    assert_eq!(unknown::<RmsNorm<3, -7>>(), [1, 1]);
    assert_eq!(unknown::<LeakyRelu>(), [0, 1]);
    assert_eq!(unknown::<LeakyRelu<3, -1>>(), [1, 0]);
    assert_eq!(unknown::<Elu>(), [0, 0]);
    assert_eq!(unknown::<Elu<5, -1>>(), [1, 1]);
    // Wherever they are.
    type Deep = Sequential![Dense<3, 3>, Residual<Sequential![LayerNorm<3>, Frozen<BatchNorm<3>>]>, LeakyRelu<2, -1>];
    assert_eq!(unknown::<Deep>(), [3, 1]);

    let foreign = file().renamed(|name| name.into()).unwrap();
    assert_refused::<Network>(
        &foreign,
        Names::PyTorch,
        "the file does not fit the network, in 1 place:
  2 (BatchNorm) has the epsilon 0.001, but 0.00001 is PyTorch's default, and its files do not tell it: set it in the \
         type, or call `trust_type` if the model has that of the type",
    );
    type Other = Sequential![Dense<2, 3>, Relu, BatchNorm<3, 99, -5>];
    assert_refused::<Other>(
        &TensorFile::from_bytes(&file().to_bytes().unwrap(), "f").unwrap(),
        Names::PyTorch,
        "f does not fit the network, in 1 place:
  2 (BatchNorm) has the epsilon 0.00001, but 0.001 is in the file: set it in the type",
    );
}

#[test]
fn images_that_keras_takes_in_another_order() {
    use crate::layers::{Conv2d, Flatten, GlobalAveragePool, LayerNorm, Parallel, Reshape, TimeDistributed};
    type Image = [[[f32; 6]; 7]; 2];
    type Head = Sequential![Conv2d<2, 4, 3>, Relu, Flatten, Dense<80, 3>];
    let network = initialized::<Head>(1);
    let sentence = |error: TensorError| error.to_string();
    // Without the type of the inputs nothing is known.
    let error = TensorFile::of(&*network, Names::Keras).map_err(sentence).unwrap_err();
    let told = "2 (Flatten) takes images with their channels first, but Keras last: call `load_for` or `of_for`";
    assert!(error.contains(told), "{error}");
    let file = TensorFile::of_for::<Image, _>(&*network, Names::Keras).unwrap();
    assert!(file.load(&mut *initialized::<Head>(2), Names::Keras).map_err(sentence).unwrap_err().contains(told));
    // Rows in the order of Keras: place after place, four channels each.
    let kernel = &file.tensors["sequential/dense/kernel"];
    for (row, place) in (0..80).zip((0..20).flat_map(|place| [0, 1, 2, 3].map(|channel| channel * 20 + place))) {
        for column in 0..3 {
            let expected = network.1.1.1.weight[(column, place)];
            assert_eq!(arrays::get(kernel, row * 3 + column), Some(expected.into()), "row {row}");
        }
    }
    let mut again = initialized::<Head>(2);
    file.load_for::<Image, _>(&mut *again, Names::Keras).unwrap();
    assert_eq!(again, network);
    // As they are, for those who say so.
    let mut as_they_are = initialized::<Head>(2);
    file.clone().trust_type().load(&mut *as_they_are, Names::Keras).unwrap();
    assert_eq!((as_they_are.0, as_they_are.1.1.1.bias), (network.0, network.1.1.1.bias));
    assert_ne!(as_they_are.1.1.1.weight, network.1.1.1.weight);
    // PyTorch has the same order.
    let torch = TensorFile::of(&*network, Names::PyTorch).unwrap();
    assert_eq!(torch.tensors, TensorFile::of_for::<Image, _>(&*network, Names::PyTorch).unwrap().tensors);

    /// Whether a network comes back, converted; `None` where it is refused.
    fn comes_back<X: Sample, N: Layer<X> + PartialEq + core::fmt::Debug>() -> Option<bool> {
        let network = initialized::<N>(1);
        let file = TensorFile::of_for::<X, N>(&*network, Names::Keras).ok()?;
        let mut again = initialized::<N>(2);
        file.load_for::<X, N>(&mut *again, Names::Keras).unwrap();
        assert_eq!(again, network);
        let mut plain = initialized::<N>(2);
        file.trust_type().load(&mut *plain, Names::Keras).unwrap();
        Some(plain != network)
    }
    // Normalisations of the flattened numbers, a vector by `Reshape`, layers within layers.
    assert_eq!(
        comes_back::<Image, Sequential![Flatten, BatchNorm<84>, LayerNorm<84>, Relu, Dense<84, 3>]>(),
        Some(true)
    );
    assert_eq!(comes_back::<Image, Sequential![Reshape<[f32; 84]>, Dense<84, 3>]>(), Some(true));
    assert_eq!(
        comes_back::<Image, Sequential![Sequential![Relu, Flatten], Sequential![Dense<84, 3>, Relu]]>(),
        Some(true)
    );
    type Two = Parallel<Sequential![Flatten, Dense<84, 3>], Sequential![Flatten, Relu, Dense<84, 3>]>;
    assert_eq!(comes_back::<Image, Two>(), Some(true));
    // Where there is one channel, one place or none, the order is the same.
    assert_eq!(comes_back::<[[[f32; 6]; 7]; 1], Sequential![Flatten, Dense<42, 3>]>(), Some(false));
    assert_eq!(comes_back::<[[f32; 6]; 7], Sequential![Flatten, Dense<42, 3>]>(), Some(false));
    assert_eq!(comes_back::<[f32; 7], Sequential![Flatten, Dense<7, 3>]>(), Some(false));
    assert_eq!(comes_back::<Image, Sequential![GlobalAveragePool, Flatten, Dense<2, 3>]>(), Some(false));
    // What is not converted is refused: no `Dense` behind it, one that is not behind it alone, images of vectors.
    assert_eq!(comes_back::<Image, Sequential![Conv2d<2, 4, 3>, Flatten]>(), None);
    assert_eq!(comes_back::<Image, Sequential![Flatten, Reshape<[[f32; 12]; 7]>, Gru<12, 3>]>(), None);
    type Each = Sequential![TimeDistributed<Flatten>, TimeDistributed<Dense<84, 3>>];
    assert_eq!(comes_back::<[Image; 5], Each>(), None);
    type All = Sequential![TimeDistributed<Sequential![Flatten, Dense<84, 3>]>, Flatten, Dense<15, 2>];
    assert_eq!(comes_back::<[Image; 5], All>(), None);
    assert_eq!(comes_back::<[Image; 5], Sequential![Reshape<[f32; 420]>, Dense<420, 3>]>(), None);
    assert_eq!(comes_back::<[f32; 84], Sequential![Dense<84, 84>, Reshape<Image>, Conv2d<2, 4, 3>]>(), None);
    type Other = Sequential![Parallel<Flatten, Flatten>, crate::layers::Concat, Dense<168, 3>];
    assert_eq!(comes_back::<Image, Other>(), None);
}

#[test]
fn tensors_of_two_models() {
    let mut network = initialized::<Dense<2, 1>>(5);
    let mut file = TensorFile::of(&*initialized::<Dense<2, 1>>(1), Names::Keras).unwrap();
    file.tensors.insert("sequential_1/dense/kernel".into(), floats(&[2, 1], &[7.0, 8.0]));
    file.tensors.insert("sequential_1/dense/bias".into(), floats(&[1], &[9.0]));
    let error = file.load(&mut *network, Names::Keras).unwrap_err().to_string();
    assert_eq!(error, r#"two tensors are named "dense/bias""#);
    assert_eq!(network, initialized::<Dense<2, 1>>(5));
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
