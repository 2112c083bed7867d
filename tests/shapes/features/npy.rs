use typenet::prelude::*;

fn read() -> Vec<[f32; 4]> {
    read_npy("inputs.npy").unwrap() // off
}

fn read_both() -> Dataset<[f32; 4], [f32; 1]> {
    Dataset::from_npy("inputs.npy", "targets.npy").unwrap() // off
}

fn main() {}
