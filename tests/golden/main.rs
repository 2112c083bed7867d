//! typenet against PyTorch and Keras: the numbers that `generate.py` wrote, in `f32` and in `f64`.
//!
//! # Tolerances
//!
//! A number passes if it differs by at most [`Number::TOLERANCE`] of its own size, or of a tenth of
//! the largest number in its array where it is smaller than that: a sum carries the rounding of its
//! largest terms even where they cancel, and the derivative `y (1 - y)` that of `y`.
//!
//! | scalar | tolerance | reason |
//! | --- | --- | --- |
//! | `f32` | 1e-5 | 84 units in the last place, for sums over a batch and for ten steps in a row |
//! | `f64` | 1e-12 | the oracles agree with each other to 1e-12; 4500 units in the last place |
//!
//! The mistakes that this is to find (a sign, a factor, epsilon at another place, a biased variance
//! for an unbiased one) are larger by far in `f64`.

#![allow(clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

mod activations;
mod blocks;
mod file;
mod layers;
mod losses;
mod network;
mod optimizers;
mod padded;
mod recurrent;

use std::collections::BTreeSet;

use file::Read;
use typenet::prelude::*;

/// A scalar that golden files are compared in.
pub trait Number: Scalar + Read {
    /// The largest relative difference that passes.
    const TOLERANCE: f64;
}

impl Number for f32 {
    const TOLERANCE: f64 = 1e-5;
}

impl Number for f64 {
    const TOLERANCE: f64 = 1e-12;
}

/// Numbers smaller than this share of the largest in their array are compared with that share.
const SMALL: f64 = 0.1;

/// Compares all numbers of two nested arrays.
#[track_caller]
pub fn close<X, E>(what: &str, found: &[X], expected: &[E])
where
    X: Tensor<Scalar: Number>,
    E: Tensor<Scalar = f64>,
{
    let (found, expected) = (X::flat(found), E::flat(expected));
    assert_eq!(found.len(), expected.len(), "{what}: the number of numbers");
    let largest = expected.iter().fold(0.0_f64, |largest, e| largest.max(e.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let found = found.to_f64();
        let allowed = X::Scalar::TOLERANCE * expected.abs().max(SMALL * largest);
        // Written so that a not-a-number fails.
        let passes = (found - expected).abs() <= allowed;
        let scalar = std::any::type_name::<X::Scalar>();
        assert!(passes, "{what} in {scalar}, number {index}: {found:e}, but the oracle says {expected:e}");
    }
}

/// Compares one number.
#[track_caller]
pub fn close_number<T: Number>(what: &str, found: T, expected: f64) {
    close(what, &[found], &[expected]);
}

/// The last part of a type's path, without its parameters: `Relu`.
pub fn name_of<V>() -> &'static str {
    let name = std::any::type_name::<V>();
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}

/// Checks that the names compared are all those that a module of the library exports, but for
/// those that are no subject of comparison.
pub fn assert_all_compared(module: &str, compared: &BTreeSet<&str>, others: &[&str]) {
    let exported: BTreeSet<&str> = exported(module).filter(|name| !others.contains(name)).collect();
    assert!(exported.len() > 5, "the exports were not found: {exported:?}");
    assert_eq!(*compared, exported, "what the golden files hold against what the library exports");
}

/// The types and traits of a module's `pub use`, however its lines are broken.
fn exported(module: &str) -> impl Iterator<Item = &str> {
    let statements = module.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
    let words = statements.flat_map(|names| names.split(|c: char| !c.is_alphanumeric() && c != '_'));
    words.filter(|word| word.starts_with(char::is_uppercase))
}

#[test]
fn exports() {
    let module = "
        mod hinge;
        pub use focal::FocalLogits;
        pub use hinge::{Hinge, SquaredHinge};
        pub use weighted::{
            ClassWeighted, SampleWeighted,
            helper,
        };
        pub(crate) use hinge::Inner;
        pub struct Here;
    ";
    let expected = ["FocalLogits", "Hinge", "SquaredHinge", "ClassWeighted", "SampleWeighted"];
    assert!(exported(module).eq(expected));
}

#[test]
fn names() {
    assert_eq!(name_of::<LeakyRelu<3, -1>>(), "LeakyRelu");
    assert_eq!(name_of::<f32>(), "f32");
}

#[test]
fn what_is_close() {
    // The tenth of the largest is 1: so much smaller numbers may be off by 1e-12.
    close("near", &[10.0, 1.0 + 9e-13, 1e-6 - 9e-13, 9e-13], &[10.0, 1.0, 1e-6, 0.0]);
    close("single", &[1.0_f32 + 9e-6, -1.0], &[1.0, -1.0 - 9e-6]);
    let fails = |found: f64, expected: f64| {
        let compare = move || close("far", &[10.0, found], &[10.0, expected]);
        assert!(std::panic::catch_unwind(compare).is_err(), "{found:e} passes for {expected:e}");
    };
    fails(1.0 + 2e-12, 1.0);
    fails(1e-6 + 2e-12, 1e-6);
    fails(2e-12, 0.0);
    fails(-1.0, 1.0);
    fails(f64::NAN, 1.0);
    fails(f64::INFINITY, 1.0);
}
