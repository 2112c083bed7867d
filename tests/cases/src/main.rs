//! On the desktop: prints the hashes of all cases, or with the argument `names` their names.

use cases::Cases;
use cases::draw::Draw;
use typenet::network::Emission;
use typenet::prelude::*;

fn main() {
    if std::env::args().nth(1).is_some_and(|argument| argument == "names") {
        cases::each(&mut Names);
    } else {
        cases::hash::hash_all(|name, outputs, weights| println!("{name}: {outputs:08x} {weights:08x}"));
    }
}

struct Names;

impl Cases for Names {
    fn layer<N, X>(&mut self, name: &'static str)
    where
        X: Draw,
        N: Layer<X>,
        N::Output: Tensor<Scalar = f32> + Draw,
    {
        println!("{name}");
    }

    fn stream<N, X>(&mut self, name: &'static str)
    where
        X: Draw,
        N: Stream<X, Output: Emission<Item: Tensor<Scalar = f32>>>,
    {
        println!("{name}");
    }

    fn loss<L: Loss<[f32; 3], T>, T: Draw>(&mut self, name: &'static str, _: L) {
        println!("{name}");
    }

    fn optimizer<O: Optimizer>(&mut self, name: &'static str, _: O) {
        println!("{name}");
    }

    fn other(&mut self, name: &'static str, _: fn()) {
        println!("{name}");
    }
}
