//! PyTorch's names and layouts.

use std::format;
use std::string::String;
use std::vec::Vec;

use super::arrays::Array;
use super::plan::{Piece, Plan, Planned};

pub(super) fn plan(arrays: &[Array]) -> Vec<Planned> {
    let mut plan = Plan::default();
    for (number, array) in arrays.iter().enumerate() {
        add(&mut plan, number, array);
    }
    plan.0
}

fn add(plan: &mut Plan, number: usize, array: &Array) {
    let at = |name: &str| if array.place.is_empty() { name.into() } else { format!("{}.{name}", array.place) };
    let plain = || Piece::plain(number, &array.shape);
    let permuted = |order: &[usize]| Piece::permuted(number, &array.shape, order);
    match (array.holder, array.layer, array.name) {
        ("MultiHeadAttention", _, name) => attention(plan, at, number, array, name),
        (_, "Dense", "weight") => plan.one(at("weight"), permuted(&[1, 0])),
        // From [place][input][output], or a window of two dimensions.
        (_, "Conv1d" | "CausalConv1d", "weight") => plan.one(at("weight"), permuted(&[2, 1, 0])),
        (_, "Conv2d", "weight") => plan.one(at("weight"), permuted(&[3, 0, 1, 2])),
        (_, "ConvTranspose2d", "weight") => plan.one(at("weight"), permuted(&[0, 3, 1, 2])),
        (_, "DepthwiseConv2d", "weight") => {
            let piece = permuted(&[2, 0, 1]);
            let shape: Vec<usize> =
                piece.shape().into_iter().take(1).chain([1]).chain(piece.shape().into_iter().skip(1)).collect();
            plan.shaped(at("weight"), &shape, piece);
        }
        (_, "BatchNorm" | "LayerNorm" | "GroupNorm" | "InstanceNorm" | "RmsNorm", "scale") => {
            plan.one(at("weight"), plain())
        }
        (_, "BatchNorm" | "LayerNorm" | "GroupNorm" | "InstanceNorm", "shift") => plan.one(at("bias"), plain()),
        (_, "BatchNorm", "mean") => plan.one(at("running_mean"), plain()),
        (_, "BatchNorm", "variance") => {
            plan.one(at("running_var"), plain());
            plan.counter(at("num_batches_tracked"));
        }
        (_, "PRelu", "slope") => plan.one(at("weight"), plain()),
        // The gates of typenet are in PyTorch's order.
        (_, "Rnn" | "Gru" | "Lstm", name) => {
            let at = |name: &str| recurrent(array, at(name));
            match name {
                "input_weight" => plan.one(at("weight_ih_l0"), permuted(&[1, 0])),
                "hidden_weight" => plan.one(at("weight_hh_l0"), permuted(&[1, 0])),
                "input_bias" => plan.one(at("bias_ih_l0"), plain()),
                "hidden_bias" => plan.one(at("bias_hh_l0"), plain()),
                // Two that are only ever added.
                _ => {
                    plan.one(at("bias_ih_l0"), plain());
                    plan.summand(at("bias_hh_l0"), plain());
                }
            }
        }
        (_, _, name) => plan.one(at(name), plain()),
    }
}

/// One module reads in both directions.
fn recurrent(array: &Array, name: String) -> String {
    if array.holder == "Bidirectional" && array.part == "backward" { format!("{name}_reverse") } else { name }
}

/// The weights of queries, keys and values lie one below the other.
fn attention(plan: &mut Plan, at: impl Fn(&str) -> String, number: usize, array: &Array, name: &str) {
    let dim = array.shape.last().copied().unwrap_or_default();
    let piece = match name {
        "weight" => Piece::permuted(number, &array.shape, &[1, 0]),
        _ => Piece::plain(number, &array.shape),
    };
    let row = match array.part {
        "query" => 0,
        "key" => 1,
        "value" => 2,
        _ => return plan.one(at(&format!("out_proj.{name}")), piece),
    };
    let start = row * piece.shape().iter().product::<usize>();
    let shape: Vec<usize> = [3 * dim].into_iter().chain(piece.shape().into_iter().skip(1)).collect();
    plan.joined(at(&format!("in_proj_{name}")), &shape, piece.from(start));
}
