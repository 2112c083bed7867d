//! How the arrays of a network are called in a file, and in which order their numbers lie.

use std::borrow::ToOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::format;
use std::string::String;
use std::vec::Vec;

use super::arrays::{Array, Constant};
use super::order::layer;
use super::plan::Planned;
use super::{Mismatch, TensorError, keras, pytorch};

const PYTORCH: &str = "is PyTorch's default, and its files do not tell it: set it in the type, or call `trust_type` if \
                       the model has that of the type";
const KERAS: &str = "is Keras' default, and its files do not tell it: set it in the type, or call `trust_type` if the \
                     model has that of the type";

/// Whose names and layouts the tensors of a [`TensorFile`](crate::interchange::TensorFile) have.
///
/// | layer | PyTorch | Keras |
/// | --- | --- | --- |
/// | [`Dense`](crate::layers::Dense) | `Linear`: `weight`, `bias` | `Dense`: `kernel`, `bias` |
/// | [`Conv1d`](crate::layers::Conv1d), [`CausalConv1d`](crate::layers::CausalConv1d), [`Conv2d`](crate::layers::Conv2d) | `Conv1d`, `Conv2d`: `weight`, `bias` | `Conv1D`, `Conv2D`: `kernel`, `bias` |
/// | [`DepthwiseConv2d`](crate::layers::DepthwiseConv2d) | `Conv2d(groups=channels)` | `DepthwiseConv2D` |
/// | [`ConvTranspose2d`](crate::layers::ConvTranspose2d) | `ConvTranspose2d` | `Conv2DTranspose` |
/// | [`BatchNorm`](crate::layers::BatchNorm) | `BatchNorm1d`, `2d`: `weight`, `bias`, `running_mean`, `running_var` | `BatchNormalization`: `gamma`, `beta`, `moving_mean`, `moving_variance` |
/// | [`LayerNorm`](crate::layers::LayerNorm), [`GroupNorm`](crate::layers::GroupNorm), [`InstanceNorm`](crate::layers::InstanceNorm) | `LayerNorm`, `GroupNorm`, `InstanceNorm2d(affine=True)`: `weight`, `bias` | `LayerNormalization`, `GroupNormalization` (the last with `groups=-1`): `gamma`, `beta` |
/// | [`RmsNorm`](crate::layers::RmsNorm) | `RMSNorm`: `weight` | `RMSNormalization`: `scale` |
/// | [`Embedding`](crate::layers::Embedding) | `Embedding`: `weight` | `Embedding`: `embeddings` |
/// | [`Rnn`](crate::layers::Rnn), [`Gru`](crate::layers::Gru), [`Lstm`](crate::layers::Lstm) | `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0` | `SimpleRNN`, `GRU`, `LSTM`: `kernel`, `recurrent_kernel`, `bias` |
/// | [`Bidirectional`](crate::layers::Bidirectional) | `bidirectional=True`: the same with `_reverse` | `Bidirectional` |
/// | [`MultiHeadAttention`](crate::layers::MultiHeadAttention) | `MultiheadAttention`: `in_proj_weight`, `in_proj_bias`, `out_proj` | `MultiHeadAttention(HEADS, DIM / HEADS)` |
/// | [`PRelu`](crate::activations::PRelu) | `PReLU(N)`: `weight` | `PReLU` of a vector: `alpha` |
///
/// # What no file of theirs tells
///
/// | constant | PyTorch's default | Keras' default |
/// | --- | --- | --- |
/// | epsilon of `BatchNorm`, `LayerNorm`, `GroupNorm`, `InstanceNorm` | 1e-5 | 1e-3 |
/// | epsilon of `RmsNorm` | 2^-23 (of `f32`) | 1e-6 |
/// | slope of `LeakyRelu` | 0.01 | 0.3 |
/// | alpha of `Elu` | 1 | 1 |
///
/// A file is refused where the network's type has another: [`trust_type`] says that the model has it too. Files of
/// typenet do tell, in their metadata. How much a `BatchNorm` keeps in training, the rate of a `Dropout`, the heads of
/// PyTorch's attention, strides and paddings are what the type says.
///
/// Images have their channels last in Keras. What a [`Flatten`](crate::layers::Flatten) gives is in another order
/// there, so that [`load_for`] and [`of_for`] must be told the type of the inputs: they bring the rows of the `Dense`
/// behind it in order, and `load` and `of` refuse.
///
/// [`trust_type`]: crate::interchange::TensorFile::trust_type
/// [`load_for`]: crate::interchange::TensorFile::load_for
/// [`of_for`]: crate::interchange::TensorFile::of_for
///
/// All other arrays keep name and layout. Layers that only surround another one
/// ([`ReturnSequences`](crate::layers::ReturnSequences), [`TimeDistributed`](crate::layers::TimeDistributed),
/// [`Frozen`](crate::layers::Frozen), ...) leave no trace in a name.
///
/// ```
/// use typenet::prelude::*;
///
/// let network = <Sequential![Dense<2, 3>, Relu, Dense<3, 1>]>::ZERO;
/// let names = |names| -> Result<Vec<String>, TensorError> {
///     Ok(TensorFile::of(&network, names)?.tensors().map(|(name, _)| name.to_string()).collect())
/// };
/// assert_eq!(names(Names::PyTorch)?, ["0.bias", "0.weight", "2.bias", "2.weight"]);
/// assert_eq!(
///     names(Names::Keras)?,
///     ["sequential/dense/bias", "sequential/dense/kernel", "sequential/dense_1/bias", "sequential/dense_1/kernel"],
/// );
/// # Ok::<(), TensorError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Those of the `state_dict` of the `nn.Sequential` of the same layers: every layer has a number,
    /// those without weights too. A network of one layer has names without a number, as the module
    /// itself.
    ///
    /// ```python
    /// from safetensors.torch import load_file, save_file
    /// model.load_state_dict(load_file("model.safetensors"))
    /// save_file(model.state_dict(), "model.safetensors")
    /// ```
    ///
    /// A [`Residual`](crate::layers::Residual) is called as `class Residual(nn.Sequential)` would be, a network that
    /// derives [`Layer`](derive@crate::Layer) as a module with those attributes. A recurrent layer stands for the
    /// module that picks `nn.GRU`'s output out of its tuple by inheriting from it. Where a layer has one bias and
    /// PyTorch two, their sum is read, and zeros are written for the second. For a model of another form see
    /// [`TensorFile::renamed`](crate::interchange::TensorFile::renamed).
    PyTorch,
    /// The paths of the variables of a `keras.Sequential` that is the first of its session (after
    /// `keras.utils.clear_session()`): each class of layers is counted, those without weights do not
    /// matter, and an activation may be a layer or an argument. Read, the names may also lack `sequential/`,
    /// as those of a functional model do.
    ///
    /// ```python
    /// from safetensors.numpy import load_file, save_file
    /// tensors = load_file("model.safetensors")
    /// for v in model.weights: v.assign(tensors[v.path])
    /// save_file({v.path: numpy.array(v) for v in model.weights}, "model.safetensors")
    /// ```
    ///
    /// A [`TimeDistributed`](crate::layers::TimeDistributed) leaves no trace: in Keras, `Dense` takes a sequence as it
    /// is.
    Keras,
}

impl Names {
    /// What a constant is where it is not set, if no file tells it.
    fn default_of(self, constant: &Constant) -> Option<f64> {
        Some(match (self, constant.layer, constant.name) {
            (Self::PyTorch, "BatchNorm" | "LayerNorm" | "GroupNorm" | "InstanceNorm", "epsilon") => 1e-5,
            (Self::Keras, "BatchNorm" | "LayerNorm" | "GroupNorm" | "InstanceNorm", "epsilon") => 1e-3,
            // That of the type of the inputs.
            (Self::PyTorch, "RmsNorm", "epsilon") => f32::EPSILON.into(),
            (Self::Keras, "RmsNorm", "epsilon") => 1e-6,
            (Self::PyTorch, "LeakyRelu", "slope") => 0.01,
            (Self::Keras, "LeakyRelu", "slope") => 0.3,
            (_, "Elu", "alpha") => 1.0,
            _ => return None,
        })
    }

    /// The constants that are not those of the file or, where it does not tell them, of the framework.
    pub(super) fn mismatches(self, constants: &[Constant], told: &BTreeMap<String, f64>) -> Vec<Mismatch> {
        let mismatch = |constant: &Constant| {
            let (expected, reason) = match (told.get(&constant.full_name()), self) {
                (Some(told), _) => (*told, "is in the file: set it in the type"),
                (None, Self::PyTorch) => (self.default_of(constant)?, PYTORCH),
                (None, Self::Keras) => (self.default_of(constant)?, KERAS),
            };
            // Decimals may be rounded in another way.
            let same = (constant.value - expected).abs() <= 1e-9 * expected.abs();
            let layer = layer(&constant.place, constant.layer);
            (!same).then_some(Mismatch::Constant {
                layer,
                constant: constant.name,
                value: constant.value,
                expected,
                reason,
            })
        };
        constants.iter().filter_map(mismatch).collect()
    }

    /// The tensors of the file for the arrays of a network.
    pub(super) fn plan(self, arrays: &[Array]) -> Result<Vec<Planned>, TensorError> {
        let plan = match self {
            Self::PyTorch => pytorch::plan(arrays),
            Self::Keras => keras::plan(arrays),
        };
        let mut seen = BTreeSet::new();
        for planned in &plan {
            if !seen.insert(planned.name.as_str()) {
                return Err(TensorError::SameName { name: planned.name.clone() });
            }
        }
        Ok(plan)
    }

    /// The name in a file to be written.
    pub(super) fn written(self, name: &str) -> String {
        match self {
            Self::PyTorch => name.to_owned(),
            Self::Keras => format!("sequential/{name}"),
        }
    }

    /// The name of the plan, from that in a file.
    pub(super) fn read(self, name: &str) -> &str {
        match (self, name.split_once('/')) {
            (Self::Keras, Some((model, rest))) if model.starts_with("sequential") => rest,
            _ => name,
        }
    }

    /// Whether a framework keeps this beside the weights.
    pub(super) fn is_beside(self, name: &str) -> bool {
        match self {
            Self::PyTorch => name.rsplit('.').next() == Some("num_batches_tracked"),
            Self::Keras => name.rsplit('/').next() == Some("seed_generator_state"),
        }
    }
}
