//! The recurrent layers: `recurrent.py`.

use typenet::layers::bounds::Recurrent;
use typenet::prelude::*;

use super::file::{Object, Read};
use super::{Number, close};

/// Sets every array of a layer to what the file has under its name.
fn load<L: Parameters>(layer: &mut L, golden: &mut Object) {
    struct Load<'a>(&'a mut Object);
    impl Walker<0> for Load<'_> {
        fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], _: [&mut [T]; 0]) {
            let numbers = match entry.shape {
                [_] => self.0.take::<Vec<f64>>(entry.name),
                _ => self.0.take::<Vec<Vec<f64>>>(entry.name).concat(),
            };
            assert_eq!(values.len(), numbers.len(), "{entry}");
            values.iter_mut().zip(numbers).for_each(|(value, number)| *value = T::from_f64(number));
        }
    }
    layer.walk([], &Path::ROOT, &mut Load(golden));
}

/// Compares every array of a gradient with what the file has under its name.
fn compare_gradient<T: Number, L: Parameters>(what: &str, gradient: &L, golden: &mut Object) {
    struct Compare<'a, T>(&'a str, &'a mut Object, std::marker::PhantomData<T>);
    impl<T: Number> Visitor for Compare<'_, T> {
        fn array<S: Scalar>(&mut self, entry: &Entry<'_>, values: &[S]) {
            let key = format!("{}_gradient", entry.name);
            let expected = match entry.shape {
                [_] => self.1.take::<Vec<f64>>(&key),
                _ => self.1.take::<Vec<Vec<f64>>>(&key).concat(),
            };
            let found: Vec<T> = values.iter().map(|value| T::from_f64(value.to_f64())).collect();
            close(&format!("{key} of {}", self.0), &found, &expected);
        }
    }
    gradient.visit(&Path::ROOT, &mut Compare::<T>(what, golden, std::marker::PhantomData));
}

/// Output and gradients of one layer. `same` shows the layer's gradient as a layer.
fn compare<T, L, Y, E>(what: &str, layer: &L, input: &[[[T; 3]; 5]; 2], golden: &mut Object) -> L::Gradient
where
    T: Number,
    L: Layer<[[T; 3]; 5], Output = Y>,
    Y: Tensor<Scalar = T>,
    E: Tensor<Scalar = f64>,
    [Y; 2]: Read,
    [E; 2]: Read,
{
    let nan = T::from_f64(f64::NAN);
    let mut tape = L::Tape::<Inline<2>>::EMPTY;
    let mut output = [Y::ZERO; 2];
    let expected: [E; 2] = golden.take("output");
    for training in [false, true] {
        Y::flat_mut(&mut output).fill(nan);
        if training {
            layer.forward_train::<Inline<2>>(input, &mut output, &mut tape, &mut seeded(1));
        } else {
            layer.forward(input, &mut output);
        }
        close(&format!("output of {what}"), &output, &expected);
    }
    let mut cotangent: [Y; 2] = golden.take("cotangent");
    let (mut input_gradient, mut gradient) = ([[[nan; 3]; 5]; 2], L::Gradient::ZERO);
    layer.backward::<Inline<2>>(input, &output, &mut tape, &mut cotangent, Some(&mut input_gradient), &mut gradient);
    close(&format!("input gradient of {what}"), &input_gradient, &golden.take::<[[[f64; 3]; 5]; 2]>("input_gradient"));
    gradient
}

/// A layer that gives its last output, and the same one giving all.
fn both<T, L>(what: &str, mut golden: Object)
where
    T: Number,
    L: Recurrent<Input = [T; 3], Output = [T; 4], Gradient = L> + Layer<[[T; 3]; 5], Output = [T; 4]>,
    [[T; 4]; 2]: Read,
    [[[T; 4]; 5]; 2]: Read,
{
    let input = golden.take::<[[[T; 3]; 5]; 2]>("input");
    let mut layer = L::ZERO;
    load(&mut layer, &mut golden);

    let mut last: Object = golden.take("last");
    let gradient = compare::<T, L, [T; 4], [f64; 4]>(what, &layer, &input, &mut last);
    compare_gradient::<T, L>(what, &gradient, &mut last);

    let (mut all, what) = (golden.take::<Object>("all"), format!("all steps of {what}"));
    let gradient = compare::<T, _, [[T; 4]; 5], [[f64; 4]; 5]>(&what, &ReturnSequences(layer), &input, &mut all);
    compare_gradient::<T, L>(&what, &gradient, &mut all);
}

fn bidirectional<T>(mut golden: Object)
where
    T: Number,
    [[T; 8]; 2]: Read,
    [[[T; 8]; 5]; 2]: Read,
    Bidirectional<Lstm<3, 4, T>>: Layer<[[T; 3]; 5], Output = [T; 8], Gradient = Both<T>>,
    Bidirectional<ReturnSequences<Lstm<3, 4, T>>>: Layer<[[T; 3]; 5], Output = [[T; 8]; 5], Gradient = Both<T>>,
{
    let input = golden.take::<[[[T; 3]; 5]; 2]>("input");
    let mut layer = Bidirectional::<Lstm<3, 4, T>>::ZERO;
    load(&mut layer.forward, &mut golden.take("forward"));
    load(&mut layer.backward, &mut golden.take("backward"));
    let both = |what: &str, gradient: &Both<T>, mut golden: Object| {
        compare_gradient::<T, _>(what, &gradient.0, &mut golden.take("forward"));
        compare_gradient::<T, _>(what, &gradient.1, &mut golden.take("backward"));
    };

    let (what, mut last) = ("bidirectional", golden.take::<Object>("last"));
    let gradient = compare::<T, _, [T; 8], [f64; 8]>(what, &layer, &input, &mut last);
    both(what, &gradient, last);

    let (what, mut all) = ("all steps of bidirectional", golden.take::<Object>("all"));
    let layer = Bidirectional { forward: ReturnSequences(layer.forward), backward: ReturnSequences(layer.backward) };
    let gradient = compare::<T, _, [[T; 8]; 5], [[f64; 8]; 5]>(what, &layer, &input, &mut all);
    both(what, &gradient, all);
}

/// The gradient of two LSTMs.
type Both<T> = Chain<Lstm<3, 4, T>, Lstm<3, 4, T>>;

fn compare_all<T>()
where
    T: Number,
    Bidirectional<Lstm<3, 4, T>>: Layer<[[T; 3]; 5], Output = [T; 8], Gradient = Both<T>>,
    Bidirectional<ReturnSequences<Lstm<3, 4, T>>>: Layer<[[T; 3]; 5], Output = [[T; 8]; 5], Gradient = Both<T>>,
{
    let mut file = Object::open(include_str!("recurrent.json"));
    both::<T, Rnn<3, 4, T>>("rnn", file.take("rnn"));
    both::<T, Gru<3, 4, T>>("gru", file.take("gru"));
    both::<T, Lstm<3, 4, T>>("lstm", file.take("lstm"));
    bidirectional::<T>(file.take("bidirectional"));
}

#[test]
fn in_single_precision() {
    compare_all::<f32>();
}

#[test]
fn in_double_precision() {
    compare_all::<f64>();
}
