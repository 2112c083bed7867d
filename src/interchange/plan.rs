//! Which array of a network is which tensor of a file, number by number.

use std::string::String;
use std::vec::Vec;

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
