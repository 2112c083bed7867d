//! Keras' names and layouts.

use std::collections::BTreeMap;
use std::format;
use std::string::String;
use std::vec::Vec;

use super::arrays::Array;
use super::plan::{Piece, Plan, Planned};

/// The place of Keras' gates (update, reset, new) among typenet's (reset, update, new).
const GRU_GATES: &[usize] = &[1, 0, 2];

pub(super) fn plan(arrays: &[Array]) -> Vec<Planned> {
    let (mut plan, mut counted) = (Plan::default(), BTreeMap::new());
    let mut layer = String::new();
    let mut previous = None;
    for (number, array) in arrays.iter().enumerate() {
        if previous != Some(array.place.as_str()) {
            layer = name(array, &mut counted);
            previous = Some(array.place.as_str());
        }
        add(&mut plan, &layer, number, array);
    }
    plan.0
}

/// The name that Keras gives a layer: its class, and a number from the second one on.
fn name(array: &Array, counted: &mut BTreeMap<String, usize>) -> String {
    let mut next = |class: String| {
        let number = counted.entry(class.clone()).and_modify(|number| *number += 1).or_insert(0);
        if *number == 0 { class } else { format!("{class}_{number}") }
    };
    match array.holder {
        "MultiHeadAttention" => next("multi_head_attention".into()),
        "Bidirectional" => {
            // The layer inside is made first, and its name is the ending of both directions' names.
            let inner = next(class(array.layer));
            format!("{}/{inner}", next("bidirectional".into()))
        }
        _ if array.layer.is_empty() => array.place.replace('.', "/"),
        _ => next(class(array.layer)),
    }
}

/// The name of a class of layers.
fn class(layer: &str) -> String {
    let known = match layer {
        "BatchNorm" => "batch_normalization",
        "LayerNorm" => "layer_normalization",
        "GroupNorm" | "InstanceNorm" => "group_normalization",
        "RmsNorm" => "rms_normalization",
        "CausalConv1d" => "conv1d",
        "ConvTranspose2d" => "conv2d_transpose",
        "Rnn" => "simple_rnn",
        "PRelu" => "p_re_lu",
        _ => return snake_case(layer),
    };
    known.into()
}

fn snake_case(name: &str) -> String {
    let mut found = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !found.is_empty() {
            found.push('_');
        }
        found.extend(letter.to_lowercase());
    }
    found
}

fn add(plan: &mut Plan, layer: &str, number: usize, array: &Array) {
    let at = |name: &str| if layer.is_empty() { name.into() } else { format!("{layer}/{name}") };
    // The features of an image that was flattened: in Keras, the channels of each place are together.
    let plain = || match array.flattened {
        Some(sizes) => {
            let sizes: Vec<usize> = sizes.into_iter().chain(array.shape.iter().skip(1).copied()).collect();
            let order: Vec<usize> = [1, 0].into_iter().chain(2..sizes.len()).collect();
            Piece::permuted(number, &sizes, &order)
        }
        None => Piece::plain(number, &array.shape),
    };
    let permuted = |order: &[usize]| Piece::permuted(number, &array.shape, order);
    match (array.holder, array.layer, array.name) {
        ("MultiHeadAttention", _, name) => attention(plan, at, number, array, name),
        (_, "Dense" | "Conv1d" | "CausalConv1d", "weight") => plan.shaped(at("kernel"), &array.shape, plain()),
        // To [row][column][input][output], of a transposed one [row][column][output][input].
        (_, "Conv2d", "weight") => plan.one(at("kernel"), permuted(&[1, 2, 0, 3])),
        (_, "ConvTranspose2d", "weight") => plan.one(at("kernel"), permuted(&[1, 2, 3, 0])),
        (_, "DepthwiseConv2d", "weight") => {
            let shape: Vec<usize> = array.shape.iter().copied().chain([1]).collect();
            plan.shaped(at("kernel"), &shape, plain());
        }
        (_, "BatchNorm" | "LayerNorm" | "GroupNorm" | "InstanceNorm", "scale") => {
            plan.shaped(at("gamma"), &array.shape, plain())
        }
        (_, "BatchNorm" | "LayerNorm" | "GroupNorm" | "InstanceNorm", "shift") => {
            plan.shaped(at("beta"), &array.shape, plain())
        }
        (_, "BatchNorm", "mean") => plan.shaped(at("moving_mean"), &array.shape, plain()),
        (_, "BatchNorm", "variance") => plan.shaped(at("moving_variance"), &array.shape, plain()),
        (_, "Embedding", "weight") => plan.shaped(at("embeddings"), &array.shape, plain()),
        (_, "PRelu", "slope") => plan.shaped(at("alpha"), &array.shape, plain()),
        (_, "Rnn" | "Gru" | "Lstm", name) => recurrent(plan, layer, number, array, name),
        (_, _, name) => plan.shaped(at(name), &array.shape, plain()),
    }
}

/// The arrays are those of the layer's cell.
fn recurrent(plan: &mut Plan, layer: &str, number: usize, array: &Array, name: &str) {
    let layer = match (array.holder, layer.split_once('/')) {
        ("Bidirectional", Some((holder, inner))) => format!("{holder}/{}_{inner}", array.part),
        _ => layer.into(),
    };
    let at = |name: &str| format!("{layer}/{}_cell/{name}", class(array.layer));
    // A GRU's three gates stand side by side.
    let sizes: Vec<usize> = match array.shape.split_last() {
        Some((columns, rows)) if array.layer == "Gru" => rows.iter().copied().chain([3, columns / 3]).collect(),
        _ => array.shape.clone(),
    };
    let order: &[usize] = if array.layer == "Gru" { GRU_GATES } else { &[] };
    let piece = Piece::plain(number, &sizes).reordered(array.shape.len() - 1, order);
    let columns = array.shape.last().copied().unwrap_or_default();
    match name {
        "input_weight" => plan.shaped(at("kernel"), &array.shape, piece),
        "hidden_weight" => plan.shaped(at("recurrent_kernel"), &array.shape, piece),
        // The two biases of a GRU are the rows of one.
        "input_bias" => plan.joined(at("bias"), &[2, columns], piece),
        "hidden_bias" => plan.joined(at("bias"), &[2, columns], piece.from(columns)),
        _ => plan.shaped(at("bias"), &array.shape, piece),
    }
}

/// The features have an axis for the heads; the numbers lie as those of typenet.
fn attention(plan: &mut Plan, at: impl Fn(&str) -> String, number: usize, array: &Array, name: &str) {
    let dim = array.shape.last().copied().unwrap_or_default();
    let heads = [array.heads, dim.checked_div(array.heads).unwrap_or_default()];
    let (part, heads_first) = match array.part {
        "output" => ("attention_output", true),
        part => (part, false),
    };
    let (kind, shape): (&str, Vec<usize>) = match (name, heads_first) {
        ("weight", true) => ("kernel", heads.into_iter().chain([dim]).collect()),
        ("weight", false) => ("kernel", [dim].into_iter().chain(heads).collect()),
        (_, true) => ("bias", array.shape.clone()),
        (_, false) => ("bias", heads.into()),
    };
    plan.shaped(at(&format!("{part}/{kind}")), &shape, Piece::plain(number, &array.shape));
}
