//! Convolutions, pooling and layers of shape against PyTorch: `tests/golden/windows.py`.

use serde_json::Value;
use typenet::prelude::*;

/// The cases of the file that were compared.
struct Golden {
    cases: Value,
    compared: Vec<&'static str>,
    tolerance: f64,
}

/// Reads an array of parameters from the file, or compares its gradient with the file.
struct Arrays<'a> {
    case: &'a Value,
    name: &'a str,
    tolerance: f64,
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// Compares element by element, relative to the larger of 1 and the expected number.
#[track_caller]
fn compare<T: Scalar>(what: &str, found: &[T], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let bound = tolerance * expected.abs().max(1.0);
        assert!((found.to_f64() - expected).abs() <= bound, "{what}, element {at}: {found}, not {expected}");
    }
}

impl Walker<1> for Arrays<'_> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [gradient]: [&mut [T]; 1]) {
        let Arrays { case, name, tolerance } = self;
        if gradient.iter().all(|g| *g == T::ZERO) {
            let read = numbers(&case[entry.name]);
            assert_eq!(values.len(), read.len(), "{name}");
            for (value, read) in values.iter_mut().zip(read) {
                *value = T::from_f64(read);
            }
        } else {
            let expected = numbers(&case[format!("{}_gradient", entry.name)]);
            compare(&format!("{name}, gradient by the {}", entry.name), gradient, &expected, *tolerance);
        }
    }
}

impl Golden {
    fn new(tolerance: f64) -> Self {
        let mut file: Value = serde_json::from_str(include_str!("golden/windows.json")).unwrap();
        Self { cases: file["cases"].take(), compared: Vec::new(), tolerance }
    }

    /// Inference, training and gradients of one layer.
    fn check<L: Layer<X, Output: Tensor<Scalar = X::Scalar>>, X: Tensor>(&mut self, name: &'static str) {
        let (case, tolerance) = (&self.cases[name], self.tolerance);
        assert!(case.is_object(), "{name} is not in the file");
        let mut arrays = Arrays { case, name, tolerance };
        let (mut layer, mut gradient) = (Box::new(L::ZERO), Box::new(L::Gradient::ZERO));
        layer.walk([&mut gradient], &Path::ROOT, &mut arrays);

        let input: Vec<X> = tensors(&numbers(&case["input"]));
        let mut output = vec![L::Output::ZERO; input.len()];
        layer.forward(&input, &mut output);
        let expected = numbers(&case["output"]);
        compare(&format!("{name}, inference"), L::Output::flat(&output), &expected, tolerance);
        output.fill(L::Output::ZERO);
        let mut tape = L::Tape::<Heap>::EMPTY;
        tape.grow(input.len());
        layer.forward_train::<Heap>(&input, &mut output, &mut tape, &mut seeded(1));
        compare(&format!("{name}, training"), L::Output::flat(&output), &expected, tolerance);

        let mut output_gradient: Vec<L::Output> = tensors(&numbers(&case["cotangent"]));
        let mut input_gradient = vec![X::ZERO; input.len()];
        layer.backward::<Heap>(
            &input,
            &output,
            &mut tape,
            &mut output_gradient,
            Some(&mut input_gradient),
            &mut gradient,
        );
        let expected = numbers(&case["input_gradient"]);
        compare(&format!("{name}, gradient by the input"), X::flat(&input_gradient), &expected, tolerance);
        layer.walk([&mut gradient], &Path::ROOT, &mut arrays);
        self.compared.push(name);
    }
}

/// Samples from a flat list.
fn tensors<X: Tensor>(numbers: &[f64]) -> Vec<X> {
    let mut samples = vec![X::ZERO; numbers.len() / X::LEN];
    for (scalar, number) in X::flat_mut(&mut samples).iter_mut().zip(numbers) {
        *scalar = Scalar::from_f64(*number);
    }
    samples
}

fn check_all<T: Scalar>(tolerance: f64) {
    let golden = &mut Golden::new(tolerance);
    golden.check::<Conv2d<2, 5, 3, 1, 0, 1, 1, T>, [[[T; 8]; 7]; 2]>("conv2d");
    golden.check::<Conv2d<3, 4, 3, 1, 0, 1, 1, T>, [[[T; 19]; 6]; 3]>("conv2d_wide");
    golden.check::<Conv2d<4, 6, 3, 2, 3, 2, 2, T>, [[[T; 9]; 8]; 4]>("conv2d_all");
    golden.check::<Conv2d<1, 2, 2, 3, 0, 1, 1, T>, [[[T; 7]; 8]; 1]>("conv2d_stride_3");
    golden.check::<DepthwiseConv2d<3, 3, 2, 1, 1, T>, [[[T; 7]; 6]; 3]>("depthwise_conv2d");
    golden.check::<Conv1d<3, 2, 3, 1, 0, 1, 1, T>, [[T; 3]; 11]>("conv1d");
    golden.check::<Conv1d<4, 6, 3, 2, 3, 2, 2, T>, [[T; 4]; 12]>("conv1d_all");
    golden.check::<CausalConv1d<3, 2, 3, 2, T>, [[T; 3]; 9]>("causal_conv1d");
    golden.check::<ConvTranspose2d<2, 3, 3, 1, 0, 0, T>, [[[T; 4]; 3]; 2]>("conv_transpose2d");
    golden.check::<ConvTranspose2d<3, 2, 3, 2, 1, 1, T>, [[[T; 3]; 4]; 3]>("conv_transpose2d_all");
    golden.check::<Conv2dNoBias<4, 6, 3, 2, 1, 1, 2, T>, [[[T; 9]; 8]; 4]>("conv2d_no_bias");
    golden.check::<DepthwiseConv2dNoBias<3, 3, 1, 1, 1, T>, [[[T; 7]; 6]; 3]>("depthwise_conv2d_no_bias");
    golden.check::<Conv1dNoBias<3, 2, 3, 1, 0, 1, 1, T>, [[T; 3]; 11]>("conv1d_no_bias");
    golden.check::<Conv1dNoBias<4, 6, 3, 2, 1, 1, 2, T>, [[T; 4]; 12]>("conv1d_groups_no_bias");
    golden.check::<CausalConv1dNoBias<3, 2, 3, 2, T>, [[T; 3]; 9]>("causal_conv1d_no_bias");
    golden.check::<ConvTranspose2dNoBias<3, 2, 3, 2, 1, 1, T>, [[[T; 3]; 4]; 3]>("conv_transpose2d_no_bias");
    golden.check::<MaxPool1d<3, 2, 1>, [[T; 2]; 7]>("max_pool1d");
    golden.check::<MaxPool2d<2>, [[[T; 6]; 5]; 2]>("max_pool2d");
    golden.check::<MaxPool2d<3, 2, 1>, [[[T; 6]; 5]; 2]>("max_pool2d_all");
    golden.check::<AveragePool1d<3, 2, 1>, [[T; 2]; 7]>("average_pool1d");
    golden.check::<AveragePool2d<3, 2, 1>, [[[T; 6]; 5]; 2]>("average_pool2d");
    golden.check::<AveragePool2d<3, 2, 1, false>, [[[T; 6]; 5]; 2]>("average_pool2d_uncounted");
    golden.check::<GlobalAveragePool, [[[T; 5]; 4]; 3]>("global_average_pool");
    golden.check::<GlobalMaxPool, [[[T; 5]; 4]; 3]>("global_max_pool");
    golden.check::<Upsample<2>, [[[T; 4]; 3]; 2]>("upsample");
    golden.check::<Pad<1, 2, 3, 4>, [[[T; 4]; 3]; 2]>("pad");
    golden.check::<Crop<1, 2, 3, 1>, [[[T; 6]; 5]; 2]>("crop");
    golden.check::<Transpose, [[T; 4]; 3]>("transpose");
    golden.check::<Flatten, [[[T; 4]; 3]; 2]>("flatten");
    let all: Vec<&String> = golden.cases.as_object().unwrap().keys().collect();
    let missing: Vec<_> = all.iter().filter(|name| !golden.compared.contains(&name.as_str())).collect();
    assert_eq!(missing, [&"reshape"], "cases of the file that nothing is compared with");
}

#[test]
fn double_precision() {
    // Sums of at most 100 products of numbers near 1, each rounded at 1e-16.
    check_all::<f64>(1e-12);
    let golden = &mut Golden::new(0.0);
    golden.check::<Reshape<[[f64; 6]; 4]>, [[[f64; 4]; 3]; 2]>("reshape");
}

#[test]
fn single_precision() {
    // The same sums, rounded at 6e-8.
    check_all::<f32>(1e-5);
}

#[test]
fn multiply_adds() {
    // Outputs times the products in each, by hand.
    type Small = Conv2d<2, 4, 3, 2, 1>;
    assert_eq!(<Small as Layer<[[[f32; 8]; 6]; 2]>>::MULTIPLY_ADDS, 4 * (3 * 4) * (2 * 3 * 3));
    type Grouped = Conv2d<4, 6, 3, 1, 0, 1, 2>;
    assert_eq!(<Grouped as Layer<[[[f32; 5]; 4]; 4]>>::MULTIPLY_ADDS, 6 * (2 * 3) * (2 * 3 * 3));
    assert_eq!(<DepthwiseConv2d<3, 3> as Layer<[[[f32; 5]; 4]; 3]>>::MULTIPLY_ADDS, 3 * (2 * 3) * (3 * 3));
    assert_eq!(<ConvTranspose2d<3, 2, 2, 2> as Layer<[[[f32; 5]; 4]; 3]>>::MULTIPLY_ADDS, 3 * 20 * 4 * 2);
    assert_eq!(<Conv1d<3, 5, 2> as Layer<[[f32; 3]; 9]>>::MULTIPLY_ADDS, 8 * 5 * 3 * 2);
    assert_eq!(<CausalConv1d<3, 5, 2> as Layer<[[f32; 3]; 9]>>::MULTIPLY_ADDS, 9 * 5 * 3 * 2);
}

#[test]
fn the_network_of_the_documentation() {
    type LeNet = Sequential![
        Conv2d<1, 8, 3>,
        Relu,
        MaxPool2d<2>,
        Conv2d<8, 16, 3>,
        Relu,
        MaxPool2d<2>,
        Flatten,
        Dense<400, 10>,
    ];
    typenet::assert_shapes!(LeNet, [[[f32; 28]; 28]; 1] => [f32; 10]);
    assert_eq!(LeNet::COUNT, (9 * 8 + 8) + (8 * 9 * 16 + 16) + (400 * 10 + 10));
    let found = <LeNet as Layer<[[[f32; 28]; 28]; 1]>>::MULTIPLY_ADDS;
    assert_eq!(found, 26 * 26 * 8 * 9 + 11 * 11 * 16 * 8 * 9 + 400 * 10);
}
