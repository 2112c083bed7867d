use typenet::prelude::*;

fn read() -> Vec<[[f32; 28]; 28]> {
    read_idx("images").unwrap() // off
}

fn read_both() -> Dataset<[[[f32; 28]; 28]; 1], u8> {
    Dataset::from_idx("images", "labels").unwrap() // off
}

fn main() {}
