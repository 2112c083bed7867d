//! The trainer: its settings, `evaluate` and `predict`.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::data::Dataset;
use crate::error::Error;
use crate::losses::Loss;
use crate::losses::TargetOf;
use crate::metrics::MeasuredBy;
use crate::network::batch::first_mut;
use crate::network::{Heap, InputOf, Layer, Sample, Scalar, Summary, Tensor};
use crate::optimizers::{Averages, Optimizer};
use crate::train::Same;
use crate::train::callbacks::{BatchEnd, Callback, EpochEnd, OnBatch, OnEpoch};
use crate::train::fit::Pairs;
use crate::train::history::History;
use crate::train::progress::Report;
use crate::train::scores::{Named, Scores, measured};
use crate::train::step::Workspace;

/// Samples that inference takes at a time: enough to use the processor, few enough for its cache.
const CHUNK: usize = 256;

/// Trains a network, as Keras' `compile`, `fit`, `evaluate` and `predict` do.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<2, 8>, Tanh, Dense<8, 1>];
/// let data = Dataset::new(
///     vec![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]],
///     vec![[0.0], [1.0], [1.0], [0.0]],
/// )?;
/// let mut trainer = Trainer::new(initialized::<Network>(1), BinaryCrossEntropyLogits, Adam::new(0.03))
///     .metric(BinaryAccuracy::on_logits());
/// trainer.fit(&data, Fit::epochs(200).batch_size(4))?;
/// let scores = trainer.evaluate(&data)?;
/// assert_eq!(scores.get("accuracy"), Some(1.0));
/// # Ok::<(), typenet::Error>(())
/// ```
///
/// A trainer cannot be sent to another thread, because callbacks may be shared by an [`Rc`](alloc::rc::Rc). It can be
/// made in the thread that trains: data and network can be sent there, and network and history back.
///
/// ```
/// use typenet::prelude::*;
///
/// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[1.0_f32], [2.0], [3.0]])?;
/// let training = std::thread::spawn(move || {
///     let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Adam::new(0.1));
///     let history = trainer.fit(&data, Fit::epochs(10))?;
///     Ok::<_, typenet::Error>((trainer.into_network(), history))
/// });
/// # let (network, history) = training.join().map_err(|_| "the thread panicked")??;
/// # assert_eq!(history.len(), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Trainer<N, X, Y, L, O>
where
    N: Layer<X>,
    X: Sample,
    Y: Sample,
    O: Optimizer,
{
    pub(crate) network: Box<N>,
    pub(crate) loss: L,
    pub(crate) optimizer: O,
    pub(crate) workspace: Workspace<N, X, O, Heap>,
    pub(crate) seed: u64,
    /// The epochs begun so far, in every `fit`: with the seed, they give an epoch's random numbers.
    pub(crate) epochs_begun: u64,
    pub(crate) metrics: Vec<Named<N::Output, Y>>,
    pub(crate) callbacks: Vec<Box<dyn Callback<N>>>,
    pub(crate) report: Box<dyn Report>,
    pub(crate) history: History,
    #[cfg(all(feature = "checkpoint", target_endian = "little"))]
    pub(crate) checkpoints: Vec<crate::train::checkpoint::Checkpoint>,
    /// Whether the last `fit` was ended by a callback.
    #[cfg(all(feature = "checkpoint", target_endian = "little"))]
    pub(crate) stopped: bool,
    /// What the next `fit` goes on from.
    #[cfg(all(feature = "checkpoint", target_endian = "little"))]
    pub(crate) resumed: Option<crate::train::checkpoint::Resumed<N>>,
}

impl<N, X, Y, L, O> core::fmt::Debug for Trainer<N, X, Y, L, O>
where
    N: Layer<X>,
    X: Sample,
    Y: Sample,
    O: Optimizer,
{
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Trainer").field("workspace", &self.workspace).finish_non_exhaustive()
    }
}

impl<N, X, Y, L, O> Trainer<N, X, Y, L, O>
where
    N: Layer<X>,
    N::Output: Tensor,
    X: Sample,
    Y: Sample,
    L: Loss<N::Output, Y>,
    O: Optimizer,
{
    /// A trainer that reports nothing, measures the loss only and draws its random numbers from
    /// seed 0. [`initialized`](crate::train::initialized) makes the network: one whose weights are all zero, as `ZERO`, has
    /// nothing that sets its units apart, and does not learn.
    #[must_use]
    pub fn new(network: Box<N>, loss: L, optimizer: O) -> Self {
        // Where a setting is out of its range, the error points here, and at the caller.
        let _ = const { N::MULTIPLY_ADDS };
        Self {
            network,
            loss,
            optimizer,
            workspace: Workspace::EMPTY,
            seed: 0,
            epochs_begun: 0,
            metrics: Vec::new(),
            callbacks: Vec::new(),
            report: Box::new(()),
            history: History::new(["loss"]),
            #[cfg(all(feature = "checkpoint", target_endian = "little"))]
            checkpoints: Vec::new(),
            #[cfg(all(feature = "checkpoint", target_endian = "little"))]
            stopped: false,
            #[cfg(all(feature = "checkpoint", target_endian = "little"))]
            resumed: None,
        }
    }

    /// Seeds the order of the samples and the masks of dropout. Those of an epoch are drawn from the
    /// seed and from the number of epochs begun before, in this and in earlier calls of
    /// [`fit`](Self::fit).
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Measures a metric as well.
    #[must_use]
    pub fn metric<M>(mut self, metric: M) -> Self
    where
        Y: MeasuredBy<M, N::Output>,
    {
        let metric = Y::boxed(metric);
        self.metrics.push((metric.name(), metric));
        self
    }

    /// Measures a metric as well, under this name. Every name must be another one: two metrics of
    /// one kind need it.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// type Network = Sequential![Dense<2, 1>, Sigmoid];
    /// let trainer = Trainer::new(initialized::<Network>(1), BinaryCrossEntropy, Adam::default())
    ///     .metric(BinaryAccuracy::default())
    ///     .metric_named("accuracy at 0.9", BinaryAccuracy::default().threshold(0.9));
    /// # let _: Trainer<Network, [f32; 2], [f32; 1], _, _> = trainer;
    /// ```
    #[must_use]
    pub fn metric_named<M>(mut self, name: &'static str, metric: M) -> Self
    where
        Y: MeasuredBy<M, N::Output>,
    {
        self.metrics.push((name, Y::boxed(metric)));
        self
    }

    /// Reports progress.
    #[must_use]
    pub fn report(self, report: impl Report + 'static) -> Self {
        Self { report: Box::new(report), ..self }
    }

    /// Adds a callback. They are called in the order in which they were added.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// type Network = Sequential![Dense<1, 4>, Tanh, Dense<4, 1>];
    /// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[0.0_f32], [0.25], [1.0]])?;
    /// let mut trainer = Trainer::new(initialized::<Network>(1), MeanSquaredError, Adam::new(0.01))
    ///     .callback(ReduceOnPlateau::new("loss").patience(5))
    ///     .callback(EarlyStopping::new("loss").patience(20).restore_best());
    /// trainer.fit(&data, Fit::epochs(50))?;
    /// # Ok::<(), typenet::Error>(())
    /// ```
    #[must_use]
    pub fn callback(mut self, callback: impl Callback<N> + 'static) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Calls a closure after each epoch.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[0.0_f32], [0.25], [1.0]])?;
    /// let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Sgd::new(0.1))
    ///     .on_epoch(|epoch| epoch.next_learning_rate *= 0.5);
    /// trainer.fit(&data, Fit::epochs(2))?;
    /// assert_eq!(trainer.optimizer_mut().rate, 0.025);
    /// # Ok::<(), typenet::Error>(())
    /// ```
    #[must_use]
    pub fn on_epoch(self, closure: impl FnMut(&mut EpochEnd<'_, N>) + 'static) -> Self {
        self.callback(OnEpoch(closure))
    }

    /// Calls a closure after each batch.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[0.0_f32], [0.25], [1.0]])?;
    /// let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Sgd::new(0.1))
    ///     .on_batch(|batch| println!("{}.{}: loss {}", batch.epoch, batch.batch, batch.loss));
    /// trainer.fit(&data, Fit::epochs(2).batch_size(2))?;
    /// # Ok::<(), typenet::Error>(())
    /// ```
    #[must_use]
    pub fn on_batch(self, closure: impl FnMut(&BatchEnd<'_, N>) + 'static) -> Self {
        self.callback(OnBatch(closure))
    }

    /// The network.
    pub fn network(&self) -> &N {
        &self.network
    }

    /// The network, to change it.
    pub fn network_mut(&mut self) -> &mut N {
        &mut self.network
    }

    /// Gives the network back and forgets what training kept beside it.
    pub fn into_network(self) -> Box<N> {
        self.network
    }

    /// The optimizer, to change its settings between calls of [`fit`](Self::fit).
    pub fn optimizer_mut(&mut self) -> &mut O {
        &mut self.optimizer
    }

    /// Exchanges the network's parameters with their moving average, and at the next call back (see
    /// [`Averaged`](crate::optimizers::Averaged), with an example). False, with nothing changed, before the first
    /// step of the optimizer. To go on training, exchange them back first.
    pub fn swap_average(&mut self) -> bool
    where
        O: Averages,
    {
        self.workspace.swap_average(&mut self.network)
    }

    /// The table of the network's layers. It says where a network ends with [`Sigmoid`](crate::activations::Sigmoid) or
    /// [`Softmax`](crate::activations::Softmax) though its loss is for logits.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// type Network = Sequential![Dense<1, 4>, Tanh, Dense<4, 1>];
    /// let trainer: Trainer<Network, [f32; 1], [f32; 1], _, _> =
    ///     Trainer::new(initialized(1), MeanSquaredError, Sgd::default());
    /// println!("{}", trainer.summary());
    /// ```
    pub fn summary(&self) -> Summary<N, X> {
        if self.loss.takes_logits() { Summary::NEW.for_logits() } else { Summary::NEW }
    }

    /// The epochs of the last [`fit`](Self::fit) that were completed, also after an error.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The loss and the metrics on data, in inference.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// type Network = Sequential![Dense<1, 4>, Tanh, Dense<4, 1>];
    /// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[0.0_f32], [0.25], [1.0]])?;
    /// let mut trainer = Trainer::new(initialized::<Network>(1), MeanSquaredError, Adam::new(0.01))
    ///     .metric(MeanLoss::mean_absolute_error());
    /// let scores = trainer.evaluate(&data)?;
    /// assert!(scores.get("mae").is_some());
    /// # Ok::<(), typenet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] for no data, [`Error::Class`] for a target that does not exist, [`Error::Token`] for
    /// a token that does not,
    /// [`Error::Setting`] for a loss's setting out of range, [`Error::MetricName`] for two metrics of
    /// one name, [`Error::NotProbabilities`] for outputs that the loss is not for. A loss that is not finite is no
    /// error: nothing is changed by it.
    pub fn evaluate<A, B>(&mut self, data: &Dataset<A, B>) -> Result<Scores, Error>
    where
        A: InputOf<N> + Same<X>,
        B: TargetOf<L, N::Output> + Same<Y>,
    {
        let (inputs, targets) = (A::same(data.inputs()), B::same(data.targets()));
        self.check_names()?;
        self.check_targets(targets)?;
        self.network.check_input(inputs)?;
        self.evaluate_pairs((inputs, targets))
    }

    pub(super) fn evaluate_pairs(&mut self, (inputs, targets): Pairs<'_, X, Y>) -> Result<Scores, Error> {
        if inputs.is_empty() {
            return Err(Error::Empty("evaluate on"));
        }
        self.metrics.iter_mut().for_each(|(_, metric)| metric.reset());
        let mut store: Vec<N::Output> = bytemuck::zeroed_vec(inputs.len().min(CHUNK));
        let mut sum = 0.0;
        for (inputs, targets) in inputs.chunks(CHUNK).zip(targets.chunks(CHUNK)) {
            let outputs = first_mut(&mut store, inputs.len());
            self.network.forward(inputs, outputs);
            self.loss.check_outputs(outputs)?;
            sum += self.loss.evaluation(outputs, targets).to_f64() * inputs.len() as f64;
            self.metrics.iter_mut().for_each(|(_, metric)| metric.update(outputs, targets));
        }
        Ok(Scores { loss: sum / inputs.len() as f64 + self.network.penalty(), metrics: measured(&self.metrics) })
    }

    /// The network's output for each input.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// type Network = Sequential![Dense<1, 4>, Tanh, Dense<4, 1>];
    /// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[0.0_f32], [0.25], [1.0]])?;
    /// let mut trainer = Trainer::new(initialized::<Network>(1), MeanSquaredError, Adam::new(0.01));
    /// trainer.fit(&data, Fit::epochs(1))?;
    /// assert_eq!(trainer.predict(&[[0.25_f32], [0.75]]).len(), 2);
    /// # Ok::<(), typenet::Error>(())
    /// ```
    pub fn predict<A: InputOf<N> + Same<X>>(&self, inputs: &[A]) -> Vec<N::Output> {
        let inputs = A::same(inputs);
        let mut outputs: Vec<N::Output> = bytemuck::zeroed_vec(inputs.len());
        for (inputs, outputs) in inputs.chunks(CHUNK).zip(outputs.chunks_mut(CHUNK)) {
            self.network.forward(inputs, outputs);
        }
        outputs
    }

    /// The columns of a history are the names, and the names again after `val_`.
    pub(super) fn check_names(&self) -> Result<(), Error> {
        let mut others = alloc::vec!["loss"];
        for (name, _) in &self.metrics {
            let same = |other: &str| other == *name || other.strip_prefix("val_") == Some(name);
            if others.iter().any(|other| same(other) || name.strip_prefix("val_") == Some(other)) {
                return Err(Error::MetricName { name });
            }
            others.push(name);
        }
        Ok(())
    }

    pub(super) fn check_targets(&self, targets: &[Y]) -> Result<(), Error> {
        targets.iter().try_for_each(|target| self.loss.check(target))
    }
}
