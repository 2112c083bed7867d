//! The walks over a network: what its arrays are, and their numbers from and to tensors.

use std::collections::BTreeMap;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use safetensors::Dtype;

use super::plan::{Content, Piece, Planned};
use super::scaler::is_scaler;
use super::{Mismatch, Names, Tensor};
use crate::network::{Entry, Parameters, Path, Scalar, Visitor, Walker};

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
    /// Whether the sum of two finite numbers, each in the type of the network, is finite.
    fits: fn(f64, f64) -> bool,
    /// Channels and places of an image, whose numbers the inputs of this array are in another order.
    pub flattened: Option<[usize; 2]>,
}

/// What a layer computes with and no array tells.
#[derive(Debug)]
pub(super) struct Constant {
    pub place: String,
    pub layer: &'static str,
    pub name: &'static str,
    pub value: f64,
    /// The number of arrays before it.
    pub before: usize,
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
            fits: |value, summand| (T::from_f64(value) + T::from_f64(summand)).is_finite(),
            flattened: None,
        }
    }

    fn dtype(&self) -> Dtype {
        if self.scalar == core::any::type_name::<f32>() { Dtype::F32 } else { Dtype::F64 }
    }
}

impl Constant {
    /// Its name in a file of typenet.
    pub fn full_name(&self) -> String {
        let dot = if self.place.is_empty() { "" } else { "." };
        std::format!("{}{dot}{}.{}", self.place, self.layer, self.name)
    }
}

/// The arrays and constants of a network, in its order.
#[derive(Default)]
pub(super) struct Shown {
    pub arrays: Vec<Array>,
    pub constants: Vec<Constant>,
    /// Layers for which it matters where the channels of an image are.
    pub flattening: Vec<Constant>,
}

impl Shown {
    pub fn of<N: Parameters>(network: &N) -> Self {
        let mut shown = Self::default();
        network.visit(&Path::ROOT, &mut shown);
        shown
    }
}

impl Visitor for Shown {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, _: &[T]) {
        self.arrays.push(Array::of::<T>(entry));
    }

    fn constant(&mut self, path: &Path<'_>, name: &'static str, value: f64) {
        let (place, layer, before) = (path.to_string(), path.layer(), self.arrays.len());
        let constants = if name == "channels_last" { &mut self.flattening } else { &mut self.constants };
        constants.push(Constant { place, layer, name, value, before });
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
        Dtype::F16 => tensor.bytes.as_chunks().0.get(place).map(|bytes| of_half(u16::from_le_bytes(*bytes))),
        // The upper half of an `f32`.
        Dtype::BF16 => {
            tensor.bytes.as_chunks().0.get(place).map(|[low, high]| f32::from_le_bytes([0, 0, *low, *high]).into())
        }
        _ => None,
    }
}

/// The number of the 16 bits of IEEE 754: a sign, 5 bits of exponent, 10 of the fraction. It is exact.
fn of_half(bits: u16) -> f64 {
    let (sign, exponent, fraction) = (bits >> 15, (bits >> 10) & 0x1f, f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => libm::ldexp(fraction, -24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => libm::ldexp(1024.0 + fraction, i32::from(exponent) - 25),
    };
    if sign == 1 { -size } else { size }
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
    /// Tensors with a number that is not finite.
    pub mismatches: Vec<Mismatch>,
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
        let (tensors, pieces) = (plan.iter().map(tensor).collect(), by_array(plan, arrays.len()).into_iter());
        Self { plan, tensors, pieces, mismatches: Vec::new() }
    }

    /// The tensors by their names.
    pub fn tensors(self) -> impl Iterator<Item = (String, Tensor)> {
        self.plan.iter().map(|planned| planned.name.clone()).zip(self.tensors)
    }
}

impl Visitor for Saving<'_> {
    fn array<T: Scalar>(&mut self, _: &Entry<'_>, values: &[T]) {
        let bad = values.iter().map(|value| value.to_f64()).find(|value| !value.is_finite());
        for (tensor, piece, adds) in self.pieces.next().unwrap_or_default() {
            if let (Some(value), Some(planned), false) = (bad, self.plan.get(tensor), adds) {
                self.mismatches.push(Mismatch::Number { name: planned.name.clone(), value, expected: "a finite one" });
            }
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
        if !matches!(tensor.dtype, Dtype::F32 | Dtype::F64 | Dtype::F16 | Dtype::BF16) {
            let found = std::format!("{:?}", tensor.dtype);
            return Some(Mismatch::Type { name, found, expected: "F32, F64, F16 or BF16".into() });
        }
        let array = self.arrays.get(pieces.first()?.array)?;
        let mut numbers = (0..expected.iter().product()).filter_map(|place| get(tensor, place));
        if let Some(value) = numbers.clone().find(|value| !value.is_finite()) {
            return Some(Mismatch::Number { name, value, expected: "a finite one" });
        }
        if let Some(value) = numbers.clone().find(|value| !(array.fits)(*value, 0.0)) {
            return Some(Mismatch::Range { name, value, scalar: array.scalar });
        }
        // Two that are added up: each has room, but perhaps not their sum.
        let Content::Summand(piece) = &planned.content else { return None };
        let of_array = |planned: &&Planned| matches!(&planned.content, Content::Arrays(pieces) if pieces.iter().any(|other| other.array == piece.array));
        let other = &self.plan.iter().find(of_array)?.name;
        let others = self.found.get(other.as_str())?;
        let mut others = (0..).map(|place| get(others, place).unwrap_or_default());
        let (a, b) = numbers.by_ref().zip(&mut others).find(|(a, b)| !(array.fits)(*b, *a))?;
        Some(Mismatch::Range { name: std::format!("{other} + {name}"), value: a + b, scalar: array.scalar })
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
