//! What subnormal numbers cost: Adam on data that a network separates without error.
//!
//! There the gradients vanish, and with them the moments, until they leave the range of full
//! precision. [`Adam`] sets such moments to 0. Two networks are trained here side by side by one and
//! the same loop, with and without that, and both are timed as training goes on.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "not library code")]

use std::time::Instant;

use pulp::{Arch, Simd, WithSimd};
use typenet::prelude::*;

type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 64>, Relu, Dense<64, 1>];

/// Adam with its default settings, on the widest vector unit.
struct Plain<const FLUSH: bool>;

struct Update<'a, T, const FLUSH: bool> {
    rate: T,
    values: &'a mut [T],
    trees: [&'a mut [T]; 3],
}

impl<T: Scalar, const FLUSH: bool> WithSimd for Update<'_, T, FLUSH> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let [gradient, mean, square] = self.trees;
        let number = T::from_f64;
        let flushed = |x: T| if FLUSH { x.flushed() } else { x };
        for (((w, g), m), v) in self.values.iter_mut().zip(gradient).zip(mean).zip(square) {
            let gradient = *g;
            let mean = flushed(number(0.9) * *m + number(0.1) * gradient);
            let square = flushed(number(0.999) * *v + number(0.001) * gradient * gradient);
            *w -= self.rate * mean / (square.sqrt() + number(1e-7));
            *m = mean;
            *v = square;
        }
    }
}

struct Walk<const FLUSH: bool>(f64);

impl<const FLUSH: bool> Walker<3> for Walk<FLUSH> {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], trees: [&mut [T]; 3]) {
        Arch::new().dispatch(Update::<T, FLUSH> { rate: T::from_f64(self.0), values, trees });
    }
}

impl<const FLUSH: bool> Optimizer for Plain<FLUSH> {
    type State<G: One> = [G; 2];

    fn learning_rate(&self) -> f64 {
        0.001
    }

    fn set_learning_rate(&mut self, _: f64) {}

    fn check(&self, _: u64) -> Result<(), Error> {
        Ok(())
    }

    fn update<N: Parameters>(
        &self,
        network: &mut N,
        gradient: &mut N::Gradient,
        [mean, square]: &mut [N::Gradient; 2],
        step: u64,
        _: &impl Factors,
    ) {
        let step = step as f64;
        let correction = (1.0 - 0.999_f64.powf(step)).sqrt() / (1.0 - 0.9_f64.powf(step));
        network.walk([gradient, mean, square], &Path::ROOT, &mut Walk::<FLUSH>(0.001 * correction));
    }

    fn walk_state<G: One>([mean, square]: &mut [G; 2], visitor: &mut impl StateVisitor<G>) {
        visitor.tree("mean", mean);
        visitor.tree("square", square);
    }
}

/// One training.
struct Run<O: Optimizer> {
    network: Box<Network>,
    workspace: Workspace<Network, [f32; 20], O, Heap>,
    optimizer: O,
}

impl<O: Optimizer> Run<O> {
    fn new(optimizer: O) -> Self {
        Self { network: initialized(1), workspace: Workspace::EMPTY, optimizer }
    }

    /// So many steps; the microseconds of one.
    fn steps(&mut self, steps: usize, (inputs, targets): (&[[f32; 20]], &[[f32; 1]])) -> f64 {
        let start = Instant::now();
        let batches = inputs.chunks_exact(32).zip(targets.chunks_exact(32)).cycle();
        for (inputs, targets) in batches.take(steps) {
            let loss = BinaryCrossEntropyLogits;
            let step =
                self.workspace.train_step(&mut self.network, &loss, &self.optimizer, inputs, targets, &mut seeded(1));
            step.expect("separable data cannot fail");
        }
        start.elapsed().as_secs_f64() * 1e6 / steps as f64
    }
}

/// Two clouds that a wide gap parts.
fn data() -> (Vec<[f32; 20]>, Vec<[f32; 1]>) {
    let mut noise = seeded(2);
    (0..512)
        .map(|sample| {
            let side = if sample % 2 == 0 { 1.0 } else { -1.0 };
            let mut input = [0.0; 20];
            Initializer::LecunUniform.fill(&mut input, 1, Fan { input: 1, output: 1 }, &mut noise);
            (input.map(|x| 0.3 * x + side), [(side + 1.0) / 2.0])
        })
        .unzip()
}

fn main() {
    const STEPS: usize = 1000;
    const ROUNDS: usize = 40;
    let (inputs, targets) = data();
    let (mut flushed, mut plain) = (Run::new(Plain::<true>), Run::new(Plain::<false>));
    println!("{:>8} {:>14} {:>16} {:>8}", "steps", "flushed us", "not flushed us", "ratio");
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let one = flushed.steps(STEPS, (&inputs, &targets));
        let other = plain.steps(STEPS, (&inputs, &targets));
        ratios.push(other / one);
        if round % 5 == 0 {
            let last = &mut ratios[round - 5..];
            last.sort_by(f64::total_cmp);
            println!("{:>8} {one:>14.2} {other:>16.2} {:>8.2}", round * STEPS, last[2]);
        }
    }
}
