//! The settings of `fit`.

use crate::data::{Dataset, validation_start};
use crate::error::Error;
use crate::network::Sample;
use crate::train::Same;

/// How [`Trainer::fit`](crate::train::Trainer::fit) trains.
///
/// ```
/// use typenet::prelude::*;
///
/// let fit = Fit::<[f32; 20], [f32; 1]>::epochs(20).batch_size(32).validation_split(0.2);
/// assert_eq!((fit.epochs, fit.batch_size, fit.shuffle), (20, 32, true));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Fit<'a, X: Sample, Y: Sample> {
    /// How often the training data is gone through.
    pub epochs: usize,
    /// Samples in one step; the last step of an epoch takes what is left. Default 32.
    pub batch_size: usize,
    /// Whether the order is drawn anew for each epoch. Default true.
    pub shuffle: bool,
    /// What the network is evaluated on after each epoch. Default nothing.
    pub validation: Validation<'a, X, Y>,
}

/// What a network is evaluated on after each epoch.
///
/// ```
/// use typenet::prelude::*;
///
/// let fit = Fit::<[f32; 20], [f32; 1]>::epochs(20).validation_split(0.2);
/// assert!(matches!(fit.validation, Validation::Split(0.2)));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub enum Validation<'a, X: Sample, Y: Sample> {
    /// Nothing.
    #[default]
    None,
    /// This share of the training data, taken from its **end** before anything is shuffled, as
    /// Keras does. The data should be in random order.
    Split(f64),
    /// Other data.
    Data(&'a Dataset<X, Y>),
}

impl<'a, X: Sample, Y: Sample> Fit<'a, X, Y> {
    /// The defaults of Keras, with this many epochs.
    #[must_use]
    pub const fn epochs(epochs: usize) -> Self {
        Self { epochs, batch_size: 32, shuffle: true, validation: Validation::None }
    }

    /// The samples in one step.
    #[must_use]
    pub fn batch_size(self, batch_size: usize) -> Self {
        Self { batch_size, ..self }
    }

    /// Whether the order is drawn anew for each epoch.
    #[must_use]
    pub fn shuffle(self, shuffle: bool) -> Self {
        Self { shuffle, ..self }
    }

    /// Validates on this share of the training data, in (0, 1), taken from its end.
    #[must_use]
    pub fn validation_split(self, fraction: f64) -> Self {
        Self { validation: Validation::Split(fraction), ..self }
    }

    /// Validates on other data.
    #[must_use]
    pub fn validation_data(self, data: &'a Dataset<X, Y>) -> Self {
        Self { validation: Validation::Data(data), ..self }
    }

    /// Training and validation samples.
    pub(crate) fn parts(&self, data: &'a Dataset<X, Y>) -> Result<Parts<'a, X, Y>, Error> {
        let (inputs, targets) = (data.inputs(), data.targets());
        Error::check("the batch size", self.batch_size as f64, "at least 1", self.batch_size > 0)?;
        if data.is_empty() {
            return Err(Error::Empty("train on"));
        }
        let parts = match self.validation {
            Validation::None => Parts { training: (inputs, targets), validation: None },
            Validation::Data(data) if data.is_empty() => return Err(Error::Empty("validate on")),
            Validation::Data(data) => {
                Parts { training: (inputs, targets), validation: Some((data.inputs(), data.targets())) }
            }
            Validation::Split(fraction) => {
                let training = validation_start(data.len(), fraction)?;
                let (training_inputs, inputs) = inputs.split_at_checked(training).unwrap_or((inputs, &[]));
                let (training_targets, targets) = targets.split_at_checked(training).unwrap_or((targets, &[]));
                Parts { training: (training_inputs, training_targets), validation: Some((inputs, targets)) }
            }
        };
        Ok(parts)
    }
}

/// Inputs and targets of the same number.
pub(crate) type Pairs<'a, X, Y> = (&'a [X], &'a [Y]);

/// The samples to train on and those to validate on.
pub(crate) struct Parts<'a, X, Y> {
    pub training: Pairs<'a, X, Y>,
    pub validation: Option<Pairs<'a, X, Y>>,
}

impl<'a, A, B> Parts<'a, A, B> {
    /// The same samples, known by the names of their types in the trainer.
    pub fn same<X, Y>(self) -> Parts<'a, X, Y>
    where
        A: Same<X>,
        B: Same<Y>,
    {
        let same = |(inputs, targets)| (A::same(inputs), B::same(targets));
        Parts { training: same(self.training), validation: self.validation.map(same) }
    }
}
