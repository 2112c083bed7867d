//! How the arrays of a network are called in a file, and in which order their numbers lie.

use std::borrow::ToOwned;
use std::collections::BTreeSet;
use std::format;
use std::string::String;
use std::vec::Vec;

use super::arrays::Array;
use super::{TensorError, keras, pytorch};

/// Whose names and layouts the tensors of a [`TensorFile`](crate::TensorFile) have.
///
/// | layer | PyTorch | Keras |
/// | --- | --- | --- |
/// | [`Dense`](crate::Dense) | `Linear`: `weight`, `bias` | `Dense`: `kernel`, `bias` |
/// | [`Conv1d`](crate::Conv1d), [`CausalConv1d`](crate::CausalConv1d), [`Conv2d`](crate::Conv2d) | `Conv1d`, `Conv2d`: `weight`, `bias` | `Conv1D`, `Conv2D`: `kernel`, `bias` |
/// | [`DepthwiseConv2d`](crate::DepthwiseConv2d) | `Conv2d(groups=channels)` | `DepthwiseConv2D` |
/// | [`ConvTranspose2d`](crate::ConvTranspose2d) | `ConvTranspose2d` | `Conv2DTranspose` |
/// | [`BatchNorm`](crate::BatchNorm) | `BatchNorm1d`, `2d`: `weight`, `bias`, `running_mean`, `running_var` | `BatchNormalization`: `gamma`, `beta`, `moving_mean`, `moving_variance` |
/// | [`LayerNorm`](crate::LayerNorm), [`GroupNorm`](crate::GroupNorm), [`InstanceNorm`](crate::InstanceNorm) | `LayerNorm`, `GroupNorm`, `InstanceNorm2d(affine=True)`: `weight`, `bias` | `LayerNormalization`, `GroupNormalization` (the last with `groups=-1`): `gamma`, `beta` |
/// | [`RmsNorm`](crate::RmsNorm) | `RMSNorm`: `weight` | `RMSNormalization`: `scale` |
/// | [`Embedding`](crate::Embedding) | `Embedding`: `weight` | `Embedding`: `embeddings` |
/// | [`Rnn`](crate::Rnn), [`Gru`](crate::Gru), [`Lstm`](crate::Lstm) | `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0` | `SimpleRNN`, `GRU`, `LSTM`: `kernel`, `recurrent_kernel`, `bias` |
/// | [`Bidirectional`](crate::Bidirectional) | `bidirectional=True`: the same with `_reverse` | `Bidirectional` |
/// | [`MultiHeadAttention`](crate::MultiHeadAttention) | `MultiheadAttention`: `in_proj_weight`, `in_proj_bias`, `out_proj` | `MultiHeadAttention(HEADS, DIM / HEADS)` |
/// | [`PRelu`](crate::PRelu) | `PReLU(N)`: `weight` | `PReLU` of a vector: `alpha` |
///
/// All other arrays keep name and layout. Layers that only surround another one
/// ([`ReturnSequences`](crate::ReturnSequences), [`TimeDistributed`](crate::TimeDistributed),
/// [`Frozen`](crate::Frozen), ...) leave no trace in a name.
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
    /// A [`Residual`](crate::Residual) is called as `class Residual(nn.Sequential)` would be, a network that
    /// derives [`Layer`](derive@crate::Layer) as a module with those attributes. A recurrent layer stands for the
    /// module that picks `nn.GRU`'s output out of its tuple by inheriting from it. Where a layer has one bias and
    /// PyTorch two, their sum is read, and zeros are written for the second. For a model of another form see
    /// [`TensorFile::renamed`](crate::TensorFile::renamed).
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
    /// A [`TimeDistributed`](crate::TimeDistributed) leaves no trace: in Keras, `Dense` takes a sequence as it is.
    Keras,
}

impl Names {
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

/// A tensor that the file of a network has.
#[derive(Debug)]
pub(super) struct Planned {
    pub name: String,
    pub shape: Vec<usize>,
    pub content: Content,
}

/// What is in a tensor.
#[derive(Debug)]
pub(super) enum Content {
    /// Arrays of the network, one after the other.
    Arrays(Vec<Piece>),
    /// What is added to an array when it is read; zeros when it is written.
    Summand(Piece),
    /// A counter that nobody needs: 0 when it is written, and need not be there when it is read.
    Counter,
}

/// Where an array lies in a tensor.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The number of the array in the network.
    pub array: usize,
    /// Where its first number is in the tensor.
    pub start: usize,
    axes: Vec<Axis>,
}

/// One dimension, in the tensor's order.
#[derive(Clone, Debug)]
struct Axis {
    size: usize,
    /// How far apart its places are in the array.
    stride: usize,
    /// The place in the array of each place in the tensor, where the two are not the same.
    order: &'static [usize],
}

impl Piece {
    /// An array as it is.
    pub fn plain(array: usize, shape: &[usize]) -> Self {
        let order: Vec<usize> = (0..shape.len()).collect();
        Self::permuted(array, shape, &order)
    }

    /// An array with its axes in another order: the tensor's axis `i` is the array's `order[i]`.
    pub fn permuted(array: usize, shape: &[usize], order: &[usize]) -> Self {
        let axis = |axis: &usize| {
            let (size, rest) = shape.get(*axis..).and_then(<[usize]>::split_first)?;
            Some(Axis { size: *size, stride: rest.iter().product(), order: &[] })
        };
        Self { array, start: 0, axes: order.iter().filter_map(axis).collect() }
    }

    /// The places along one of the tensor's axes in another order.
    pub fn reordered(mut self, axis: usize, order: &'static [usize]) -> Self {
        if let Some(axis) = self.axes.get_mut(axis) {
            axis.order = order;
        }
        self
    }

    /// From another place of the tensor on.
    pub fn from(self, start: usize) -> Self {
        Self { start, ..self }
    }

    /// The shape of the piece in the tensor.
    pub fn shape(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.size).collect()
    }

    /// Of each number of the array: its place in the tensor and its place in the array.
    pub fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let numbers: usize = self.axes.iter().map(|axis| axis.size).product();
        (0..numbers).map(|number| {
            let (mut left, mut place) = (number, 0);
            for Axis { size, stride, order } in self.axes.iter().rev() {
                let at = left % size;
                left /= size;
                place += order.get(at).copied().unwrap_or(at) * stride;
            }
            (self.start + number, place)
        })
    }
}

/// The tensors of a plan as they grow.
#[derive(Default)]
pub(super) struct Plan(pub Vec<Planned>);

impl Plan {
    /// A tensor that is one array.
    pub fn one(&mut self, name: String, piece: Piece) {
        self.0.push(Planned { name, shape: piece.shape(), content: Content::Arrays(Vec::from([piece])) });
    }

    /// A tensor that is one array, in another shape of as many numbers.
    pub fn shaped(&mut self, name: String, shape: &[usize], piece: Piece) {
        self.0.push(Planned { name, shape: shape.into(), content: Content::Arrays(Vec::from([piece])) });
    }

    /// A tensor of several arrays, each of which comes with the name and the shape of the whole.
    pub fn joined(&mut self, name: String, shape: &[usize], piece: Piece) {
        let same = self.0.iter_mut().rev().find(|planned| planned.name == name && piece.start > 0);
        match same.map(|planned| &mut planned.content) {
            Some(Content::Arrays(pieces)) => pieces.push(piece),
            _ => self.shaped(name, shape, piece),
        }
    }

    /// What is added to an array.
    pub fn summand(&mut self, name: String, piece: Piece) {
        self.0.push(Planned { name, shape: piece.shape(), content: Content::Summand(piece) });
    }

    /// A counter.
    pub fn counter(&mut self, name: String) {
        self.0.push(Planned { name, shape: Vec::new(), content: Content::Counter });
    }
}
