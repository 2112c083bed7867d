//! A language model of characters, of two transformer blocks: it reads this project's own documentation
//! for about half a minute and goes on writing.
//!
//!     cargo run --release --example tiny_gpt
use std::time::Instant;

use typenet::prelude::*;
use typenet::rand::{Rng, RngExt};

/// How many characters it sees.
const STEPS: usize = 48;
/// The characters of ASCII.
const CHARACTERS: usize = 128;

type Model = Sequential![
    Embedding<CHARACTERS, 64>,
    LearntPosition<STEPS, 64>,
    Repeat<2, TransformerBlock<64, 4, 128, true>>,
    LayerNorm<64>,
    TimeDistributed<Dense<64, CHARACTERS>>,
];

/// From each character to the next one.
type Text = [u8; STEPS];

fn window(text: &[u8], start: usize) -> Option<Text> {
    text.get(start..)?.first_chunk().copied()
}

fn main() -> Result<(), typenet::Error> {
    let text = concat!(include_str!("../README.md"), include_str!("../ARCHITECTURE.md"));
    let text: Vec<u8> = text.bytes().filter(u8::is_ascii).collect();
    println!("{} characters\n{}\n", text.len(), Summary::<Model, Text>::NEW);

    let rng = &mut seeded(1);
    let mut model = initialized_with::<Model>(Initializer::LecunNormal, 1);
    let mut workspace = Workspace::<Model, Text, Adam, Heap>::EMPTY;
    let loss = PerStep(SparseCategoricalCrossEntropyLogits);
    let (start, steps) = (Instant::now(), 2000);
    let mut mean = 0.0;
    for step in 1..=steps {
        let places: Vec<usize> = (0..16).map(|_| rng.random_range(0..text.len() - STEPS)).collect();
        let inputs: Vec<Text> = places.iter().filter_map(|at| window(&text, *at)).collect();
        let targets: Vec<Text> = places.iter().filter_map(|at| window(&text, at + 1)).collect();
        // Up for 100 steps, then down along a cosine.
        let rate =
            3e-3 * (step as f64 / 100.0).min(0.5 + 0.5 * (std::f64::consts::PI * step as f64 / steps as f64).cos());
        mean += f64::from(workspace.train_step(&mut model, &loss, &Adam::new(rate), &inputs, &targets, rng)?) / 200.0;
        if step % 200 == 0 {
            println!("step {step:4}: loss {mean:.3}, {:4.1} s", start.elapsed().as_secs_f64());
            mean = 0.0;
        }
    }
    println!("\n{}", continued(&model, "A layer ", 400, rng));
    Ok(())
}

/// Writes on, each character drawn by its probability; those of less than a twentieth of the likeliest
/// are left out.
fn continued(model: &Model, prompt: &str, characters: usize, rng: &mut impl Rng) -> String {
    let mut text = prompt.as_bytes().to_vec();
    for _ in 0..characters {
        // What comes after the known characters is not seen, whatever it is.
        let known = &text[text.len().saturating_sub(STEPS)..];
        let mut input = [0; STEPS];
        input[..known.len()].copy_from_slice(known);
        let mut output = [[[0.0; CHARACTERS]; STEPS]];
        model.forward(&[input], &mut output);
        let mut shares = [[0.0_f32; CHARACTERS]];
        Softmax.forward(&[output[0][known.len() - 1]], &mut shares);
        let largest = shares[0].iter().fold(0.0_f32, |a, b| a.max(*b));
        let shares = shares[0].map(|share| if share < largest / 20.0 { 0.0 } else { share });
        let mut left = rng.random_range(0.0..shares.iter().sum());
        let next = shares.iter().position(|share| {
            left -= share;
            left < 0.0
        });
        text.push(next.unwrap_or(usize::from(b' ')) as u8);
    }
    String::from_utf8_lossy(&text).into_owned()
}
