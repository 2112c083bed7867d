// without the default features
use typenet::prelude::*;

fn main() {
    let mut network = Dense::<4, 1>::ZERO;
    Weights::read(&[], &mut network).unwrap(); // off
}
