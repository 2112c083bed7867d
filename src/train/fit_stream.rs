//! `fit_stream`: training on data that does not fit into memory.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt::Display;

use rand::rngs::Xoshiro256PlusPlus;

use crate::data::Dataset;
use crate::error::Error;
use crate::losses::Loss;
use crate::losses::TargetOf;
use crate::network::batch::first;
use crate::network::{InputOf, Layer, Sample, Tensor};
use crate::optimizers::Optimizer;
use crate::train::Same;
use crate::train::fit::Pairs;
use crate::train::history::History;
use crate::train::source::Source;
use crate::train::trainer::Trainer;
use crate::train::training::LISTENED;

/// How [`Trainer::fit_stream`] trains. The size and the order of the batches are those of the stream.
///
/// ```
/// use typenet::prelude::*;
///
/// let validation = Dataset::new(vec![[0.5_f32]], vec![[1.0_f32]])?;
/// let fit = FitStream::epochs(20).batches(1000).validation_data(&validation);
/// assert_eq!((fit.epochs, fit.batches), (20, 1000));
/// # Ok::<(), typenet::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FitStream<'a, X: Sample, Y: Sample> {
    /// How often the stream is opened and gone through.
    pub epochs: usize,
    /// How many batches an epoch has, for reports such as [`Bar`](crate::train::Bar) alone: training goes on to the end
    /// of the stream. Default 0: not known.
    pub batches: usize,
    /// What the network is evaluated on after each epoch. Default nothing.
    pub validation: Option<&'a Dataset<X, Y>>,
}

impl<'a, X: Sample, Y: Sample> FitStream<'a, X, Y> {
    /// This many epochs.
    #[must_use]
    pub const fn epochs(epochs: usize) -> Self {
        Self { epochs, batches: 0, validation: None }
    }

    /// How many batches an epoch has, for reports alone.
    #[must_use]
    pub fn batches(self, batches: usize) -> Self {
        Self { batches, ..self }
    }

    /// Validates on data in memory.
    #[must_use]
    pub fn validation_data(self, data: &'a Dataset<X, Y>) -> Self {
        Self { validation: Some(data), ..self }
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
    /// Trains as [`fit`](Self::fit) does, on batches that a stream gives, such as [`Batches`](crate::data::Batches) of
    /// a file that is larger than the memory.
    ///
    /// The stream is opened for each epoch, whose number (from 1) is the seed to shuffle with: so a run that is
    /// [resumed](Self::resume) sees the same batches again. The same samples in the same batches give the same bits
    /// as `fit` without shuffling. Dead units are looked for in the first 256 samples of an epoch.
    ///
    /// ```
    /// use typenet::prelude::*;
    ///
    /// // Lines of a file, for example.
    /// let rows = || (0..1000).map(|i| i as f32 / 1000.0).map(|x| Ok::<_, std::io::Error>(([x], [2.0 * x + 1.0])));
    ///
    /// let mut trainer = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Adam::new(0.05));
    /// let history = trainer.fit_stream(
    ///     |epoch| Batches::new(rows(), 32).shuffled(256, epoch as u64).prefetched(4).map_err(std::io::Error::other),
    ///     FitStream::epochs(20),
    /// )?;
    /// assert!(history.value("loss") < Some(1e-3));
    /// # Ok::<(), typenet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `fit`, targets and tokens in their batch; [`Error::Stream`] with what the stream says, where it
    /// cannot be opened or fails; [`Error::Empty`] for a stream or a batch without a sample. The network and the
    /// optimizer's state are then as they were after the batch before.
    pub fn fit_stream<A, B, S, E>(
        &mut self,
        open: impl FnMut(usize) -> Result<S, E>,
        fit: FitStream<'_, A, B>,
    ) -> Result<History, Error>
    where
        A: InputOf<N> + Same<X>,
        B: TargetOf<L, N::Output> + Same<Y>,
        S: IntoIterator<Item = Result<Dataset<A, B>, E>>,
        E: Display,
    {
        if fit.validation.is_some_and(Dataset::is_empty) {
            return Err(Error::Empty("validate on"));
        }
        let validation = fit.validation.map(|data| (A::same(data.inputs()), B::same(data.targets())));
        let mut source = Streamed {
            open,
            batches: None::<S::IntoIter>,
            place: (0, 0),
            batch: Dataset::default(),
            first: Vec::new(),
            kept: 0,
        };
        self.run((fit.epochs, fit.batches), &mut source, validation)
    }
}

/// Batches of a stream that is opened for each epoch.
struct Streamed<F, I, A, B> {
    open: F,
    batches: Option<I>,
    /// The epoch and the batch, from 1.
    place: (usize, usize),
    /// The batch that is trained on.
    batch: Dataset<A, B>,
    /// The first inputs of the epoch, and how many of them are kept.
    first: Vec<A>,
    kept: usize,
}

impl<F, I, A, B> Streamed<F, I, A, B> {
    fn failed(&self, problem: impl Display) -> Error {
        let (epoch, batch) = self.place;
        Error::Stream { epoch, batch, problem: problem.to_string() }
    }
}

impl<F, S, E, A, B, X, Y> Source<X, Y> for Streamed<F, S::IntoIter, A, B>
where
    F: FnMut(usize) -> Result<S, E>,
    S: IntoIterator<Item = Result<Dataset<A, B>, E>>,
    E: Display,
    A: Sample + Same<X>,
    B: Sample + Same<Y>,
{
    fn begin(&mut self, epoch: usize, _: &mut Xoshiro256PlusPlus, wanted: bool) -> Result<(), Error> {
        self.place = (epoch, 1);
        self.kept = if wanted { LISTENED } else { 0 };
        self.first.clear();
        let batches = (self.open)(epoch).map_err(|problem| self.failed(problem))?;
        self.batches = Some(batches.into_iter());
        Ok(())
    }

    fn batch(&mut self) -> Result<Option<Pairs<'_, X, Y>>, Error> {
        let Some(batch) = self.batches.as_mut().and_then(Iterator::next) else {
            // Its file is closed, and its thread ended, before the validation.
            self.batches = None;
            return Ok(None);
        };
        self.batch = batch.map_err(|problem| self.failed(problem))?;
        self.place.1 += 1;
        let missing = self.kept.saturating_sub(self.first.len());
        self.first.extend_from_slice(first(self.batch.inputs(), missing));
        Ok(Some((A::same(self.batch.inputs()), B::same(self.batch.targets()))))
    }

    fn inputs(&self) -> &[X] {
        A::same(&self.first)
    }
}
