//! What is in the payload: tensors by name, and the rest as JSON.

use core::any::TypeId;
use std::borrow::ToOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::network::{Entry, Parameters, Path, Scalar, Visitor, Walker};
use crate::optimizers::StateVisitor;
use crate::train::checkpoint::error::CheckpointProblem;

/// What is not a tensor.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Facts {
    pub fingerprint: u64,
    pub optimizer: String,
    pub loss: String,
    pub steps: u64,
    pub seed: u64,
    pub epochs_begun: u64,
    pub stopped: bool,
    /// The names of the history, and for each epoch whether it was validated.
    pub names: Vec<String>,
    pub validated: Vec<bool>,
    pub callbacks: Vec<CallbackFacts>,
}

/// What is not a tensor in what a callback remembers, and the names of what is.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CallbackFacts {
    pub name: String,
    pub texts: BTreeMap<String, String>,
    pub counts: BTreeMap<String, u64>,
    pub numbers: Vec<String>,
    pub networks: Vec<String>,
}

/// More than any run reaches.
const LARGEST_COUNT: u64 = 1 << 52;

/// Under which the facts are in the metadata of the tensors.
const KEY: &str = "typenet";

/// The tensors of a checkpoint that is being made.
#[derive(Default)]
pub(super) struct Tensors {
    all: Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
    /// The first array of a network with a number that is not finite.
    not_finite: Option<String>,
}

impl Tensors {
    pub fn numbers(&mut self, name: String, values: &[f64]) {
        self.array(name, &[values.len()], values);
    }

    /// All arrays of a network.
    pub fn network<N: Parameters>(&mut self, prefix: &str, network: &N) {
        network.visit(&Path::ROOT, &mut Gather { tensors: self, prefix });
    }

    fn array<T: Scalar>(&mut self, name: String, shape: &[usize], values: &[T]) {
        let (dtype, shape) = kind::<T>(shape);
        self.all.push((name, dtype, shape, bytemuck::must_cast_slice(values).to_vec()));
    }

    /// The payload.
    pub fn serialize(&self, facts: &Facts) -> Result<Vec<u8>, CheckpointProblem> {
        if let Some(array) = self.not_finite.clone() {
            return Err(CheckpointProblem::NotFinite { array });
        }
        let mut names = BTreeSet::new();
        if let Some((name, ..)) = self.all.iter().find(|(name, ..)| !names.insert(name)) {
            return Err(CheckpointProblem::Contents(format!("two arrays are named {name}")));
        }
        let json = serde_json::to_string(facts).map_err(wrong)?;
        let views = self.all.iter().map(|(name, dtype, shape, bytes)| {
            TensorView::new(*dtype, shape.clone(), bytes).map(|view| (name.as_str(), view))
        });
        let views: Vec<_> = views.collect::<Result<_, _>>().map_err(wrong)?;
        let metadata = [(KEY.to_owned(), json)].into_iter().collect();
        safetensors::serialize(views, Some(metadata)).map_err(wrong)
    }
}

fn wrong(error: impl ToString) -> CheckpointProblem {
    CheckpointProblem::Contents(error.to_string())
}

/// The format's name of a scalar. One that it has none for is bytes.
fn kind<T: Scalar>(shape: &[usize]) -> (Dtype, Vec<usize>) {
    let mut shape = shape.to_vec();
    let dtype = match TypeId::of::<T>() {
        id if id == TypeId::of::<f32>() => Dtype::F32,
        id if id == TypeId::of::<f64>() => Dtype::F64,
        _ => {
            shape.push(size_of::<T>());
            Dtype::U8
        }
    };
    (dtype, shape)
}

struct Gather<'a> {
    tensors: &'a mut Tensors,
    prefix: &'a str,
}

impl Visitor for Gather<'_> {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
        let name = format!("{}.{entry}", self.prefix);
        if !values.iter().all(|value| value.is_finite()) {
            self.tensors.not_finite.get_or_insert_with(|| name.clone());
        }
        self.tensors.array(name, entry.shape, values);
    }
}

/// Gathers a tree of the gradient's form.
impl Walker<1> for Gather<'_> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, _: &mut [T], [tree]: [&mut [T]; 1]) {
        self.tensors.array(format!("{}.{entry}", self.prefix), entry.shape, tree);
    }
}

/// Gathers an optimizer's state. The network only gives its form.
pub(super) struct GatherState<'a, N> {
    pub tensors: &'a mut Tensors,
    pub network: &'a mut N,
    pub index: usize,
}

impl<N: Parameters> StateVisitor<N::Gradient> for GatherState<'_, N> {
    fn tree(&mut self, name: &'static str, tree: &mut N::Gradient) {
        let prefix = part(&mut self.index, name);
        self.network.walk([tree], &Path::ROOT, &mut Gather { tensors: self.tensors, prefix: &prefix });
    }

    fn number(&mut self, name: &'static str, value: &mut f64) {
        self.tensors.numbers(part(&mut self.index, name), &[*value]);
    }
}

/// The name of the next part of an optimizer's state. Two optimizers may name a part alike: numbers
/// tell them apart.
fn part(index: &mut usize, name: &str) -> String {
    let prefix = format!("optimizer.{index}.{name}");
    *index += 1;
    prefix
}

/// The contents of a checkpoint that is being read.
pub(super) struct Contents<'a> {
    pub facts: Facts,
    tensors: SafeTensors<'a>,
}

impl<'a> Contents<'a> {
    pub fn parse(payload: &'a [u8]) -> Result<Self, CheckpointProblem> {
        let (_, metadata) = SafeTensors::read_metadata(payload).map_err(wrong)?;
        let json = metadata.metadata().as_ref().and_then(|entries| entries.get(KEY));
        let json = json.ok_or_else(|| wrong("there is no metadata of typenet"))?;
        let facts = serde_json::from_str(json).map_err(wrong)?;
        Ok(Self { facts, tensors: SafeTensors::deserialize(payload).map_err(wrong)? })
    }

    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, CheckpointProblem> {
        let view = self.tensors.tensor(name).map_err(wrong)?;
        let (values, rest) = view.data().as_chunks();
        if view.dtype() != Dtype::F64 || !rest.is_empty() {
            return Err(wrong(format!("{name} is {}", described(view.dtype(), view.shape()))));
        }
        Ok(values.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
    }

    pub fn number(&self, name: &str) -> Result<f64, CheckpointProblem> {
        self.numbers(name)?.first().copied().ok_or_else(|| wrong(format!("{name} is empty")))
    }

    /// A count, which must be one that a run can reach.
    pub fn check_count(name: &str, count: u64) -> Result<(), CheckpointProblem> {
        if count <= LARGEST_COUNT { Ok(()) } else { Err(wrong(format!("{name} is {count}, which is no count"))) }
    }

    /// Fills a network, which is to be thrown away where this fails.
    pub fn network<N: Parameters>(&self, prefix: &str, network: &mut N) -> Result<(), CheckpointProblem> {
        let mut scatter = Scatter { contents: self, prefix, result: Ok(()) };
        network.walk([], &Path::ROOT, &mut scatter);
        scatter.result
    }

    fn array<T: Scalar>(&self, name: String, shape: &[usize], values: &mut [T]) -> Result<(), CheckpointProblem> {
        let (dtype, shape) = kind::<T>(shape);
        let expected = described(dtype, &shape);
        let Ok(view) = self.tensors.tensor(&name) else {
            return Err(CheckpointProblem::Array { array: name, found: "missing".into(), expected });
        };
        let bytes: &mut [u8] = bytemuck::must_cast_slice_mut(values);
        if view.dtype() != dtype || view.shape() != shape || view.data().len() != bytes.len() {
            let found = described(view.dtype(), view.shape());
            return Err(CheckpointProblem::Array { array: name, found, expected });
        }
        bytes.copy_from_slice(view.data());
        Ok(())
    }
}

/// `f32 [20, 128]`.
fn described(dtype: Dtype, shape: &[usize]) -> String {
    format!("{} {shape:?}", format!("{dtype:?}").to_lowercase())
}

struct Scatter<'a> {
    contents: &'a Contents<'a>,
    prefix: &'a str,
    /// That of the first array that does not fit.
    result: Result<(), CheckpointProblem>,
}

impl Scatter<'_> {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T]) {
        if self.result.is_ok() {
            self.result = self.contents.array(format!("{}.{entry}", self.prefix), entry.shape, values);
        }
    }

    fn weights<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T]) {
        self.array(entry, values);
        if self.result.is_ok() && !values.iter().all(|value| value.is_finite()) {
            self.result = Err(CheckpointProblem::NotFinite { array: format!("{}.{entry}", self.prefix) });
        }
    }
}

impl Walker<0> for Scatter<'_> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], _: [&mut [T]; 0]) {
        self.weights(entry, values);
    }

    fn statistic<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T]) {
        self.weights(entry, values);
    }
}

/// Fills a tree of the gradient's form.
impl Walker<1> for Scatter<'_> {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, _: &mut [T], [tree]: [&mut [T]; 1]) {
        self.array(entry, tree);
    }
}

/// Fills an optimizer's state. The network only gives its form.
pub(super) struct ScatterState<'a, N> {
    pub contents: &'a Contents<'a>,
    pub network: &'a mut N,
    pub index: usize,
    pub result: Result<(), CheckpointProblem>,
}

impl<N: Parameters> StateVisitor<N::Gradient> for ScatterState<'_, N> {
    fn tree(&mut self, name: &'static str, tree: &mut N::Gradient) {
        let prefix = part(&mut self.index, name);
        if self.result.is_ok() {
            let mut scatter = Scatter { contents: self.contents, prefix: &prefix, result: Ok(()) };
            self.network.walk([tree], &Path::ROOT, &mut scatter);
            self.result = scatter.result;
        }
    }

    fn number(&mut self, name: &'static str, value: &mut f64) {
        let found = self.contents.number(&part(&mut self.index, name));
        match (&self.result, found) {
            (Ok(()), Ok(number)) => *value = number,
            (Ok(()), Err(problem)) => self.result = Err(problem),
            (Err(_), _) => {}
        }
    }
}
