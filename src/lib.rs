#![doc = include_str!("../README.md")]
//!
//! # Index
//!
//! A network: [`Sequential!`], [`Chain`], [`Layer`], [`Parameters`], [`initialized`], [`Summary`]; checked where it is
//! written: [`assert_shapes!`], [`assert_budget!`], [`Budget`].
//!
//! Layers: [`Dense`], [`Dropout`], [`SpatialDropout`], [`AlphaDropout`], [`GaussianNoise`]; of windows [`Conv1d`],
//! [`CausalConv1d`], [`Conv2d`], [`DepthwiseConv2d`], [`ConvTranspose2d`], [`MaxPool1d`], [`MaxPool2d`],
//! [`AveragePool1d`], [`AveragePool2d`], [`GlobalAveragePool`], [`GlobalMaxPool`]; of shape [`Flatten`], [`Reshape`],
//! [`Transpose`], [`Upsample`], [`Pad`], [`Crop`]; normalisation [`BatchNorm`], [`LayerNorm`], [`GroupNorm`],
//! [`InstanceNorm`], [`RmsNorm`]; recurrence [`Rnn`], [`Gru`], [`Lstm`], [`ReturnSequences`], [`Bidirectional`],
//! [`TimeDistributed`]; attention [`Embedding`], [`LearntPosition`], [`SinusoidalPosition`], [`MultiHeadAttention`],
//! [`CausalAttention`], [`TransformerBlock`]; composition [`Residual`], [`Parallel`], [`Both`], [`Add`], [`Multiply`],
//! [`Concat`], [`Repeat`], [`Frozen`], [`Identity`]; around another layer [`Regularized`] with [`L1`] or [`L2`],
//! [`Constrained`] with [`MaxNorm`] or [`NonNegative`].
//!
//! Activations: [`Relu`], [`Relu6`], [`LeakyRelu`], [`PRelu`], [`Elu`], [`Selu`], [`Gelu`], [`GeluTanh`], [`Silu`],
//! [`Mish`], [`HardSwish`], [`HardSigmoid`], [`Softplus`], [`Softsign`], [`Sigmoid`], [`Tanh`], [`Glu`], [`Softmax`],
//! [`LogSoftmax`]; your own: [`elementwise!`].
//!
//! Losses ([`Loss`]): [`MeanSquaredError`], [`MeanAbsoluteError`], [`Huber`], [`LogCosh`], [`Poisson`], [`Hinge`],
//! [`SquaredHinge`], [`CosineSimilarity`], [`KullbackLeibler`]; cross-entropies on probabilities
//! [`BinaryCrossEntropy`], [`CategoricalCrossEntropy`], [`SparseCategoricalCrossEntropy`] and on logits
//! [`BinaryCrossEntropyLogits`], [`CategoricalCrossEntropyLogits`], [`SparseCategoricalCrossEntropyLogits`],
//! [`FocalLogits`]; around another loss [`Smoothed`], [`ClassWeighted`],
//! [`SampleWeighted`], [`PerStep`].
//!
//! Optimizers ([`Optimizer`]): [`Sgd`], [`Momentum`], [`Adagrad`], [`RmsProp`], [`Adadelta`], [`Adam`], [`AdamW`],
//! [`AmsGrad`], [`Adamax`], [`NAdam`], [`RAdam`], [`Lion`]; on clipped gradients ([`Clip`]); with weight decay
//! ([`Decayed`]); with a [`ParameterGroup`] for some layers; on the mean of several batches ([`Accumulated`]); with a
//! moving average of the weights ([`Averaged`]); at rates from a [`Schedule`].
//!
//! Metrics ([`Metric`]): [`BinaryAccuracy`], [`CategoricalAccuracy`], [`SparseCategoricalAccuracy`], [`TopK`],
//! [`SparseTopK`], [`Precision`], [`Recall`], [`F1`], [`RocAuc`], [`PrAuc`], [`RootMeanSquaredError`],
//! [`MeanAbsolutePercentageError`], [`R2`], [`MeanLoss`]; beside them [`ConfusionMatrix`], [`ClassReport`].
//!
//! How weights start: [`Initializer`].
//!
//! Training: [`Trainer`] with [`Fit`] or [`FitStream`], [`History`] and [`Report`]; one step of it, also without a heap: [`Workspace`] on
//! an [`Inline`] or a [`Heap`] batch. While it goes on ([`Callback`]): [`EarlyStopping`], [`ReduceOnPlateau`],
//! [`TerminateOnNan`], [`GradientMonitor`], [`CsvLogger`], [`JsonLinesLogger`], [`Trace`], closures
//! ([`Trainer::on_epoch`]). A run that is killed goes on from a [`Checkpoint`].
//!
//! Sequences that come one sample at a time: [`Stream`].
//!
//! Data: [`Dataset`], [`Columns`] of a CSV file, [`Csv`] in other forms and with names of classes, NumPy's files ([`read_npy`], [`read_npz`]), those of MNIST
//! ([`read_idx`]), images ([`read_image`] and folders of them); [`StandardScaler`], [`MinMaxScaler`],
//! [`RobustScaler`], [`one_hot`](fn@one_hot); changed at random: [`Augment`], [`HorizontalFlip`], [`Shift`],
//! [`Noise`]; larger than the memory: [`Batches`], [`Prefetch`].
//!
//! On a microcontroller: [`weights!`] in flash, [`Weights`], [`Store`]; watched by [`Scrub`], [`Envelope`], [`Guarded`].
//!
//! Weights from PyTorch and Keras, and the other way: [`TensorFile`] with [`Names`].
//!
//! A layer of your own: [`Layer`], [`parameters!`], [`no_parameters!`], [`Tape`], [`Scalar`], [`Tensor`]; its proof:
//! [`gradcheck`].
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod activations;
mod batch;
mod budget;
#[cfg(feature = "alloc")]
mod callbacks;
mod chain;
#[cfg(all(feature = "checkpoint", target_endian = "little"))]
mod checkpoint;
mod data;
#[doc(hidden)]
#[cfg(feature = "derive")]
pub mod derived;
pub mod dim;
mod error;
mod fingerprint;
#[cfg(feature = "gradcheck")]
pub mod gradcheck;
mod guard;
#[cfg(feature = "alloc")]
mod history;
mod init;
#[cfg(feature = "safetensors")]
mod interchange;
mod kernel;
mod layer;
mod layers;
mod losses;
mod metrics;
mod optimizers;
mod parameters;
#[cfg(feature = "plot")]
mod plot;
mod reach;
#[cfg(any(all(feature = "checkpoint", target_endian = "little"), feature = "safetensors"))]
mod replace;
mod scalar;
mod schedules;
mod scratch;
mod settings;
mod shapes;
#[cfg(all(feature = "store", target_endian = "little"))]
mod store;
mod stream;
mod summary;
mod tensor;
mod train;
#[cfg(all(feature = "weights", target_endian = "little"))]
mod weights;

pub use bytemuck;
#[cfg(feature = "store")]
pub use embedded_storage;
pub use nalgebra;
pub use rand;

pub use activations::*;
pub use batch::{Batch, Direct, Inline, One, Remember, Tape};
#[cfg(feature = "alloc")]
pub use batch::{Boxed, Heap};
pub use budget::Budget;
#[doc(hidden)]
pub use budget::{Decimal, join, joined_len};
#[cfg(feature = "alloc")]
pub use callbacks::*;
#[doc(hidden)]
pub use chain::Single;
#[doc(hidden)]
pub use chain::{Buffers, Kind, Pair, Wanted};
pub use chain::{Chain, ChainTape, Joined};
#[cfg(all(feature = "checkpoint", target_endian = "little"))]
pub use checkpoint::{Checkpoint, CheckpointError, CheckpointProblem};
pub use data::*;
pub use error::Error;
pub use fingerprint::Fingerprint;
pub use guard::{Alarm, Envelope, Guarded, Reading};
#[cfg(feature = "alloc")]
pub use history::{Epoch, EpochLine, History};
pub use init::{Fan, Initializer};
#[cfg(feature = "safetensors")]
pub use interchange::{Mismatch, Names, SavedScaler, TensorError, TensorFile};
pub use layer::{Layer, Watch};
pub use layers::*;
pub use losses::*;
pub use metrics::*;
pub use optimizers::*;
pub use parameters::{Entry, Parameters, Path, Role, Visitor, Walker};
#[cfg(feature = "plot")]
pub use plot::*;
#[doc(hidden)]
pub use reach::Head;
pub use scalar::{Scalar, decimal};
pub use schedules::*;
#[doc(hidden)]
pub use shapes::{Gives, assert_gives, assert_takes};
pub use shapes::{InputOf, Same, TargetOf};
#[cfg(all(feature = "store", target_endian = "little"))]
pub use store::{Store, StoreError};
pub use stream::{Stream, step_alone};
pub use summary::{Row, Summary};
#[doc(hidden)]
pub use tensor::Extent;
pub use tensor::{Sample, Shape, Tensor, Zero};
pub use train::*;
#[cfg(feature = "derive")]
pub use typenet_derive::Layer;
#[cfg(all(feature = "weights", target_endian = "little"))]
pub use weights::{Scrub, Weights, WeightsError, from_source};
#[cfg(all(feature = "weights", target_endian = "little"))]
#[doc(hidden)]
pub use weights::{included, scrub_of_file};

/// Everything that a program usually needs.
pub mod prelude {
    pub use crate::*;
}

/// A generator of random numbers from a seed: the same numbers on every machine.
///
/// ```
/// use typenet::rand::Rng;
/// use typenet::seeded;
///
/// assert_eq!(seeded(7).next_u64(), seeded(7).next_u64());
/// assert_ne!(seeded(7).next_u64(), seeded(8).next_u64());
/// ```
#[must_use]
pub fn seeded(seed: u64) -> rand::rngs::Xoshiro256PlusPlus {
    rand::SeedableRng::seed_from_u64(seed)
}
