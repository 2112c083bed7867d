use typenet::prelude::*;

const _: f64 = LeakyRelu::<1, 400>::SLOPE;

fn main() {}
