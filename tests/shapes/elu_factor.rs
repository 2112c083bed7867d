use typenet::prelude::*;

const _: f64 = Elu::<1, 400>::ALPHA;

fn main() {}
