//! Layers that are not trained.

use bytemuck::AnyBitPattern;
use rand::Rng;

use crate::network::pass_on::pass_on;
use crate::network::{
    Batch, Entry, Fingerprint, Initializer, Layer, Parameters, Path, Role, Row, Sample, Scalar, Visitor, Walker, Zero,
};

/// A layer (or network) whose parameters stay as they are: it has no gradient and no optimizer state,
/// not a byte of them. Derivatives go through it to what is before it.
///
/// Its arrays start as ever and keep their names. They are visited (and so saved) as
/// [`Role::Statistic`], kept but not trained, and the summary counts them as such. Penalties and
/// constraints on them do not count.
///
/// In training the forward pass of the layer remains that of training: a dropout in it drops, a
/// batch normalisation in it uses the batch, as with PyTorch's `requires_grad_(False)`; but running
/// statistics stay as they are. Keras' `trainable = False` puts a batch normalisation into inference
/// instead.
///
/// Backward: [`Layer::backward_input`] of the layer.
///
/// ```
/// use typenet::prelude::*;
///
/// type Body = Sequential![Dense<20, 64>, Relu];
/// type Network = Sequential![Frozen<Body>, Dense<64, 1>];
/// assert_eq!(size_of::<<Frozen<Body> as Parameters>::Gradient>(), 0);
/// assert_eq!(size_of::<<Network as Parameters>::Gradient>(), size_of::<Dense<64, 1>>());
///
/// // A body that was trained elsewhere, with a new head.
/// let mut network = initialized::<Network>(1);
/// network.0 = Frozen(*initialized::<Body>(2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, AnyBitPattern)]
#[repr(C)]
pub struct Frozen<L: AnyBitPattern>(
    /// The layer.
    pub L,
);

impl<L: Zero + AnyBitPattern> Zero for Frozen<L> {
    const ZERO: Self = Self(L::ZERO);
}

/// Shows trained arrays as statistics.
struct Kept<'a, V>(&'a mut V);

fn kept<'a>(entry: &Entry<'a>) -> Entry<'a> {
    Entry { role: Role::Statistic, ..*entry }
}

impl<V: Visitor> Visitor for Kept<'_, V> {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
        self.0.array(&kept(entry), values);
    }

    fn constant(&mut self, layer: &Path<'_>, name: &'static str, value: f64) {
        self.0.constant(layer, name, value);
    }
}

/// To a walker of `K` trees, from a walk of none.
struct KeptWalk<'a, W, const K: usize>(&'a mut W);

impl<W: Walker<K>, const K: usize> Walker<0> for KeptWalk<'_, W, K> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], _: [&mut [T]; 0]) {
        self.0.statistic(&kept(entry), values);
    }

    fn statistic<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T]) {
        self.0.statistic(entry, values);
    }
}

impl<L: Parameters> Parameters for Frozen<L> {
    type Gradient = ();
    const COUNT: usize = 0;
    const STATISTICS: usize = L::COUNT + L::STATISTICS;
    /// That of the layer: weights that were trained are read into the frozen layer, and back.
    const FINGERPRINT: Fingerprint = L::FINGERPRINT;

    fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
        self.0.init(weights, rng);
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        self.0.visit(&path.closed(), &mut Kept(visitor));
    }

    fn walk<const K: usize>(&mut self, _: [&mut (); K], path: &Path<'_>, walker: &mut impl Walker<K>) {
        self.0.walk([], &path.closed(), &mut KeptWalk(walker));
    }
}

impl<X: Sample, L: Layer<X>> Layer<X> for Frozen<L> {
    const MULTIPLY_ADDS: usize = L::MULTIPLY_ADDS;
    pass_on!(forward of L to X);

    fn backward<B: Batch>(
        &self,
        input: &[X],
        output: &[L::Output],
        tape: &mut L::Tape<B>,
        output_gradient: &mut [L::Output],
        input_gradient: Option<&mut [X]>,
        (): &mut (),
    ) {
        if let Some(input_gradient) = input_gradient {
            self.0.backward_input(input, output, tape, output_gradient, input_gradient);
        }
    }

    fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
        row(Row { layer: "Frozen", parameters: 0, statistics: 0, remark: true, ..Row::new::<Self, X>(path) });
        L::describe(&path.closed(), &mut |inner: Row<'_>| {
            row(Row { parameters: 0, statistics: inner.parameters + inner.statistics, ..inner });
        });
    }
}

crate::network::stream::streams_as_inner!(Frozen<L>, []);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::Relu;
    use crate::layers::{BatchNorm, Dense, L2, Regularized};
    use crate::losses::MeanSquaredError;
    use crate::network::{Chain, Inline, Summary, seeded};
    use crate::optimizers::{Adam, Optimizer};
    use crate::train::Workspace;

    type Body = Chain<Dense<3, 4>, Chain<BatchNorm<4>, Relu>>;
    type Network = Chain<Dense<2, 3>, Chain<Frozen<Body>, Dense<4, 1>>>;

    #[test]
    fn there_is_not_a_byte_of_training() {
        assert_eq!(size_of::<<Frozen<Body> as Parameters>::Gradient>(), 0);
        assert_eq!(size_of::<<Adam as Optimizer>::State<<Frozen<Body> as Parameters>::Gradient>>(), 0);
        assert_eq!(size_of::<Frozen<Body>>(), size_of::<Body>());
        let trained = size_of::<Dense<2, 3>>() + size_of::<Dense<4, 1>>();
        assert_eq!(size_of::<<Network as Parameters>::Gradient>(), trained);
    }

    #[test]
    fn a_step_changes_what_is_around_it_and_nothing_in_it() {
        let mut network = Network::ZERO;
        network.init(Initializer::HeNormal, &mut seeded(1));
        let before = network;
        let mut workspace = Workspace::<Network, [f32; 2], Adam, Inline<2>>::EMPTY;
        let (inputs, targets) = ([[1.0, 2.0], [-1.0, 0.5]], [[1.0], [-1.0]]);
        for _ in 0..3 {
            let adam = Adam::new(0.1);
            workspace.train_step(&mut network, &MeanSquaredError, &adam, &inputs, &targets, &mut seeded(1)).unwrap();
        }
        assert_eq!(network.1.0, before.1.0);
        assert_ne!(network.0, before.0);
        assert_ne!(network.1.1, before.1.1);
        assert!(before.1.0.0.0.weight.iter().all(|w| *w != 0.0));
    }

    #[test]
    fn the_summary_says_so() {
        let text = Summary::<Network, [f32; 2]>::NEW.to_string();
        assert!(text.contains("Trained parameters: 14 "), "{text}");
        assert!(text.ends_with("Statistics, not trained: 32"), "{text}");
        assert!(text.contains("Frozen ") && text.contains("1.0  Dense<3, 4>"), "{text}");
    }

    #[test]
    fn arrays_keep_their_names_and_penalties_do_not_count() {
        struct Names(Vec<String>);
        impl Visitor for Names {
            fn array<T: Scalar>(&mut self, entry: &Entry<'_>, _: &[T]) {
                assert_eq!(entry.role, Role::Statistic);
                self.0.push(entry.to_string());
            }
        }
        let mut names = Names(Vec::new());
        Frozen::<Body>::ZERO.visit(&Path::ROOT, &mut names);
        assert_eq!(names.0, ["0.weight", "0.bias", "1.scale", "1.shift", "1.mean", "1.variance"]);
        let mut layer = Frozen::<Regularized<Dense<2, 2>, L2<1, 0>>>::ZERO;
        layer.init(Initializer::Constant(1.0), &mut seeded(1));
        assert_eq!((layer.penalty(), layer.0.penalty()), (0.0, 4.0));
    }
}
