//! A layer behind lists of numbers.

use std::boxed::Box;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use rand::rngs::Xoshiro256PlusPlus;

use crate::network::{
    Boxed, Entry, Heap, Initializer, Inline, Layer, Path, Role, Sample, Scalar, Shape, Tape, Tensor, Visitor, Walker,
};

/// What the checks do with a layer and a batch. All in lists of numbers, sample after sample, so
/// that the checks are compiled once and not once for each layer.
pub(super) trait Subject {
    /// What its type says.
    fn constants(&self) -> Constants;
    /// Starts from the layer's own `init`.
    fn init(&mut self, seed: u64);
    /// Lets the user change the layer.
    fn prepare(&mut self, seed: u64);
    /// Shows every array of `walk`, with its place in the gradient, to be read and changed.
    fn walk(&mut self, each: &mut dyn FnMut(Shown<'_>));
    /// Shows every array of `visit`.
    fn visit(&self) -> Vec<Array>;
    /// Sets the batch.
    fn set_input(&mut self, input: &[f64]);
    /// Takes a tape that nothing was recorded on.
    fn fresh_tape(&mut self);
    /// Takes a tape that a whole step on another batch was recorded on.
    fn used_tape(&mut self, input: &[f64], seed: u64);
    /// Inference on a batch, into an output that holds `prefill`.
    fn forward(&self, input: &[f64], prefill: f64) -> Vec<f64>;
    /// The forward pass of training, into an output that holds `prefill`.
    fn forward_train(&mut self, seed: u64, prefill: f64) -> Vec<f64>;
    /// The backward pass that follows it. The parameters' gradient adds to what `walk` has left, the
    /// input gradient, if it is wanted, starts from `prefill`.
    fn backward(&mut self, output_gradient: &[f64], prefill: Option<f64>) -> Option<Vec<f64>>;
    /// [`Layer::backward_input`], into an input gradient that starts from `prefill`.
    fn backward_input(&mut self, output_gradient: &[f64], prefill: f64) -> Vec<f64>;
    /// Forward and backward on a store without a heap: output and input gradient. `None` for a batch
    /// that has no room there.
    fn on_inline(&mut self, seed: u64, output_gradient: &[f64]) -> Option<[Vec<f64>; 2]>;
    /// Whether `forward_train` ever drew a random number.
    fn drew(&self) -> bool;
    /// Takes over the statistics of the last forward pass of training.
    fn update_statistics(&mut self);
    /// The penalty.
    fn penalty(&self) -> f64;
    /// Adds the penalty's derivative to the parameters' gradient.
    fn penalize(&mut self);
}

/// What the types of a layer and its samples say.
pub(super) struct Constants {
    /// The distance from 1 to the next larger scalar.
    pub epsilon: f64,
    pub count: usize,
    pub statistics: usize,
    /// The dimensions of the samples, outermost first.
    pub input: Vec<usize>,
    pub output: Vec<usize>,
}

/// One array, as a walk showed it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array {
    pub name: String,
    pub role: Role,
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
    /// The same array in the gradient; `None` for what is not trained.
    pub tree: Option<Vec<f64>>,
    /// The distance from 1 to the next larger of its scalars.
    pub epsilon: f64,
}

impl Array {
    fn new<T: Scalar>(entry: &Entry<'_>, values: &[T], tree: Option<&[T]>) -> Self {
        Self {
            name: entry.to_string(),
            role: entry.role,
            shape: entry.shape.to_vec(),
            values: numbers(values),
            tree: tree.map(numbers),
            epsilon: T::EPSILON.to_f64(),
        }
    }
}

/// One array within a walk, to be read and changed.
pub(super) struct Shown<'a> {
    entry: &'a Entry<'a>,
    epsilon: f64,
    pub values: &'a mut [f64],
    pub tree: Option<&'a mut [f64]>,
}

impl Shown<'_> {
    pub fn role(&self) -> Role {
        self.entry.role
    }

    pub fn array(&self) -> Array {
        Array { epsilon: self.epsilon, ..Array::new(self.entry, self.values, self.tree.as_deref()) }
    }
}

struct List(Vec<Array>);

impl Visitor for List {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
        self.0.push(Array::new(entry, values, None));
    }
}

struct Each<'a>(&'a mut dyn FnMut(Shown<'_>));

impl Each<'_> {
    fn show<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], tree: Option<&mut [T]>) {
        let mut shown_values = numbers(values);
        let mut shown_tree = tree.as_deref().map(numbers);
        let epsilon = T::EPSILON.to_f64();
        (self.0)(Shown { entry, epsilon, values: &mut shown_values, tree: shown_tree.as_deref_mut() });
        let places = values.iter_mut().chain(tree.into_iter().flatten());
        for (place, value) in places.zip(shown_values.iter().chain(shown_tree.iter().flatten())) {
            *place = T::from_f64(*value);
        }
    }
}

impl Walker<1> for Each<'_> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [tree]: [&mut [T]; 1]) {
        self.show(entry, values, Some(tree));
    }

    fn statistic<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T]) {
        self.show(entry, values, None);
    }
}

/// A layer, a batch, and what a step on it needs.
pub(super) struct Stage<'a, L: Layer<X>, X: Sample> {
    layer: Box<L>,
    prepare: &'a dyn Fn(&mut L, &mut Xoshiro256PlusPlus),
    gradient: Boxed<L::Gradient>,
    tape: L::Tape<Heap>,
    input: Vec<X>,
    output: Vec<L::Output>,
    drew: bool,
}

/// Samples that a store without a heap has room for.
const ROOM: usize = 8;

impl<'a, L: Layer<X>, X: Sample> Stage<'a, L, X> {
    pub fn new(prepare: &'a dyn Fn(&mut L, &mut Xoshiro256PlusPlus)) -> Self {
        let (gradient, tape) = (Boxed::EMPTY, L::Tape::EMPTY);
        Self {
            layer: bytemuck::zeroed_box(),
            prepare,
            gradient,
            tape,
            input: Vec::new(),
            output: Vec::new(),
            drew: false,
        }
    }
}

impl<L, X> Subject for Stage<'_, L, X>
where
    L: Layer<X, Output: Tensor<Scalar = X::Scalar>>,
    X: Tensor,
{
    fn constants(&self) -> Constants {
        Constants {
            epsilon: X::Scalar::EPSILON.to_f64(),
            count: L::COUNT,
            statistics: L::STATISTICS,
            input: dimensions::<X>(),
            output: dimensions::<L::Output>(),
        }
    }

    fn init(&mut self, seed: u64) {
        self.layer = bytemuck::zeroed_box();
        self.layer.init(Initializer::HeNormal, &mut crate::network::seeded(seed));
    }

    fn prepare(&mut self, seed: u64) {
        (self.prepare)(&mut self.layer, &mut crate::network::seeded(seed));
    }

    fn walk(&mut self, each: &mut dyn FnMut(Shown<'_>)) {
        self.layer.walk([self.gradient.as_mut()], &Path::ROOT, &mut Each(each));
    }

    fn visit(&self) -> Vec<Array> {
        let mut list = List(Vec::new());
        self.layer.visit(&Path::ROOT, &mut list);
        list.0
    }

    fn set_input(&mut self, input: &[f64]) {
        self.input = samples(input);
    }

    fn fresh_tape(&mut self) {
        self.tape = L::Tape::EMPTY;
        self.tape.grow(self.input.len());
    }

    fn used_tape(&mut self, input: &[f64], seed: u64) {
        let kept = core::mem::replace(&mut self.input, samples(input));
        self.fresh_tape();
        let output = self.forward_train(seed, 0.0);
        self.backward(&output, Some(0.0));
        self.input = kept;
    }

    fn forward(&self, input: &[f64], prefill: f64) -> Vec<f64> {
        let input: Vec<X> = samples(input);
        let mut output = filled::<L::Output>(input.len(), prefill);
        self.layer.forward(&input, &mut output);
        numbers(L::Output::flat(&output))
    }

    fn forward_train(&mut self, seed: u64, prefill: f64) -> Vec<f64> {
        self.output = filled(self.input.len(), prefill);
        let mut rng = crate::network::seeded(seed);
        self.layer.forward_train::<Heap>(&self.input, &mut self.output, &mut self.tape, &mut rng);
        self.drew |= rng != crate::network::seeded(seed);
        numbers(L::Output::flat(&self.output))
    }

    fn backward(&mut self, output_gradient: &[f64], prefill: Option<f64>) -> Option<Vec<f64>> {
        let mut output_gradient: Vec<L::Output> = samples(output_gradient);
        let mut input_gradient: Option<Vec<X>> = prefill.map(|value| filled(self.input.len(), value));
        self.layer.backward::<Heap>(
            &self.input,
            &self.output,
            &mut self.tape,
            &mut output_gradient,
            input_gradient.as_deref_mut(),
            self.gradient.as_mut(),
        );
        input_gradient.map(|gradient| numbers(X::flat(&gradient)))
    }

    fn backward_input(&mut self, output_gradient: &[f64], prefill: f64) -> Vec<f64> {
        let mut output_gradient: Vec<L::Output> = samples(output_gradient);
        let mut input_gradient: Vec<X> = filled(self.input.len(), prefill);
        self.layer.backward_input::<Heap>(
            &self.input,
            &self.output,
            &mut self.tape,
            &mut output_gradient,
            &mut input_gradient,
        );
        numbers(X::flat(&input_gradient))
    }

    fn on_inline(&mut self, seed: u64, output_gradient: &[f64]) -> Option<[Vec<f64>; 2]> {
        if self.input.len() > ROOM {
            return None;
        }
        let mut tape = Box::new(L::Tape::<Inline<ROOM>>::EMPTY);
        let mut output: Vec<L::Output> = filled(self.input.len(), 0.0);
        let mut output_gradient: Vec<L::Output> = samples(output_gradient);
        let mut input_gradient: Vec<X> = filled(self.input.len(), 0.0);
        let rng = &mut crate::network::seeded(seed);
        self.layer.forward_train::<Inline<ROOM>>(&self.input, &mut output, &mut tape, rng);
        self.layer.backward::<Inline<ROOM>>(
            &self.input,
            &output,
            &mut tape,
            &mut output_gradient,
            Some(&mut input_gradient),
            self.gradient.as_mut(),
        );
        Some([numbers(L::Output::flat(&output)), numbers(X::flat(&input_gradient))])
    }

    fn drew(&self) -> bool {
        self.drew
    }

    fn update_statistics(&mut self) {
        self.layer.update_statistics(&self.tape);
    }

    fn penalty(&self) -> f64 {
        self.layer.penalty()
    }

    fn penalize(&mut self) {
        self.layer.penalize(self.gradient.as_mut());
    }
}

/// Scalars of any precision as numbers.
pub(super) fn numbers<T: Scalar>(values: &[T]) -> Vec<f64> {
    values.iter().map(|value| value.to_f64()).collect()
}

/// A batch from its scalars.
pub(super) fn samples<X: Tensor>(scalars: &[f64]) -> Vec<X> {
    let mut batch = std::vec![X::ZERO; scalars.len() / X::LEN.max(1)];
    for (place, scalar) in X::flat_mut(&mut batch).iter_mut().zip(scalars) {
        *place = Scalar::from_f64(*scalar);
    }
    batch
}

/// A batch that holds one value everywhere.
pub(super) fn filled<X: Tensor>(samples: usize, value: f64) -> Vec<X> {
    let mut batch = std::vec![X::ZERO; samples];
    X::flat_mut(&mut batch).fill(Scalar::from_f64(value));
    batch
}

/// The sizes of a tensor's dimensions, outermost first.
pub(super) fn dimensions<X: Sample>() -> Vec<usize> {
    // They are only written, as in `(_, 3, 8)`.
    let shape: String = format!("{}", Shape::<X>::NEW);
    shape.trim_matches(['(', ')']).split(", ").filter_map(|size| size.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_are_read_from_the_shape() {
        assert_eq!(dimensions::<[[[f64; 2]; 3]; 4]>(), [4, 3, 2]);
        assert!(dimensions::<f64>().is_empty());
    }

    #[test]
    fn samples_are_filled_in_order() {
        assert_eq!(samples::<[[f64; 2]; 1]>(&[1.0, 2.0, 3.0, 4.0]), [[[1.0, 2.0]], [[3.0, 4.0]]]);
    }
}
