//! Inference of one sequence through a GRU: 32 hidden units, 8 inputs, 64 steps, `f32`; and the same
//! sample by sample.
//!
//! `cargo bench --bench gru`

use std::hint::black_box;
use std::time::Instant;

use typenet::prelude::*;

type Layer32 = Gru<8, 32>;

/// The shortest of many rounds, in microseconds: what else runs on the machine only adds.
fn shortest(mut run: impl FnMut()) -> f64 {
    let mut shortest = f64::INFINITY;
    for _ in 0..100_000 {
        let start = Instant::now();
        for _ in 0..4 {
            run();
        }
        shortest = shortest.min(start.elapsed().as_secs_f64() * 1e6 / 4.0);
    }
    shortest
}

fn main() {
    let network = initialized_with::<Layer32>(Initializer::GlorotUniform, 1);
    let sequence: [[f32; 8]; 64] = std::array::from_fn(|t| std::array::from_fn(|i| ((t * 8 + i) as f32 * 0.37).sin()));
    let input = [sequence];

    let mut output = [[0.0_f32; 32]];
    let whole = shortest(|| network.forward(black_box(&input), black_box(&mut output)));
    println!("whole sequence:   {whole:6.2} us");

    let mut last = [0.0; 32];
    let stepped = shortest(|| {
        let mut state = network.start();
        for x in black_box(&sequence) {
            last = network.step(&mut state, x);
        }
        black_box(&last);
    });
    println!("sample by sample: {stepped:6.2} us");
    assert_eq!(last, output[0], "the same numbers");
}
