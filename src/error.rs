//! What can go wrong in training.

#[cfg(feature = "alloc")]
use alloc::string::String;

use core::fmt;

use thiserror::Error;

/// `Debug` of an error is its sentence: Rust prints it where `main` returns the error, and where it is unwrapped.
macro_rules! debug_is_display {
    ($($error:ty),+) => {$(
        impl core::fmt::Debug for $error {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }
    )+};
}
pub(crate) use debug_is_display;

debug_is_display!(Error);

/// A setting, a batch or a step that cannot be used. The network stays as it was.
///
/// ```
/// use typenet::prelude::*;
///
/// let error = Dataset::new(vec![[0.5_f32]; 3], vec![[1.0_f32]; 2]).map(|_| ());
/// assert_eq!(error, Err(typenet::Error::Lengths { inputs: 3, targets: 2 }));
/// assert_eq!(typenet::Error::Empty("train on").to_string(), "the data set is empty: there is no sample to train on");
/// ```
///
/// `Debug` gives the same sentence, because that is what Rust prints where `main` returns an error.
#[derive(Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing to train or evaluate on.
    #[error("the data set is empty: there is no sample to {0}")]
    Empty(&'static str),
    /// Inputs and targets do not pair up.
    #[error("there are {inputs} inputs but {targets} targets")]
    Lengths {
        /// How many inputs.
        inputs: usize,
        /// How many targets.
        targets: usize,
    },
    /// More samples than an inline batch holds.
    #[error("a batch of {samples} samples does not fit in memory for {capacity}")]
    BatchTooLarge {
        /// The samples given.
        samples: usize,
        /// The samples there is room for.
        capacity: usize,
    },
    /// A setting outside its range.
    #[error("{name} is {value}, but must be {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What is allowed.
        expected: &'static str,
    },
    /// A number that nothing can be measured by.
    #[error("feature {feature} of sample {sample} is {value}, but must be finite (both are counted from 0)")]
    NotFinite {
        /// The sample, from 0.
        sample: usize,
        /// The feature, from 0; those of a sequence or an image are counted through.
        feature: usize,
        /// Its value.
        value: f64,
    },
    /// A class index that the network has no output for.
    #[error("target class {class} does not exist: the network has {classes} classes, numbered from 0")]
    Class {
        /// The index found.
        class: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A token that an embedding has no row for.
    #[error("token {token} does not exist: the vocabulary has {vocabulary}, numbered from 0")]
    Token {
        /// The token found.
        token: usize,
        /// How many tokens there are.
        vocabulary: usize,
    },
    /// A sequence that its type has no room for.
    #[error("a sequence has {steps} steps, but its type has room for {capacity}")]
    TooManySteps {
        /// The steps given.
        steps: usize,
        /// The steps there is room for.
        capacity: usize,
    },
    /// Padding where no sequence ends: it would count as a step.
    #[error(
        "step {step} of a sequence is padding, but steps before and behind it are not: leave it out, or give padding a value of its own"
    )]
    PaddingWithin {
        /// The step, from 0.
        step: usize,
    },
    /// A class that a stratified split cannot put on both sides.
    #[error("a class has {samples} sample: to be on both sides of a split it needs 2")]
    ClassTooSmall {
        /// How many samples the class has.
        samples: usize,
    },
    /// A side of a stratified split with no room for every class.
    #[error("a side of the split has {samples} samples, fewer than the {classes} classes")]
    SplitTooSmall {
        /// How many samples the smaller side has.
        samples: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// The loss became infinite or not-a-number.
    #[error("the loss is {value}: check the data for NaN and outliers, or lower the learning rate")]
    LossNotFinite {
        /// The loss.
        value: f64,
    },
    /// Outputs that are no probabilities, given to a loss on probabilities: it would train to nothing.
    #[error("{what} is {value}, but {loss} is for probabilities: {remedy}")]
    NotProbabilities {
        /// The loss.
        loss: &'static str,
        /// An output, or the sum of a row of outputs.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What to do.
        remedy: &'static str,
    },
    /// The gradient became infinite or not-a-number, or so large that its square is infinite (which
    /// [`Clip::Value`](crate::optimizers::Clip::Value) mends).
    #[error(
        "the gradient or its square is not finite: check the data for NaN and outliers, or lower the learning rate"
    )]
    GradientNotFinite,
    /// The sum of a parameter's squared gradients has reached the largest number, as in
    /// [`Adagrad`](crate::optimizers::Adagrad): no step would move it any more.
    #[error(
        "a sum of squared gradients has overflowed and would hold its parameter still for ever: limit the gradient by \
         `clip`, or take an optimizer that forgets, such as RmsProp"
    )]
    SumOverflowed,
    /// A group of parameters that has none: every name that its pattern matches belongs to an earlier
    /// group, or there is no such name.
    #[error("the group {pattern:?} has no parameter of its own{names}")]
    Group {
        /// The pattern.
        pattern: &'static str,
        /// The names there are.
        names: ParameterNames,
    },
    /// Two columns of a history have the same name.
    #[error("two columns of the history are named {name:?}: measure one of them under another name by `metric_named`")]
    MetricName {
        /// The name.
        name: &'static str,
    },
    /// A callback monitors what is not measured.
    #[cfg(feature = "alloc")]
    #[error("there is no {name:?} to monitor: the columns of the history are {columns}")]
    Monitor {
        /// The column looked for.
        name: String,
        /// The columns there are, in quotation marks.
        columns: String,
    },
    /// A callback monitors what could be better small or large.
    #[cfg(feature = "alloc")]
    #[error("whether {name:?} is better small or large cannot be told from its name: choose Mode::Min or Mode::Max")]
    MonitorMode {
        /// The column.
        name: String,
    },
    /// A thread was asked for, and the system gives none.
    #[cfg(feature = "std")]
    #[error("there is no thread to work in advance: {0}; fewer at a time may help, or none")]
    Thread(String),
    /// A callback would change a learning rate that follows a schedule.
    #[error("a callback changes the learning rate, but it follows a schedule: take one of them away")]
    RateIsScheduled,
    /// A file of a callback that cannot be written.
    #[cfg(feature = "alloc")]
    #[error("{file}: cannot be written: {problem}")]
    Write {
        /// The file.
        file: String,
        /// What the system says.
        problem: String,
    },
    /// A stream of batches that cannot be opened or gone on with.
    #[cfg(feature = "alloc")]
    #[error("epoch {epoch}, batch {batch} of the stream: {problem}")]
    Stream {
        /// The epoch, from 1.
        epoch: usize,
        /// The batch, from 1.
        batch: usize,
        /// What the stream says.
        problem: String,
    },
    /// A checkpoint that cannot be written or read.
    #[cfg(all(feature = "checkpoint", target_endian = "little"))]
    #[error(transparent)]
    Checkpoint(#[from] alloc::boxed::Box<crate::train::checkpoint::CheckpointError>),
    /// A callback of your own failed.
    #[cfg(feature = "alloc")]
    #[error("{0}")]
    Callback(String),
}

#[cfg(all(feature = "checkpoint", target_endian = "little"))]
impl From<crate::train::checkpoint::CheckpointError> for Error {
    fn from(error: crate::train::checkpoint::CheckpointError) -> Self {
        Self::Checkpoint(alloc::boxed::Box::new(error))
    }
}

impl Error {
    /// Checks that a setting lies in its range.
    pub(crate) fn check(name: &'static str, value: f64, expected: &'static str, holds: bool) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self::Setting { name, value, expected }) }
    }

    /// Checks a learning rate. A gradient whose square is finite, times this limit, is far from
    /// carrying a weight to infinity.
    pub(crate) fn check_learning_rate(value: f64) -> Result<(), Self> {
        Self::check("the learning rate", value, "between 0 and 1e12", (0.0..=1e12).contains(&value))
    }

    /// Checks a share that is kept from step to step.
    pub(crate) fn check_fraction(name: &'static str, value: f64) -> Result<(), Self> {
        Self::check(name, value, "in [0, 1)", (0.0..1.0).contains(&value))
    }

    /// Checks what keeps a divisor from zero, in `f32` too: 0 / 0 is what a weight that is never
    /// used would become.
    pub(crate) fn check_epsilon(value: f64) -> Result<(), Self> {
        let range = f64::from(f32::MIN_POSITIVE)..=1e12;
        Self::check("epsilon", value, "between 1.2e-38 and 1e12", range.contains(&value))
    }
}

/// The names of a network's trained parameters, for an error. Without a heap they cannot be listed.
///
/// ```
/// use typenet::prelude::*;
///
/// type Network = Sequential![Dense<2, 3>, BatchNorm<3>];
/// let names = ParameterNames::of::<Network>().to_string();
/// assert_eq!(names, "; the parameters are 0.weight, 0.bias, 1.scale, 1.shift");
/// ```
#[derive(Clone, Copy)]
pub struct ParameterNames(pub(crate) fn(&mut fmt::Formatter<'_>) -> fmt::Result);

impl fmt::Display for ParameterNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)(f)
    }
}

impl fmt::Debug for ParameterNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Names belong to the network, not to the error: any two are equal.
impl PartialEq for ParameterNames {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
