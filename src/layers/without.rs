//! Layers without a bias, scale or shift beside those whose bias and shift are 0 and whose scale is 1.

use crate::layers::*;
use crate::network::{
    Entry, Heap, Initializer, Layer, Path, Role, Sample, Scalar, Tape, Tensor, Visitor, Walker, Zero, seeded,
};

/// The arrays that are shown; in a walk, what is a bias becomes 0.
#[derive(Default)]
struct Arrays(Vec<String>);

impl Visitor for Arrays {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
        assert!(!values.is_empty(), "{entry} is nothing");
        self.0.push(entry.to_string());
    }
}

impl Walker<0> for Arrays {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], _: [&mut [T]; 0]) {
        assert!(!values.is_empty(), "{entry} is nothing");
        self.0.push(entry.to_string());
        if entry.role == Role::Bias {
            values.fill(T::ZERO);
        }
    }

    fn statistic<T: Scalar>(&mut self, entry: &Entry<'_>, _: &mut [T]) {
        self.0.push(entry.to_string());
    }
}

/// Outputs of inference and training, and the gradient by the input.
fn run<L: Layer<X, Output: Tensor<Scalar = f32>>, X: Tensor<Scalar = f32>>(layer: &L) -> [Vec<f32>; 3] {
    let rng = &mut seeded(2);
    let mut input = [X::ZERO; 3];
    X::flat_mut(&mut input).iter_mut().for_each(|x| *x = crate::network::init::normal(rng) as f32);
    let garbage = || {
        let mut output = [L::Output::ZERO; 3];
        L::Output::flat_mut(&mut output).fill(f32::NAN);
        output
    };
    let (mut output, mut trained, mut tape) = (garbage(), garbage(), L::Tape::<Heap>::EMPTY);
    tape.grow(3);
    layer.forward(&input, &mut output);
    layer.forward_train::<Heap>(&input, &mut trained, &mut tape, &mut seeded(1));
    let (mut g, mut dx) = (garbage(), [X::ZERO; 3]);
    L::Output::flat_mut(&mut g).iter_mut().for_each(|g| *g = crate::network::init::normal(rng) as f32);
    let mut gradient = Box::new(L::Gradient::ZERO);
    layer.backward::<Heap>(&input, &trained, &mut tape, &mut g, Some(&mut dx), &mut gradient);
    [L::Output::flat(&output).to_vec(), L::Output::flat(&trained).to_vec(), X::flat(&dx).to_vec()]
}

/// A layer without `absent` numbers is smaller by so many, says so, and computes what the other does.
#[track_caller]
fn check<Without, With, X>(absent: usize, names: &[&str])
where
    X: Sample + Tensor<Scalar = f32>,
    With: Layer<X, Output: Tensor<Scalar = f32>>,
    Without: Layer<X, Output = With::Output>,
{
    let numbers = Without::COUNT + Without::STATISTICS;
    assert_eq!(size_of::<Without>(), 4 * numbers);
    assert_eq!(With::COUNT - Without::COUNT, absent);
    assert_eq!(size_of::<With::Gradient>() - size_of::<Without::Gradient>(), 4 * absent);
    assert_ne!(Without::FINGERPRINT, With::FINGERPRINT);
    let _ = (With::MULTIPLY_ADDS, Without::MULTIPLY_ADDS);

    // No array of nothing is shown.
    let (mut without, mut with) = (Box::new(Without::ZERO), Box::new(With::ZERO));
    without.init(Initializer::default(), &mut seeded(1));
    with.init(Initializer::default(), &mut seeded(1));
    let (mut shown, mut walked) = (Arrays::default(), Arrays::default());
    without.visit(&Path::ROOT, &mut shown);
    without.walk([], &Path::ROOT, &mut walked);
    assert_eq!(shown.0, names);
    assert_eq!(walked.0, names);

    // The forget gate of an LSTM starts with a bias of 1.
    with.walk([], &Path::ROOT, &mut Arrays::default());
    let (found, expected) = (run::<Without, X>(&without), run::<With, X>(&with));
    assert!(found.iter().flatten().all(|number| number.is_finite()));
    assert_eq!(found, expected);
}

#[test]
fn layers_without_a_bias() {
    check::<DenseNoBias<5, 3>, Dense<5, 3>, [f32; 5]>(3, &["weight"]);
    check::<DenseNoBias<5, 1>, Dense<5, 1>, [f32; 5]>(1, &["weight"]);
    check::<DenseNoBias<130, 70>, Dense<130, 70>, [f32; 130]>(70, &["weight"]);
    check::<Conv1dNoBias<3, 2, 3>, Conv1d<3, 2, 3>, [[f32; 3]; 11]>(2, &["weight"]);
    check::<Conv1dNoBias<4, 6, 3, 2, 1, 1, 2>, Conv1d<4, 6, 3, 2, 1, 1, 2>, [[f32; 4]; 9]>(6, &["weight"]);
    check::<CausalConv1dNoBias<3, 2, 3>, CausalConv1d<3, 2, 3>, [[f32; 3]; 11]>(2, &["weight"]);
    check::<Conv2dNoBias<2, 5, 3>, Conv2d<2, 5, 3>, [[[f32; 8]; 7]; 2]>(5, &["weight"]);
    check::<Conv2dNoBias<4, 6, 3, 2, 1, 1, 2>, Conv2d<4, 6, 3, 2, 1, 1, 2>, [[[f32; 8]; 7]; 4]>(6, &["weight"]);
    check::<DepthwiseConv2dNoBias<3, 3>, DepthwiseConv2d<3, 3>, [[[f32; 8]; 7]; 3]>(3, &["weight"]);
    check::<ConvTranspose2dNoBias<3, 2, 3, 2>, ConvTranspose2d<3, 2, 3, 2>, [[[f32; 4]; 3]; 3]>(2, &["weight"]);
    let weights = ["input_weight", "hidden_weight"];
    check::<Rnn<3, 4, f32, 0>, Rnn<3, 4>, [[f32; 3]; 5]>(4, &weights);
    check::<Gru<3, 4, f32, 0>, Gru<3, 4>, [[f32; 3]; 5]>(2 * 3 * 4, &weights);
    check::<Lstm<3, 4, f32, 0>, Lstm<3, 4>, [[f32; 3]; 5]>(4 * 4, &weights);
    let weights = ["query.weight", "key.weight", "value.weight", "output.weight"];
    check::<MultiHeadAttention<4, 2, false, f32, 0>, MultiHeadAttention<4, 2>, [[f32; 4]; 3]>(4 * 4, &weights);
}

#[test]
fn normalisations_without_scale_or_shift() {
    type Image = [[[f32; 3]; 2]; 4];
    check::<LayerNorm<4, -3, f32, 0, 4>, LayerNorm<4>, [[f32; 4]; 3]>(4, &["shift"]);
    check::<LayerNorm<4, -3, f32, 4, 0>, LayerNorm<4>, [f32; 4]>(4, &["scale"]);
    check::<LayerNorm<4, -3, f32, 0, 0>, LayerNorm<4>, [f32; 4]>(8, &[]);
    check::<RmsNorm<4, -6, f32, 0>, RmsNorm<4>, [f32; 4]>(4, &[]);
    check::<GroupNorm<4, 2, -3, f32, 0, 4>, GroupNorm<4, 2>, Image>(4, &["shift"]);
    check::<GroupNorm<4, 2, -3, f32, 4, 0>, GroupNorm<4, 2>, [f32; 4]>(4, &["scale"]);
    check::<GroupNorm<4, 2, -3, f32, 0, 0>, GroupNorm<4, 2>, Image>(8, &[]);
    check::<InstanceNorm<4, -3, f32, 0, 4>, InstanceNorm<4>, Image>(4, &["shift"]);
    check::<InstanceNorm<4, -3, f32, 4, 0>, InstanceNorm<4>, Image>(4, &["scale"]);
    check::<InstanceNorm<4, -3, f32, 0, 0>, InstanceNorm<4>, Image>(8, &[]);
    check::<BatchNorm<4, 99, -3, f32, 0, 4>, BatchNorm<4>, [f32; 4]>(4, &["shift", "mean", "variance"]);
    check::<BatchNorm<4, 99, -3, f32, 4, 0>, BatchNorm<4>, [[f32; 4]; 3]>(4, &["scale", "mean", "variance"]);
    check::<BatchNorm<4, 99, -3, f32, 0, 0>, BatchNorm<4>, Image>(8, &["mean", "variance"]);
    check::<BatchNorm<34, 99, -3, f32, 0, 0>, BatchNorm<34>, [f32; 34]>(68, &["mean", "variance"]);
}
