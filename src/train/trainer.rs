//! `fit`, `evaluate` and `predict`.

use alloc::boxed::Box;
use alloc::vec::Vec;

use rand::rngs::Xoshiro256PlusPlus;

use crate::batch::Heap;
use crate::data::{Dataset, shuffle};
use crate::error::Error;
use crate::history::History;
use crate::init::Initializer;
use crate::layer::Layer;
use crate::losses::Loss;
use crate::metrics::Metric;
use crate::optimizers::Optimizer;
use crate::parameters::Parameters;
use crate::scalar::Scalar;
use crate::summary::Summary;
use crate::tensor::{Sample, Tensor, Zero};
use crate::train::fit::{Fit, Pairs};
use crate::train::progress::Report;
use crate::train::step::Workspace;

/// Samples that inference takes at a time: enough to use the processor, few enough for its cache.
const CHUNK: usize = 256;

/// A network on the heap, its weights He-normal from a seed. It never passes over the stack.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<784, 512>, Relu, Dense<512, 10>];
/// let network = initialized::<Network>(1);
/// assert!(network.0.weight[(0, 0)] != 0.0);
/// ```
#[must_use]
pub fn initialized<N: Parameters>(seed: u64) -> Box<N> {
    initialized_with(Initializer::default(), seed)
}

/// A network on the heap, its weights from an initialiser and a seed.
#[must_use]
pub fn initialized_with<N: Parameters>(weights: Initializer, seed: u64) -> Box<N> {
    let mut network: Box<N> = bytemuck::zeroed_box();
    network.init(weights, &mut crate::seeded(seed));
    network
}

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
pub struct Trainer<N, X, Y, L, O>
where
    N: Layer<X>,
    X: Sample,
    Y: Sample,
    O: Optimizer,
{
    network: Box<N>,
    loss: L,
    optimizer: O,
    workspace: Workspace<N, X, O, Heap>,
    rng: Xoshiro256PlusPlus,
    metrics: Vec<Box<dyn Metric<N::Output, Y>>>,
    report: Box<dyn Report>,
    history: History,
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

/// The loss and the metrics of an evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The mean loss, penalties included.
    pub loss: f64,
    /// The name and value of each metric.
    pub metrics: Vec<(&'static str, f64)>,
}

impl Scores {
    /// The loss or a metric by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        if name == "loss" {
            return Some(self.loss);
        }
        self.metrics.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    fn values(&self) -> Vec<f64> {
        core::iter::once(self.loss).chain(self.metrics.iter().map(|(_, value)| *value)).collect()
    }
}

impl core::fmt::Display for Scores {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "loss {:.4}", self.loss)?;
        self.metrics.iter().try_for_each(|(name, value)| write!(f, ", {name} {value:.4}"))
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
    /// seed 0.
    #[must_use]
    pub fn new(network: Box<N>, loss: L, optimizer: O) -> Self {
        Self {
            network,
            loss,
            optimizer,
            workspace: Workspace::EMPTY,
            rng: crate::seeded(0),
            metrics: Vec::new(),
            report: Box::new(()),
            history: History::new(["loss"]),
        }
    }

    /// Seeds the order of the samples and the masks of dropout.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { rng: crate::seeded(seed), ..self }
    }

    /// Measures a metric as well.
    #[must_use]
    pub fn metric(mut self, metric: impl Metric<N::Output, Y> + 'static) -> Self {
        self.metrics.push(Box::new(metric));
        self
    }

    /// Reports progress.
    #[must_use]
    pub fn report(self, report: impl Report + 'static) -> Self {
        Self { report: Box::new(report), ..self }
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

    /// The table of the network's layers.
    pub fn summary(&self) -> Summary<N, X> {
        Summary::NEW
    }

    /// The epochs of the last [`fit`](Self::fit) that were completed, also after an error.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Trains. The loss and metrics of training are the running means over the epoch's batches,
    /// with dropout on and the weights changing; those of validation are taken after the epoch,
    /// in inference, as Keras does.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] and [`Error::Empty`] before anything is changed, those of
    /// [`Workspace::train_step`] where a step fails; the network is then as it was before that
    /// step.
    pub fn fit(&mut self, data: &Dataset<X, Y>, fit: Fit<'_, X, Y>) -> Result<History, Error> {
        let parts = fit.parts(data)?;
        let (inputs, targets) = parts.training;
        self.optimizer.check()?;
        self.check_targets(targets)?;
        self.network.check_input(inputs)?;
        if let Some((inputs, targets)) = parts.validation {
            self.check_targets(targets)?;
            self.network.check_input(inputs)?;
        }
        let names = core::iter::once("loss").chain(self.metrics.iter().map(|metric| metric.name()));
        self.history = History::new(names);
        self.report.start(fit.epochs, inputs.len().div_ceil(fit.batch_size));

        let mut order: Vec<usize> = (0..inputs.len()).collect();
        let mut batch = Gathered { inputs: Vec::new(), targets: Vec::new() };
        for epoch in 1..=fit.epochs {
            if fit.shuffle {
                shuffle(&mut order, &mut self.rng);
            }
            let training = self.train_epoch(epoch, (inputs, targets), &order, fit.batch_size, &mut batch)?;
            let validation = match parts.validation {
                Some((inputs, targets)) => Some(self.evaluate_pairs((inputs, targets))?.values()),
                None => None,
            };
            self.history.push(training.values(), validation);
            self.report.epoch(&self.history, fit.epochs);
        }
        self.report.end();
        Ok(self.history.clone())
    }

    fn train_epoch(
        &mut self,
        epoch: usize,
        (inputs, targets): Pairs<'_, X, Y>,
        order: &[usize],
        batch_size: usize,
        batch: &mut Gathered<X, Y>,
    ) -> Result<Scores, Error> {
        self.metrics.iter_mut().for_each(|metric| metric.reset());
        let (mut sum, mut seen) = (0.0, 0.0);
        for (number, chunk) in order.chunks(batch_size).enumerate() {
            batch.gather((inputs, targets), chunk);
            let Self { network, loss, optimizer, workspace, rng, .. } = self;
            let value = workspace.train_step(network, loss, optimizer, &batch.inputs, &batch.targets, rng)?;
            let samples = chunk.len() as f64;
            sum += value.to_f64() * samples;
            seen += samples;
            let outputs = crate::batch::first(self.workspace.output(), chunk.len());
            self.metrics.iter_mut().for_each(|metric| metric.update(outputs, &batch.targets));
            self.report.batch(epoch, number + 1, sum / seen);
        }
        Ok(Scores { loss: sum / seen, metrics: self.measured() })
    }

    /// The loss and the metrics on data, in inference.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] for no data, [`Error::Class`] for a target that does not exist, [`Error::Token`] for a
    /// token that does not.
    pub fn evaluate(&mut self, data: &Dataset<X, Y>) -> Result<Scores, Error> {
        self.check_targets(data.targets())?;
        self.network.check_input(data.inputs())?;
        self.evaluate_pairs((data.inputs(), data.targets()))
    }

    fn evaluate_pairs(&mut self, (inputs, targets): Pairs<'_, X, Y>) -> Result<Scores, Error> {
        if inputs.is_empty() {
            return Err(Error::Empty("evaluate on"));
        }
        self.metrics.iter_mut().for_each(|metric| metric.reset());
        let mut store = Vec::new();
        let mut sum = 0.0;
        for (inputs, targets) in inputs.chunks(CHUNK).zip(targets.chunks(CHUNK)) {
            store.resize(inputs.len(), N::Output::ZERO);
            self.network.forward(inputs, &mut store);
            sum += self.loss.mean(&store, targets, None).to_f64() * inputs.len() as f64;
            self.metrics.iter_mut().for_each(|metric| metric.update(&store, targets));
        }
        Ok(Scores { loss: sum / inputs.len() as f64 + self.network.penalty(), metrics: self.measured() })
    }

    /// The network's output for each input.
    pub fn predict(&self, inputs: &[X]) -> Vec<N::Output> {
        let mut outputs = alloc::vec![N::Output::ZERO; inputs.len()];
        for (inputs, outputs) in inputs.chunks(CHUNK).zip(outputs.chunks_mut(CHUNK)) {
            self.network.forward(inputs, outputs);
        }
        outputs
    }

    fn measured(&self) -> Vec<(&'static str, f64)> {
        self.metrics.iter().map(|metric| (metric.name(), metric.value())).collect()
    }

    fn check_targets(&self, targets: &[Y]) -> Result<(), Error> {
        targets.iter().try_for_each(|target| self.loss.check(target))
    }
}

/// One batch, its samples side by side; the memory is reused.
struct Gathered<X, Y> {
    inputs: Vec<X>,
    targets: Vec<Y>,
}

impl<X: Sample, Y: Sample> Gathered<X, Y> {
    fn gather(&mut self, (inputs, targets): Pairs<'_, X, Y>, order: &[usize]) {
        self.inputs.clear();
        self.inputs.extend(order.iter().filter_map(|at| inputs.get(*at)));
        self.targets.clear();
        self.targets.extend(order.iter().filter_map(|at| targets.get(*at)));
    }
}
