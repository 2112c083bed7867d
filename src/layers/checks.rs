//! What the unit tests of the layers that hold another layer share.

use crate::layers::{BatchNorm, Dense, L2, Regularized};
use crate::network::{
    Chain, Entry, Heap, Initializer, Layer, Parameters, Path, Sample, Scalar, Tape, Visitor, Walker, Watch, Zero,
    seeded,
};

/// A network that has all that can be passed on: weights, a penalty and statistics.
pub(crate) type Inner = Chain<Regularized<Dense<2, 2, f64>, L2<1, 0>>, BatchNorm<2, 0, 0, f64>>;

/// All that one step of training shows of a layer.
#[derive(Debug, PartialEq)]
pub(crate) struct Trace {
    /// Names and values after `init`, a step of 1/8 in each trained scalar and `update_statistics`.
    pub arrays: Vec<(String, Vec<f64>)>,
    pub output: [[f64; 2]; 3],
    pub inference: [[f64; 2]; 3],
    pub input_gradient: [[f64; 2]; 3],
    /// With and without the input gradient wanted, and after `penalize`.
    pub gradients: Vec<[f64; 10]>,
    pub penalty: f64,
    /// Path, name, output shape, parameters and statistics.
    pub rows: Vec<(String, &'static str, String, usize, usize)>,
    /// Multiply-adds and bytes of scratch memory.
    pub sizes: [usize; 2],
    /// What an `Envelope` sees: how often it is to look, and what it is shown.
    pub watched: (usize, Vec<[f64; 2]>),
}

pub(crate) const INPUT: [[f64; 2]; 3] = [[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]];
pub(crate) const OUTPUT_GRADIENT: [[f64; 2]; 3] = [[1.0, -2.0], [0.5, 3.0], [-1.5, 0.25]];

/// Runs a layer that holds an [`Inner`] and shares its gradient.
pub(crate) fn trace<L>() -> Trace
where
    L: Layer<[f64; 2], Output = [f64; 2], Gradient = <Inner as Parameters>::Gradient>,
{
    struct List(Vec<(String, Vec<f64>)>);
    impl Visitor for List {
        fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
            self.0.push((entry.to_string(), values.iter().map(|value| value.to_f64()).collect()));
        }
    }
    struct Step;
    impl Walker<0> for Step {
        fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], []: [&mut [T]; 0]) {
            values.iter_mut().for_each(|value| *value += T::from_f64(0.125));
        }
    }
    let flat = |gradient: &L::Gradient| {
        let (dense, norm) = (&gradient.0, &gradient.1);
        let values = dense.weight.iter().chain(&dense.bias).chain(&norm.scale).chain(&norm.shift);
        core::array::from_fn(|at| *values.clone().nth(at).unwrap())
    };

    let mut layer = L::ZERO;
    layer.init(Initializer::HeNormal, &mut seeded(1));
    layer.walk([], &Path::ROOT, &mut Step);
    // Stores on the heap are empty until they are grown.
    let mut tape = L::Tape::<Heap>::EMPTY;
    tape.grow(3);
    let mut output = [[f64::NAN; 2]; 3];
    layer.forward_train::<Heap>(&INPUT, &mut output, &mut tape, &mut seeded(2));
    let mut gradient = L::Gradient::ZERO;
    let mut gradients = Vec::new();
    let mut input_gradient = [[f64::NAN; 2]; 3];
    for wanted in [None, Some(&mut input_gradient[..])] {
        let mut output_gradient = OUTPUT_GRADIENT;
        layer.backward::<Heap>(&INPUT, &output, &mut tape, &mut output_gradient, wanted, &mut gradient);
        gradients.push(flat(&gradient));
    }
    layer.penalize(&mut gradient);
    gradients.push(flat(&gradient));
    layer.update_statistics::<Heap>(&tape);
    let mut inference = [[f64::NAN; 2]; 3];
    layer.forward(&INPUT, &mut inference);

    struct Seen(Vec<[f64; 2]>);
    impl Watch for Seen {
        fn activation<Y: Sample>(&mut self, samples: &[Y]) {
            let extent = Y::extent(samples);
            self.0.push([extent.low, extent.high]);
        }
    }
    let mut seen = Seen(Vec::new());
    layer.forward_watched(&INPUT, &mut [[f64::NAN; 2]; 3], &mut seen);

    let mut arrays = List(Vec::new());
    layer.visit(&Path::ROOT, &mut arrays);
    let mut rows = Vec::new();
    L::describe(&Path::ROOT, &mut |row| {
        rows.push((row.path.to_string(), row.layer, row.output.to_string(), row.parameters, row.statistics));
    });
    Trace {
        arrays: arrays.0,
        output,
        inference,
        input_gradient,
        gradients,
        penalty: layer.penalty(),
        rows,
        sizes: [L::MULTIPLY_ADDS, L::SCRATCH],
        watched: (L::DEPTH, seen.0),
    }
}
