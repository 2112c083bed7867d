//! The walks over a network: what its arrays are, and their numbers from and to tensors.

use std::collections::BTreeMap;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use safetensors::Dtype;

use super::plan::{Content, Piece, Planned};
use super::scaler::is_scaler;
use super::{Mismatch, Names, Tensor};
use crate::network::{Entry, Scalar, Visitor, Walker};

/// One array of a network.
#[derive(Debug)]
pub(super) struct Array {
    /// Where the layer is, or what holds it if that is one layer for the frameworks.
    pub place: String,
    /// The layer around it that is one for the frameworks, or nothing.
    pub holder: &'static str,
    /// The heads of an attention.
    pub heads: usize,
    /// The layer's name in its holder.
    pub part: &'static str,
    /// The name of the layer's type.
    pub layer: &'static str,
    /// The array's name.
    pub name: &'static str,
    pub shape: Vec<usize>,
    /// The Rust type of its numbers.
    pub scalar: &'static str,
    /// Whether a finite number remains one in the network.
    fits: fn(f64) -> bool,
}

impl Array {
    fn of<T: Scalar>(entry: &Entry<'_>) -> Self {
        let path = &entry.path;
        let holder = path.parent().filter(|parent| matches!(parent.layer(), "MultiHeadAttention" | "Bidirectional"));
        Self {
            place: holder.unwrap_or(path).to_string(),
            holder: holder.map_or("", |holder| holder.layer()),
            heads: holder.map_or(0, |holder| holder.heads()),
            part: path.name(),
            layer: path.layer(),
            name: entry.name,
            shape: entry.shape.to_vec(),
            scalar: core::any::type_name::<T>(),
            fits: |value| T::from_f64(value).is_finite() || !value.is_finite(),
        }
    }

    fn dtype(&self) -> Dtype {
        if self.scalar == core::any::type_name::<f32>() { Dtype::F32 } else { Dtype::F64 }
    }
}

/// The arrays of a network, in its order.
#[derive(Default)]
pub(super) struct Shown {
    pub arrays: Vec<Array>,
}

impl Visitor for Shown {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, _: &[T]) {
        self.arrays.push(Array::of::<T>(entry));
    }
}

impl Walker<0> for Shown {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, _: &mut [T], _: [&mut [T]; 0]) {
        self.arrays.push(Array::of::<T>(entry));
    }

    fn statistic<T: Scalar>(&mut self, entry: &Entry<'_>, _: &mut [T]) {
        self.arrays.push(Array::of::<T>(entry));
    }
}

/// Writes a number to its place among little-endian bytes.
pub(super) fn put(bytes: &mut [u8], dtype: Dtype, place: usize, value: f64) {
    match dtype {
        Dtype::F32 => {
            if let Some(bytes) = bytes.as_chunks_mut().0.get_mut(place) {
                *bytes = (value as f32).to_le_bytes();
            }
        }
        _ => {
            if let Some(bytes) = bytes.as_chunks_mut().0.get_mut(place) {
                *bytes = value.to_le_bytes();
            }
        }
    }
}

/// Reads a number; `None` for numbers of other types and beyond the end.
pub(super) fn get(tensor: &Tensor, place: usize) -> Option<f64> {
    match tensor.dtype {
        Dtype::F32 => tensor.bytes.as_chunks().0.get(place).map(|bytes| f32::from_le_bytes(*bytes).into()),
        Dtype::F64 => tensor.bytes.as_chunks().0.get(place).map(|bytes| f64::from_le_bytes(*bytes)),
        _ => None,
    }
}

/// The pieces that belong to each array, each with the number of its tensor.
fn by_array(plan: &[Planned], arrays: usize) -> Vec<Vec<(usize, &Piece, bool)>> {
    let mut found = vec![Vec::new(); arrays];
    for (tensor, planned) in plan.iter().enumerate() {
        let (pieces, adds): (&[Piece], bool) = match &planned.content {
            Content::Arrays(pieces) => (pieces, false),
            Content::Summand(piece) => (core::slice::from_ref(piece), true),
            Content::Counter => (&[], false),
        };
        for piece in pieces {
            if let Some(list) = found.get_mut(piece.array) {
                list.push((tensor, piece, adds));
            }
        }
    }
    found
}

/// Takes the numbers of a network down.
pub(super) struct Saving<'a> {
    plan: &'a [Planned],
    tensors: Vec<Tensor>,
    pieces: std::vec::IntoIter<Vec<(usize, &'a Piece, bool)>>,
}

impl<'a> Saving<'a> {
    pub fn new(plan: &'a [Planned], arrays: &[Array]) -> Self {
        let tensor = |planned: &Planned| {
            let dtype = match &planned.content {
                Content::Arrays(pieces) => pieces.first().and_then(|piece| arrays.get(piece.array)).map(Array::dtype),
                Content::Summand(piece) => arrays.get(piece.array).map(Array::dtype),
                Content::Counter => None,
            };
            let (dtype, bytes) = match dtype {
                Some(Dtype::F32) => (Dtype::F32, 4),
                Some(_) => (Dtype::F64, 8),
                None => (Dtype::I64, 8),
            };
            let numbers: usize = planned.shape.iter().product();
            Tensor { dtype, shape: planned.shape.clone(), bytes: vec![0; numbers * bytes] }
        };
        Self { plan, tensors: plan.iter().map(tensor).collect(), pieces: by_array(plan, arrays.len()).into_iter() }
    }

    /// The tensors by their names.
    pub fn tensors(self) -> impl Iterator<Item = (String, Tensor)> {
        self.plan.iter().map(|planned| planned.name.clone()).zip(self.tensors)
    }
}

impl Visitor for Saving<'_> {
    fn array<T: Scalar>(&mut self, _: &Entry<'_>, values: &[T]) {
        for (tensor, piece, adds) in self.pieces.next().unwrap_or_default() {
            let Some(tensor) = self.tensors.get_mut(tensor).filter(|_| !adds) else { continue };
            for (to, from) in piece.places() {
                if let Some(value) = values.get(from) {
                    put(&mut tensor.bytes, tensor.dtype, to, value.to_f64());
                }
            }
        }
    }
}

/// Compares a file with a network, before anything is changed.
pub(super) struct Loading<'a> {
    plan: &'a [Planned],
    arrays: &'a [Array],
    found: &'a BTreeMap<&'a str, &'a Tensor>,
    names: Names,
}

impl<'a> Loading<'a> {
    pub fn new(
        plan: &'a [Planned],
        arrays: &'a [Array],
        found: &'a BTreeMap<&'a str, &'a Tensor>,
        names: Names,
    ) -> Self {
        Self { plan, arrays, found, names }
    }

    /// Everything that does not fit: what the network needs, then what it has no place for.
    pub fn mismatches(&self) -> Vec<Mismatch> {
        let mut mismatches: Vec<Mismatch> = self.plan.iter().filter_map(|planned| self.mismatch(planned)).collect();
        for (name, tensor) in self.found {
            let planned = self.plan.iter().any(|planned| planned.name == *name);
            if !planned && !is_scaler(name) && !self.names.is_beside(name) {
                mismatches.push(Mismatch::Unexpected { name: name.to_string(), found: tensor.shape.clone() });
            }
        }
        mismatches
    }

    fn mismatch(&self, planned: &Planned) -> Option<Mismatch> {
        let pieces: &[Piece] = match &planned.content {
            Content::Counter => return None,
            Content::Arrays(pieces) => pieces,
            Content::Summand(piece) => core::slice::from_ref(piece),
        };
        let (name, expected) = (planned.name.clone(), planned.shape.clone());
        let Some(tensor) = self.found.get(planned.name.as_str()) else {
            return Some(Mismatch::Missing { name, expected });
        };
        if tensor.shape != expected {
            return Some(Mismatch::Shape { name, found: tensor.shape.clone(), expected });
        }
        if !matches!(tensor.dtype, Dtype::F32 | Dtype::F64) {
            let found = std::format!("{:?}", tensor.dtype);
            return Some(Mismatch::Type { name, found, expected: "F32 or F64".into() });
        }
        let array = self.arrays.get(pieces.first()?.array)?;
        let numbers = (0..expected.iter().product()).filter_map(|place| get(tensor, place));
        let value = numbers.into_iter().find(|value| !(array.fits)(*value))?;
        Some(Mismatch::Range { name, value, scalar: array.scalar })
    }

    /// Takes the numbers over.
    pub fn writing(&self) -> Writing<'a> {
        let tensors = self.plan.iter().map(|planned| self.found.get(planned.name.as_str()).copied()).collect();
        Writing { tensors, pieces: by_array(self.plan, self.arrays.len()).into_iter() }
    }
}

/// Writes numbers into a network.
pub(super) struct Writing<'a> {
    tensors: Vec<Option<&'a Tensor>>,
    pieces: std::vec::IntoIter<Vec<(usize, &'a Piece, bool)>>,
}

impl Writing<'_> {
    fn write<T: Scalar>(&mut self, values: &mut [T]) {
        for (tensor, piece, adds) in self.pieces.next().unwrap_or_default() {
            let Some(tensor) = self.tensors.get(tensor).copied().flatten() else { continue };
            for (from, to) in piece.places() {
                let (Some(value), Some(place)) = (get(tensor, from), values.get_mut(to)) else { continue };
                let value = T::from_f64(value);
                *place = if adds { *place + value } else { value };
            }
        }
    }
}

impl Walker<0> for Writing<'_> {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], _: [&mut [T]; 0]) {
        self.write(values);
    }

    fn statistic<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T]) {
        self.write(values);
    }
}
