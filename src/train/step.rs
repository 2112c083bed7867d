//! One training step, without a heap.

use core::sync::atomic::AtomicBool;
use core::sync::atomic::Ordering::Relaxed;

use rand::Rng;

use crate::error::Error;
use crate::kernel::{in_pieces, vectorize};
use crate::losses::TargetOf;
use crate::network::batch::{first, first_mut};
use crate::network::{Batch, Entry, Layer, Parameters, Path, Sample, Scalar, Tape, Tensor, Walker};
use crate::optimizers::{Averages, Optimizer, StateVisitor, Swap};

/// Looks at a step from inside, before and after the update. The gradient of `after` is no longer that
/// of the loss: an optimizer may have changed it.
pub(crate) trait Probe {
    fn before<N: Parameters>(&mut self, network: &mut N, gradient: &mut N::Gradient) {
        let _ = (network, gradient);
    }

    fn after<N: Parameters>(&mut self, network: &mut N, gradient: &mut N::Gradient) {
        let _ = (network, gradient);
    }
}

/// Nobody looks.
impl Probe for () {}

impl<P: Probe> Probe for Option<P> {
    fn before<N: Parameters>(&mut self, network: &mut N, gradient: &mut N::Gradient) {
        if let Some(probe) = self {
            probe.before(network, gradient);
        }
    }

    fn after<N: Parameters>(&mut self, network: &mut N, gradient: &mut N::Gradient) {
        if let Some(probe) = self {
            probe.after(network, gradient);
        }
    }
}

/// Everything that training needs beside the network: gradient, optimizer state, tape.
///
/// With [`Inline`](crate::network::Inline) it is plain arrays, and can be `static`; with
/// [`Heap`](crate::network::Heap) memory is allocated at the first step and reused.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<2, 8>, Tanh, Dense<8, 1>];
/// let mut rng = seeded(1);
/// let mut network = Network::ZERO;
/// network.init(Initializer::GlorotUniform, &mut rng);
///
/// let mut workspace = Workspace::<Network, [f32; 2], Adam, Inline<4>>::EMPTY;
/// let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let targets = [[0.0], [1.0], [1.0], [0.0]];
/// let adam = Adam::new(0.03);
/// let mut loss = f32::MAX;
/// for _ in 0..300 {
///     loss = workspace.train_step(&mut network, &MeanSquaredError, &adam, &inputs, &targets, &mut rng)?;
/// }
/// assert!(loss < 0.01);
/// # Ok::<(), typenet::Error>(())
/// ```
pub struct Workspace<N: Layer<X>, X: Sample, O: Optimizer, B: Batch> {
    gradient: B::One<N::Gradient>,
    state: B::One<O::State<N::Gradient>>,
    tape: N::Tape<B>,
    output: B::Of<N::Output>,
    output_gradient: B::Of<N::Output>,
    /// Samples of the last step.
    samples: usize,
    steps: u64,
}

impl<N: Layer<X>, X: Sample, O: Optimizer, B: Batch> core::fmt::Debug for Workspace<N, X, O, B> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Workspace").field("steps", &self.steps).finish_non_exhaustive()
    }
}

impl<N: Layer<X>, X: Sample, O: Optimizer, B: Batch> Default for Workspace<N, X, O, B> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<N: Layer<X>, X: Sample, O: Optimizer, B: Batch> Workspace<N, X, O, B> {
    /// A workspace before the first step.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let workspace = Workspace::<Dense<4, 3>, [f32; 4], Sgd, Inline<8>>::EMPTY;
    /// assert_eq!(workspace.steps(), 0);
    /// ```
    pub const EMPTY: Self = Self {
        gradient: B::One::EMPTY,
        state: B::One::EMPTY,
        tape: N::Tape::EMPTY,
        output: B::Of::EMPTY,
        output_gradient: B::Of::EMPTY,
        samples: 0,
        steps: 0,
    };

    /// The steps taken so far.
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// The optimizer's state and the steps taken, for a checkpoint.
    #[cfg(all(feature = "checkpoint", target_endian = "little"))]
    pub(crate) fn memory(&mut self) -> (&mut O::State<N::Gradient>, u64) {
        (self.state.as_mut(), self.steps)
    }

    /// Takes over the optimizer's state and the steps taken, from a checkpoint.
    #[cfg(all(feature = "checkpoint", target_endian = "little"))]
    pub(crate) fn remember(&mut self, state: B::One<O::State<N::Gradient>>, steps: u64) {
        (self.state, self.steps) = (state, steps);
    }

    /// The network's output for each sample of the last step.
    pub fn output(&self) -> &[N::Output] {
        first(self.output.as_ref(), self.samples)
    }

    /// Exchanges the network's parameters with their moving average, and at the next call back (see
    /// [`Averaged`](crate::optimizers::Averaged)). False, with nothing changed, before the first step of the
    /// optimizer. To go on training, exchange them back first.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let (mut network, optimizer) = (Dense::<1, 1>::ZERO, Sgd::new(0.1).average(0.9));
    /// let mut workspace = Workspace::<_, [f32; 1], _, Inline<1>>::EMPTY;
    /// for _ in 0..2 {
    ///     workspace.train_step(&mut network, &MeanSquaredError, &optimizer, &[[1.0]], &[[1.0]], &mut seeded(1))?;
    /// }
    /// let latest = network.weight[0];
    /// assert!(workspace.swap_average(&mut network) && network.weight[0] < latest);
    /// assert!(workspace.swap_average(&mut network) && network.weight[0] == latest);
    /// # Ok::<(), typenet::Error>(())
    /// ```
    pub fn swap_average(&mut self, network: &mut N) -> bool
    where
        O: Averages,
    {
        match O::average_of(self.state.as_mut()) {
            Some(average) => {
                network.walk([average], &Path::ROOT, &mut Swap);
                true
            }
            None => false,
        }
    }
}

impl<N: Layer<X>, X: Sample, O: Optimizer, B: Batch> Workspace<N, X, O, B>
where
    N::Output: Tensor,
{
    /// One step: forward, loss, backward, update. Returns the mean loss of the batch, penalties
    /// included, as it was before the update.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`], [`Error::Lengths`], [`Error::BatchTooLarge`] for a batch that cannot be
    /// used; [`Error::Setting`] for an optimizer's or a loss's setting out of range;
    /// [`Error::Group`], looked for at the first step, for a group of parameters that has none;
    /// [`Error::SumOverflowed`] for an optimizer whose sums cannot grow any more;
    /// [`Error::Class`] for a target that does not exist, [`Error::Token`] for a token that does not;
    /// [`Error::NotProbabilities`] for outputs that the loss is not for; [`Error::LossNotFinite`] and
    /// [`Error::GradientNotFinite`] where the step would spoil the network. After any of them the
    /// network, its statistics and the optimizer's state are as they were before. With the last three,
    /// `rng` has given what dropout drew.
    pub fn train_step<L, Target: TargetOf<L, N::Output>>(
        &mut self,
        network: &mut N,
        loss: &L,
        optimizer: &O,
        inputs: &[X],
        targets: &[Target],
        rng: &mut impl Rng,
    ) -> Result<<N::Output as Tensor>::Scalar, Error> {
        self.probed_step(network, loss, optimizer, (inputs, targets), rng, &mut ())
    }

    /// [`train_step`](Self::train_step), looked at from inside.
    pub(crate) fn probed_step<L, Target: TargetOf<L, N::Output>>(
        &mut self,
        network: &mut N,
        loss: &L,
        optimizer: &O,
        (inputs, targets): (&[X], &[Target]),
        rng: &mut impl Rng,
        probe: &mut impl Probe,
    ) -> Result<<N::Output as Tensor>::Scalar, Error> {
        let samples = inputs.len();
        if samples == 0 {
            return Err(Error::Empty("train on"));
        }
        if samples != targets.len() {
            return Err(Error::Lengths { inputs: samples, targets: targets.len() });
        }
        if samples > B::CAPACITY {
            return Err(Error::BatchTooLarge { samples, capacity: B::CAPACITY });
        }
        optimizer.check(self.steps + 1)?;
        if self.steps == 0 {
            optimizer.check_network(network)?;
        }
        if O::SUMS {
            let mut sums = Sums { network, full: false };
            O::walk_state(self.state.as_mut(), &mut sums);
            if sums.full {
                return Err(Error::SumOverflowed);
            }
        }
        targets.iter().try_for_each(|target| Target::check(loss, target))?;
        network.check_input(inputs)?;

        self.tape.grow(samples);
        self.output.grow(samples);
        self.output_gradient.grow(samples);
        self.samples = samples;
        let output = first_mut(self.output.as_mut(), samples);
        let output_gradient = first_mut(self.output_gradient.as_mut(), samples);

        network.forward_train(inputs, output, &mut self.tape, rng);
        let data_loss = Target::mean(loss, output, targets, Some(output_gradient));
        let value = data_loss + <N::Output as Tensor>::Scalar::from_f64(network.penalty());
        if !value.is_finite() {
            return Err(Error::LossNotFinite { value: value.to_f64() });
        }
        Target::check_outputs(loss, output)?;

        let gradient = self.gradient.as_mut();
        network.walk([gradient], &Path::ROOT, &mut Clear);
        network.backward(inputs, output, &mut self.tape, output_gradient, None, gradient);
        network.penalize(gradient);
        let mut finite = Finite { squares: !optimizer.limits_gradient(), all: true };
        network.walk([gradient], &Path::ROOT, &mut finite);
        if !finite.all {
            return Err(Error::GradientNotFinite);
        }

        let step = self.steps + 1;
        probe.before(network, gradient);
        optimizer.update(network, gradient, self.state.as_mut(), step, &());
        network.constrain();
        probe.after(network, gradient);
        network.update_statistics(&self.tape);
        self.steps = step;
        Ok(value)
    }
}

/// Sets a tree to zero.
struct Clear;

impl Walker<1> for Clear {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, _: &mut [T], [gradient]: [&mut [T]; 1]) {
        in_pieces([gradient], |[gradient]| gradient.fill(T::ZERO));
    }
}

/// Looks for sums that cannot grow any more. The network only gives their form.
struct Sums<'a, N> {
    network: &'a mut N,
    full: bool,
}

impl<N: Parameters> StateVisitor<N::Gradient> for Sums<'_, N> {
    fn tree(&mut self, name: &'static str, tree: &mut N::Gradient) {
        if name == "sum" {
            let mut full = Full(false);
            self.network.walk([tree], &Path::ROOT, &mut full);
            self.full |= full.0;
        }
    }

    fn number(&mut self, _: &'static str, _: &mut f64) {}
}

/// Looks for the largest number.
struct Full(bool);

impl Walker<1> for Full {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, _: &mut [T], [sum]: [&mut [T]; 1]) {
        self.0 |= sum.iter().fold(false, |full, v| full | (*v >= T::MAX));
    }
}

/// Looks for a gradient that is infinite or not-a-number, or whose square is.
struct Finite {
    squares: bool,
    all: bool,
}

impl Walker<1> for Finite {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, _: &mut [T], [gradient]: [&mut [T]; 1]) {
        let (squares, all) = (self.squares, AtomicBool::new(true));
        in_pieces([gradient], |[gradient]| {
            // Not stopped at the first, so that the loop becomes vector code.
            let finite = vectorize(
                #[inline(always)]
                || {
                    if squares {
                        gradient.iter().fold(true, |all, g| all & (*g * *g).is_finite())
                    } else {
                        gradient.iter().fold(true, |all, g| all & g.is_finite())
                    }
                },
            );
            // Not `fetch_and`, which the smallest microcontrollers have not.
            if !finite {
                all.store(false, Relaxed);
            }
        });
        self.all &= all.into_inner();
    }
}
