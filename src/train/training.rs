//! `fit`.

use crate::data::Dataset;
use crate::error::Error;
use crate::losses::Loss;
use crate::losses::TargetOf;
use crate::network::{InputOf, Layer, Sample, Scalar, Tensor};
use crate::optimizers::Optimizer;
use crate::train::Same;
use crate::train::callbacks::{BatchEnd, EpochEnd, Gauge, Plan, silent_shares};
#[cfg(doc)]
use crate::train::callbacks::{EarlyStopping, TerminateOnNan};
use crate::train::fit::{Fit, Pairs};
use crate::train::history::History;
use crate::train::progress::Progress;
use crate::train::scores::{Scores, measured};
use crate::train::source::{Source, Stored};
use crate::train::trainer::Trainer;

/// Samples on which silent units are looked for.
pub(super) const LISTENED: usize = 256;

impl<N, X, Y, L, O> Trainer<N, X, Y, L, O>
where
    N: Layer<X>,
    N::Output: Tensor,
    X: Sample,
    Y: Sample,
    L: Loss<N::Output, Y>,
    O: Optimizer,
{
    /// Trains. The loss and metrics of training are the running means over the epoch's batches,
    /// with dropout on and the weights changing; those of validation are taken after the epoch,
    /// in inference, as Keras does.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// type Network = Sequential![Dense<1, 4>, Tanh, Dense<4, 1>];
    /// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[0.0_f32], [0.25], [1.0]])?;
    /// let mut trainer = Trainer::new(initialized::<Network>(1), MeanSquaredError, Adam::new(0.01));
    ///
    /// let history = trainer.fit(&data, Fit::epochs(5).batch_size(2))?;
    /// assert_eq!(history.len(), 5);
    /// # Ok::<(), typenet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Setting`], [`Error::Group`], [`Error::Empty`], [`Error::Class`], [`Error::Token`] and
    /// [`Error::MetricName`] before anything is changed; [`Error::LossNotFinite`] and [`Error::GradientNotFinite`]
    /// where a step fails: then the network and the optimizer's state are as they were before that step, and the
    /// [`history`](Self::history) holds the epochs that were completed; [`TerminateOnNan`] makes an end
    /// of it instead. [`Error::Monitor`] and others of a [callback](Self::callback) that does not suit,
    /// before anything is changed; [`Error::NotProbabilities`] for outputs that the loss is not for; those
    /// that a callback or a checkpoint meets after an epoch, which stays completed.
    ///
    /// Callbacks are told of the end in any case: after an error, too, an [`EarlyStopping`] restores the
    /// network of the best epoch. With the feature `std` they are told after a panic, which then goes on.
    pub fn fit<A, B>(&mut self, data: &Dataset<A, B>, fit: Fit<'_, A, B>) -> Result<History, Error>
    where
        A: InputOf<N> + Same<X>,
        B: TargetOf<L, N::Output> + Same<Y>,
    {
        let parts = fit.parts(data)?.same::<X, Y>();
        let (inputs, targets) = parts.training;
        self.check_targets(targets)?;
        self.network.check_input(inputs)?;
        let batches = inputs.len().div_ceil(fit.batch_size);
        let mut source = Stored::new(parts.training, fit.batch_size, fit.shuffle);
        self.run((fit.epochs, batches), &mut source, parts.validation)
    }

    /// Trains on batches from anywhere.
    pub(super) fn run(
        &mut self,
        (epochs, batches): (usize, usize),
        source: &mut impl Source<X, Y>,
        validation: Option<Pairs<'_, X, Y>>,
    ) -> Result<History, Error> {
        Error::check("the number of epochs", epochs as f64, "at least 1", epochs > 0)?;
        self.optimizer.check(self.workspace.steps() + 1)?;
        self.optimizer.check_network(&*self.network)?;
        self.check_names()?;
        if let Some((inputs, targets)) = validation {
            self.check_targets(targets)?;
            self.network.check_input(inputs)?;
        }
        let columns = History::new(self.columns()).columns(validation.is_some());
        let plan = Plan {
            epochs,
            completed: self.completed_before()?,
            batches,
            columns: &columns,
            rate_can_change: self.rate_can_change(),
        };
        self.start(&plan)?;
        self.report.start(plan.epochs, plan.batches);
        // What a callback promises for the end, it does however training ends.
        #[cfg(feature = "std")]
        let result = {
            let train = core::panic::AssertUnwindSafe(|| self.train(&plan, source, validation));
            std::panic::catch_unwind(train)
        };
        #[cfg(not(feature = "std"))]
        let result = Ok::<_, core::convert::Infallible>(self.train(&plan, source, validation));
        self.report.end();
        let Self { callbacks, network, report, .. } = self;
        let mut ended = Ok(());
        for callback in callbacks {
            ended = ended.and(callback.end(network, &mut **report));
        }
        match result {
            Ok(trained) => trained.and(ended)?,
            #[cfg(feature = "std")]
            Err(panic) => std::panic::resume_unwind(panic),
        }
        Ok(self.history.clone())
    }

    /// The names of what is measured.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &'static str> {
        core::iter::once("loss").chain(self.metrics.iter().map(|(name, _)| *name))
    }

    /// Whether the optimizer takes another learning rate. One that follows a schedule does not.
    fn rate_can_change(&mut self) -> bool {
        let rate = self.optimizer.learning_rate();
        self.optimizer.set_learning_rate(if rate == 0.0 { 1.0 } else { 0.5 * rate });
        let changed = self.optimizer.learning_rate() != rate;
        self.optimizer.set_learning_rate(rate);
        changed
    }

    #[cfg(not(all(feature = "checkpoint", target_endian = "little")))]
    fn completed_before(&self) -> Result<usize, Error> {
        Ok(0)
    }

    #[cfg(not(all(feature = "checkpoint", target_endian = "little")))]
    fn start(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        self.callbacks.iter_mut().try_for_each(|callback| callback.start(plan))?;
        self.history = History::new(self.columns());
        Ok(())
    }

    #[cfg(all(feature = "checkpoint", target_endian = "little"))]
    fn completed_before(&self) -> Result<usize, Error> {
        match &self.resumed {
            None => Ok(0),
            Some(resumed) => {
                self.check_resumable(self.history.names(), &resumed.callbacks)?;
                Ok(self.history.len())
            }
        }
    }

    #[cfg(all(feature = "checkpoint", target_endian = "little"))]
    fn start(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        self.callbacks.iter_mut().try_for_each(|callback| callback.start(plan))?;
        self.checkpoints.iter_mut().try_for_each(|checkpoint| checkpoint.start(plan))?;
        match &self.resumed {
            None => (self.history, self.stopped) = (History::new(self.columns()), false),
            Some(resumed) => {
                for (callback, state) in self.callbacks.iter_mut().zip(&resumed.states) {
                    callback.restore(state)?;
                }
                for (checkpoint, best) in self.checkpoints.iter_mut().zip(&resumed.best) {
                    checkpoint.restore(*best);
                }
            }
        }
        Ok(())
    }

    fn train(
        &mut self,
        plan: &Plan<'_>,
        source: &mut impl Source<X, Y>,
        validation: Option<Pairs<'_, X, Y>>,
    ) -> Result<(), Error> {
        #[cfg(all(feature = "checkpoint", target_endian = "little"))]
        {
            self.resumed = None;
            if self.stopped {
                return Ok(());
            }
        }
        let wanted = self.callbacks.iter().any(|callback| callback.wants_diagnostics());
        let mut gauge = wanted.then(Gauge::default);
        for epoch in plan.completed + 1..=plan.epochs {
            let Some(training) = self.train_epoch(epoch, source, &mut gauge)? else {
                return Ok(());
            };
            let validation = match validation {
                Some(pairs) => Some(self.evaluate_pairs(pairs)?.values()),
                None => None,
            };
            self.history.push(training.values(), validation);
            self.report.epoch(&self.history, plan.epochs);
            let called = self.call_back(source.inputs(), plan, &mut gauge);
            #[cfg(all(feature = "checkpoint", target_endian = "little"))]
            let called = {
                self.stopped = called == Ok(true);
                // The last epoch is also one after which a callback fails: it stays completed.
                let written = self.write_checkpoints(called != Ok(false) || epoch == plan.epochs);
                called.and_then(|stop| written.map(|()| stop))
            };
            if called? {
                break;
            }
        }
        Ok(())
    }

    /// Calls back after an epoch. Returns whether to stop.
    fn call_back(&mut self, inputs: &[X], plan: &Plan<'_>, gauge: &mut Option<Gauge>) -> Result<bool, Error> {
        let diagnostics = gauge.as_mut().map(|gauge| {
            let mut diagnostics = gauge.take();
            diagnostics.silent = silent_shares(&*self.network, crate::network::batch::first(inputs, LISTENED));
            diagnostics
        });
        let rate = self.optimizer.learning_rate();
        let trained_at = self.optimizer.rate_at(self.workspace.steps());
        let mut end = EpochEnd {
            network: &mut *self.network,
            history: &self.history,
            epochs: plan.epochs,
            learning_rate: trained_at,
            next_learning_rate: rate,
            stop: false,
            diagnostics: diagnostics.as_ref(),
            report: &mut *self.report,
        };
        // Also those after one that fails: the epoch is completed for all of them.
        let mut called = Ok(());
        for callback in &mut self.callbacks {
            called = called.and(callback.epoch(&mut end));
        }
        called?;
        let (next, stop) = (end.next_learning_rate, end.stop);
        if next != rate {
            Error::check_learning_rate(next)?;
            if !plan.rate_can_change {
                return Err(Error::RateIsScheduled);
            }
            self.optimizer.set_learning_rate(next);
        }
        Ok(stop)
    }

    /// `None` where a step failed and a callback makes that the end.
    fn train_epoch(
        &mut self,
        epoch: usize,
        source: &mut impl Source<X, Y>,
        gauge: &mut Option<Gauge>,
    ) -> Result<Option<Scores>, Error> {
        self.metrics.iter_mut().for_each(|(_, metric)| metric.reset());
        let mut rng = crate::network::seeded(epoch_seed(self.seed, self.epochs_begun));
        source.begin(epoch, &mut rng, gauge.is_some())?;
        let (mut sum, mut samples, mut batch) = (0.0, 0, 0);
        while let Some((inputs, targets)) = source.batch()? {
            let Self { network, loss, optimizer, workspace, .. } = self;
            let value = match workspace.probed_step(network, loss, optimizer, (inputs, targets), &mut rng, gauge) {
                Ok(value) => value,
                Err(error) => {
                    let mut ends = false;
                    let Self { callbacks, report, .. } = self;
                    callbacks.iter_mut().for_each(|callback| ends |= callback.failed(&error, &mut **report));
                    return if ends { Ok(None) } else { Err(error) };
                }
            };
            sum += value.to_f64() * inputs.len() as f64;
            samples += inputs.len();
            if batch == 0 {
                // An epoch counts from its first step on: one that cannot begin leaves all as it was.
                self.epochs_begun += 1;
            }
            batch += 1;
            let outputs = self.workspace.output();
            self.metrics.iter_mut().for_each(|(_, metric)| metric.update(outputs, targets));
            let loss = sum / samples as f64;
            let end = BatchEnd { network: &*self.network, epoch, batch, loss };
            self.callbacks.iter_mut().for_each(|callback| callback.batch(&end));
            let Self { metrics, report, .. } = self;
            report.batch(&Progress { epoch, batch, samples, loss, metrics: &|| measured(metrics) });
        }
        if samples == 0 {
            return Err(Error::Empty("train on"));
        }
        Ok(Some(Scores { loss: sum / samples as f64, metrics: measured(&self.metrics) }))
    }
}

/// The seed of an epoch. The factor is odd, so that no two epochs share one.
fn epoch_seed(seed: u64, epoch: u64) -> u64 {
    seed ^ epoch.wrapping_mul(0xd134_2543_de82_ef95)
}
