//! Images whose channels come first here, and last in Keras: what reads them as a vector reads another one.

use std::collections::{BTreeMap, BTreeSet};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::Mismatch;
use super::arrays::{Array, Shown};
use crate::network::{Layer, Path, Sample};

/// The shapes that flow through a network.
#[derive(Default)]
pub(super) struct Shapes {
    /// What goes into each layer, and what comes out.
    layers: BTreeMap<String, [Vec<usize>; 2]>,
    /// Layers whose parts do not come one after the other.
    branches: BTreeSet<String>,
}

impl Shapes {
    pub fn of<N: Layer<X>, X: Sample>() -> Self {
        let mut shapes = Self::default();
        N::describe(&Path::ROOT, &mut |row| {
            let place = row.path.to_string();
            if !row.remark && matches!(row.layer, "Both" | "Parallel") {
                shapes.branches.insert(place.clone());
            }
            shapes.layers.insert(place, [sizes(row.input.to_string()), sizes(row.output.to_string())]);
        });
        shapes
    }

    /// The part of a branching layer that a place is in.
    fn branch<'a>(&self, place: &'a str) -> &'a str {
        let ends = place.match_indices('.').map(|(at, _)| at).chain([place.len()]);
        let mut parts = ends.filter_map(|end| place.get(..end));
        let inside = |part: &&str| self.branches.contains(part.rsplit_once('.').map_or("", |(holder, _)| holder));
        parts.rfind(inside).unwrap_or_default()
    }
}

/// The sizes in `(_, 4, 3, 2)`; none where it is not the shape of one tensor.
fn sizes(shape: String) -> Vec<usize> {
    let sizes = shape.trim_matches(['(', ')']).split(", ").skip(1).map(str::parse);
    sizes.collect::<Result<_, _>>().unwrap_or_default()
}

/// Channels and places of an image, where their order matters. Several images have more sizes.
fn image(shape: &[usize]) -> Option<[usize; 2]> {
    match shape {
        [.., channels, height, width] if *channels > 1 && height * width > 1 => Some([*channels, height * width]),
        _ => None,
    }
}

const TYPE: &str = "call `load_for` or `of_for` with the type of the inputs, which converts what is behind it; or, to load \
                    them as they are because the other model changes the order itself, `trust_type`";
const KIND: &str = "only a `Dense` behind it, and normalisations of its inputs, can be converted; `trust_type` loads all \
                    as it is";

/// Marks the arrays whose inputs are an image in the order of channels last. What cannot be converted is returned.
pub(super) fn mark(shown: &mut Shown, shapes: Option<&Shapes>) -> Vec<Mismatch> {
    let Shown { arrays, flattening: readers, .. } = shown;
    let mut mismatches = Vec::new();
    for (number, reader) in readers.iter().enumerate() {
        let mut refuse =
            |remedy| mismatches.push(Mismatch::Order { layer: layer(&reader.place, reader.layer), remedy });
        let Some(shapes) = shapes else {
            refuse(TYPE);
            continue;
        };
        let Some([input, output]) = shapes.layers.get(&reader.place) else {
            refuse(KIND);
            continue;
        };
        match (image(input), image(output)) {
            (None, None) if !input.is_empty() && !output.is_empty() => {}
            (Some(from), None) if (input.len(), output.len()) == (3, 1) => {
                let next = readers.get(number + 1).map_or(arrays.len(), |next| next.before);
                let behind = arrays.get_mut(reader.before..next).unwrap_or_default();
                let same_branch = |array: &Array| shapes.branch(&array.place) == shapes.branch(&reader.place);
                if !convert(behind, from, same_branch) {
                    refuse(KIND);
                }
            }
            // To the same shape, or between images.
            _ if input == output && !input.is_empty() => {}
            _ => refuse(KIND),
        }
    }
    mismatches
}

/// Marks the arrays up to the first `Dense`, which mixes its inputs.
fn convert(behind: &mut [Array], from: [usize; 2], same_branch: impl Fn(&Array) -> bool) -> bool {
    let inputs = from.iter().product();
    for array in behind {
        let alone = array.holder.is_empty() && same_branch(array) && array.shape.first() == Some(&inputs);
        let mixes = array.layer == "Dense" && array.name == "weight";
        let each = matches!(array.layer, "BatchNorm" | "LayerNorm" | "RmsNorm" | "PRelu") && array.shape.len() == 1;
        if !alone || !(mixes || each) {
            return false;
        }
        array.flattened = Some(from);
        if mixes {
            return true;
        }
    }
    false
}

/// What a message calls a layer.
pub(super) fn layer(place: &str, layer: &str) -> String {
    if place.is_empty() { layer.to_string() } else { format!("{place} ({layer})") }
}
