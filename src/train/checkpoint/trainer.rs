//! How a trainer is put into a checkpoint, and taken out of one.

use std::boxed::Box;
use std::format;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use crate::error::Error;
use crate::losses::Loss;
use crate::network::{Batch, Heap, Layer, Parameters, Sample, Tape, Tensor};
use crate::optimizers::Optimizer;
use crate::train::Trainer;
use crate::train::callbacks::CallbackState;
use crate::train::checkpoint::contents::{CallbackFacts, Contents, Facts, GatherState, ScatterState, Tensors};
use crate::train::checkpoint::error::{CheckpointError, CheckpointProblem};
use crate::train::checkpoint::{Checkpoint, file};
use crate::train::history::History;

/// What the next `fit` goes on from, beside what is in the trainer already.
pub(crate) struct Resumed<N> {
    /// The names of the callbacks.
    pub callbacks: Vec<String>,
    /// What each callback remembers.
    pub states: Vec<CallbackState<N>>,
    /// The best value of each checkpoint.
    pub best: Vec<Option<f64>>,
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
    /// Writes checkpoints while training goes on (see [`Checkpoint`]).
    ///
    /// Where one cannot be written, [`fit`](Self::fit) ends with an error. The epoch stays completed:
    /// [`save_checkpoint`](Self::save_checkpoint) can write it elsewhere.
    #[must_use]
    pub fn checkpoint(mut self, checkpoint: Checkpoint) -> Self {
        self.checkpoints.push(checkpoint);
        self
    }

    /// Writes a checkpoint now.
    ///
    /// # Errors
    ///
    /// [`Error::Checkpoint`] where the file cannot be written. One that was there before is there
    /// still.
    pub fn save_checkpoint(&mut self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let payload = self.payload().map_err(|problem| file::error(path, problem))?;
        Ok(file::write(path, &payload)?)
    }

    /// Takes everything from a checkpoint, so that the next [`fit`](Self::fit) goes on after the last
    /// epoch that was completed, and returns the number of epochs completed.
    ///
    /// The trainer must be built as the one that wrote the checkpoint, with its metrics, callbacks and
    /// checkpoints, and `fit` must be called with the same data and settings: then the run ends with
    /// the same bits as one that was never interrupted, if build and processor are the same too. The epochs of `fit`
    /// include those completed.
    /// The learning rate and the seed come from the file; the optimizer's other settings, and the
    /// loss's, are those of the program.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// # let folder = std::env::temp_dir().join(format!("typenet-resume-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let path = folder.join("run.checkpoint");
    /// let data = Dataset::new(vec![[0.0_f32], [0.5], [1.0]], vec![[1.0_f32], [2.0], [3.0]])?;
    /// for _ in 0..2 {
    ///     let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Adam::new(0.1))
    ///         .checkpoint(Checkpoint::last(&path));
    ///     if path.exists() {
    ///         trainer.resume(&path)?;
    ///     }
    ///     // The second time, all is done already.
    ///     assert_eq!(trainer.fit(&data, Fit::epochs(10))?.len(), 10);
    /// }
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Checkpoint`] where the file cannot be read, was cut or changed, is none of this
    /// library, or belongs to another network, optimizer, loss, or to other metrics or callbacks. The
    /// trainer is then as it was.
    pub fn resume(&mut self, path: impl AsRef<Path>) -> Result<usize, Error> {
        let path = path.as_ref();
        let payload = file::read(path)?;
        let read = self.read(payload.bytes());
        Ok(read.map_err(|problem| file::error(path, problem))?)
    }

    /// Checks that training can go on with these metrics and callbacks.
    pub(crate) fn check_resumable(&self, names: &[String], callbacks: &[String]) -> Result<(), Error> {
        let checked = self.check_names_and_callbacks(names, callbacks);
        Ok(checked.map_err(|problem| CheckpointError { file: "the checkpoint".into(), problem })?)
    }

    /// Writes what is due after an epoch. Best ones first: an epoch that is the last of one that goes on
    /// is not trained again.
    pub(crate) fn write_checkpoints(&mut self, last: bool) -> Result<(), Error> {
        let history = &self.history;
        let due = |checkpoint: &mut Checkpoint| {
            let due = checkpoint.is_due(history, last);
            due.then(|| (checkpoint.monitor.is_none(), checkpoint.path.clone()))
        };
        let mut due: Vec<_> = self.checkpoints.iter_mut().filter_map(due).collect();
        due.sort_by_key(|(goes_on, _)| *goes_on);
        due.iter().try_for_each(|(_, path)| self.save_checkpoint(path))
    }

    fn check_names_and_callbacks(&self, names: &[String], callbacks: &[String]) -> Result<(), CheckpointProblem> {
        let own: Vec<String> = self.columns().map(String::from).collect();
        same("what is measured", names, &own)?;
        same("the callbacks", callbacks, &self.callback_names())
    }

    fn callback_names(&self) -> Vec<String> {
        self.callbacks.iter().map(|callback| callback.name().to_string()).collect()
    }

    fn payload(&mut self) -> Result<Vec<u8>, CheckpointProblem> {
        let mut tensors = Tensors::default();
        tensors.network("network", &*self.network);
        let (state, steps) = self.workspace.memory();
        O::walk_state(state, &mut GatherState { tensors: &mut tensors, network: &mut *self.network, index: 0 });
        tensors.numbers("learning_rate".into(), &[self.optimizer.learning_rate()]);
        let epochs = self.history.epochs();
        let training: Vec<f64> = epochs.iter().flat_map(|epoch| &epoch.training).copied().collect();
        let validation: Vec<f64> =
            epochs.iter().filter_map(|epoch| epoch.validation.as_ref()).flatten().copied().collect();
        tensors.numbers("history.training".into(), &training);
        tensors.numbers("history.validation".into(), &validation);
        // A not-a-number is never the best: it stands for none.
        let best: Vec<f64> = self.checkpoints.iter().map(|checkpoint| checkpoint.best.unwrap_or(f64::NAN)).collect();
        tensors.numbers("checkpoint.best".into(), &best);
        let callbacks = self.callbacks.iter().enumerate().map(|(index, callback)| {
            let mut state = CallbackState::default();
            callback.save(&mut state);
            for (name, numbers) in &state.numbers {
                tensors.numbers(format!("callback.{index}.number.{name}"), numbers);
            }
            for (name, network) in &state.networks {
                tensors.network(&format!("callback.{index}.network.{name}"), &**network);
            }
            CallbackFacts {
                name: callback.name().into(),
                texts: state.texts,
                counts: state.counts,
                numbers: state.numbers.into_keys().collect(),
                networks: state.networks.into_keys().collect(),
            }
        });
        let callbacks = callbacks.collect();
        let facts = Facts {
            fingerprint: N::FINGERPRINT.value(),
            optimizer: file::short_name::<O>(),
            loss: file::short_name::<L>(),
            steps,
            seed: self.seed,
            epochs_begun: self.epochs_begun,
            stopped: self.stopped,
            names: self.history.names().to_vec(),
            validated: epochs.iter().map(|epoch| epoch.validation.is_some()).collect(),
            callbacks,
        };
        tensors.serialize(&facts)
    }

    /// Reads all into memory of its own first: the trainer is changed by what cannot fail.
    fn read(&mut self, payload: &[u8]) -> Result<usize, CheckpointProblem> {
        let contents = Contents::parse(payload)?;
        let facts = &contents.facts;
        Contents::check_count("the number of steps", facts.steps)?;
        Contents::check_count("the number of epochs begun", facts.epochs_begun)?;
        let mut network = crate::train::callbacks::boxed(&*self.network);
        contents.network("network", &mut *network)?;
        if facts.fingerprint != N::FINGERPRINT.value() {
            let (found, expected) = (facts.fingerprint, N::FINGERPRINT.value());
            return Err(CheckpointProblem::Network { found, expected });
        }
        same("the optimizer", &[&facts.optimizer], &[&file::short_name::<O>()])?;
        same("the loss", &[&facts.loss], &[&file::short_name::<L>()])?;
        let names: Vec<String> = facts.callbacks.iter().map(|callback| callback.name.clone()).collect();
        self.check_names_and_callbacks(&facts.names, &names)?;

        let mut state = <Heap as Batch>::One::<O::State<N::Gradient>>::EMPTY;
        let mut scatter = ScatterState { contents: &contents, network: &mut *network, index: 0, result: Ok(()) };
        O::walk_state(state.as_mut(), &mut scatter);
        scatter.result?;
        let rate = contents.number("learning_rate")?;
        let history = history(&contents)?;
        let best = contents.numbers("checkpoint.best")?;
        let best = best.into_iter().map(|best| (!best.is_nan()).then_some(best)).collect();
        let states =
            facts.callbacks.iter().enumerate().map(|(index, facts)| callback(&contents, index, facts, &*network));
        let states = states.collect::<Result<Vec<_>, _>>()?;

        self.network = network;
        self.workspace.remember(state, facts.steps);
        self.optimizer.set_learning_rate(rate);
        (self.seed, self.epochs_begun, self.stopped) = (facts.seed, facts.epochs_begun, facts.stopped);
        self.history = history;
        self.resumed = Some(Resumed { callbacks: names, states, best });
        Ok(self.history.len())
    }
}

fn same(what: &'static str, found: &[impl AsRef<str>], expected: &[impl AsRef<str>]) -> Result<(), CheckpointProblem> {
    if found.iter().map(AsRef::as_ref).eq(expected.iter().map(AsRef::as_ref)) {
        return Ok(());
    }
    fn list(names: &[impl AsRef<str>]) -> String {
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        if names.is_empty() { "none".into() } else { names.join(", ") }
    }
    Err(CheckpointProblem::Settings { what, found: list(found), expected: list(expected) })
}

fn history(contents: &Contents<'_>) -> Result<History, CheckpointProblem> {
    let (training, validation) = (contents.numbers("history.training")?, contents.numbers("history.validation")?);
    let Facts { names, validated, .. } = &contents.facts;
    let width = names.len().max(1);
    let validations = validated.iter().filter(|validated| **validated).count();
    if training.len() != validated.len() * width || validation.len() != validations * width {
        return Err(CheckpointProblem::Contents("the history has values missing".into()));
    }
    let mut validation = validation.chunks(width);
    let mut history = History::new(names.iter().map(String::as_str));
    for (training, validated) in training.chunks(width).zip(validated) {
        let validation = if *validated { validation.next().map(<[f64]>::to_vec) } else { None };
        history.push(training.to_vec(), validation);
    }
    Ok(history)
}

fn callback<N: Parameters>(
    contents: &Contents<'_>,
    index: usize,
    facts: &CallbackFacts,
    form: &N,
) -> Result<CallbackState<N>, CheckpointProblem> {
    let mut state =
        CallbackState { texts: facts.texts.clone(), counts: facts.counts.clone(), ..CallbackState::default() };
    for (name, count) in &facts.counts {
        Contents::check_count(&format!("{name} of {}", facts.name), *count)?;
    }
    for name in &facts.numbers {
        let numbers = contents.numbers(&format!("callback.{index}.number.{name}"))?;
        state.numbers.insert(name.clone(), numbers);
    }
    for name in &facts.networks {
        let mut network: Box<N> = crate::train::callbacks::boxed(form);
        contents.network(&format!("callback.{index}.network.{name}"), &mut *network)?;
        state.networks.insert(name.clone(), network);
    }
    Ok(state)
}
