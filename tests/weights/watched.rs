//! Checksums that do not compile: of `other.weights`, `flipped.weights` and `cut.weights` of make.py.

use typenet::prelude::*;

type Network = Sequential![Dense<2, 3>, Tanh, Dense<3, 1>];
const OTHER: Scrub<Network> = typenet::scrub!(Network, "other.weights");
const FLIPPED: Scrub<Network> = typenet::scrub!(Network, "flipped.weights");
const CUT: Scrub<Network> = typenet::scrub!(Network, "cut.weights");

fn main() {
    println!("{OTHER:?} {FLIPPED:?} {CUT:?}");
}
