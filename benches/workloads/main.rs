//! The training and inference workloads, beside the peak of one core.
//!
//! `cargo bench --bench workloads`, or with the beginnings of some names:
//! `cargo bench --bench workloads -- W1 W3`.
//! `--features rayon` gives W3 all cores, or as many as `RAYON_NUM_THREADS` says.
//! The workloads take turns in short rounds, so that all see the same load of the machine. The
//! smallest time is what the code needs; the median also shows the load.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "not library code")]

mod networks;
mod peak;

use std::hint::black_box;
use std::time::{Duration, Instant};

use networks::{Classifier, Digits, Inference, Plain, Training, digits, inputs, tumours};
use typenet::prelude::*;

/// How long one round of one workload lasts, and how many rounds there are.
const ROUND: Duration = Duration::from_millis(2);
const ROUNDS: usize = 100;

/// What is measured.
pub struct Workload {
    name: String,
    unit: &'static str,
    /// Multiply-adds and samples (or steps) of one run.
    multiply_adds: f64,
    per_run: f64,
    run: Box<dyn FnMut()>,
    times: Vec<f64>,
}

impl Workload {
    /// Something that runs and counts what it multiplies and adds.
    pub fn new(
        name: impl Into<String>,
        unit: &'static str,
        multiply_adds: usize,
        per_run: usize,
        run: impl FnMut() + 'static,
    ) -> Self {
        let (multiply_adds, per_run) = (multiply_adds as f64, per_run as f64);
        Self { name: name.into(), unit, multiply_adds, per_run, run: Box::new(run), times: Vec::new() }
    }

    fn round(&mut self, runs: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..runs {
            (self.run)();
        }
        start.elapsed()
    }
}

/// The multiply-adds of a training step: forward, weight gradient, and input gradient everywhere
/// but in the first layer.
fn training<N: Layer<X>, X: Sample, First: Layer<X>>(batch: usize) -> usize {
    batch * (3 * N::MULTIPLY_ADDS - First::MULTIPLY_ADDS)
}

fn train<N, X, Y, L>(name: &'static str, work: usize, loss: L, data: (Vec<X>, Vec<Y>), batch: usize) -> Workload
where
    N: Layer<X> + 'static,
    N::Output: Tensor<Scalar = f32>,
    X: Sample,
    Y: Sample,
    L: Loss<N::Output, Y> + 'static,
{
    let mut training = Training::<N, X, Y, L>::new(loss, data, batch);
    Workload::new(name, "step", work, 1, move || {
        black_box(training.step());
    })
}

fn infer(name: &'static str, batch: usize) -> Workload {
    let mut inference = Inference::<Plain, [f32; 20], _>::new(inputs(batch, &mut seeded(2)));
    Workload::new(name, "sample", batch * <Plain as Layer<[f32; 20]>>::MULTIPLY_ADDS, batch, move || {
        black_box(inference.run());
    })
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with("--")).collect();
    let small = training::<Plain, [f32; 20], Dense<20, 128>>(32);
    let large = training::<Digits, [f32; 784], Dense<784, 512>>(128);
    let rng = &mut seeded(1);
    let mut workloads = vec![
        Workload::new("peak", "run", peak::MULTIPLY_ADDS, 1, peak::run),
        train::<Classifier, _, _, _>("W1", small, BinaryCrossEntropyLogits, tumours(rng), 32),
        train::<Plain, _, _, _>("W1-plain", small, BinaryCrossEntropyLogits, tumours(rng), 32),
        infer("W2-1", 1),
        infer("W2-32", 32),
        infer("W2-1024", 1024),
        train::<Digits, _, _, _>("W3", large, SparseCategoricalCrossEntropyLogits, digits(rng), 128),
    ];
    workloads.retain(|workload| {
        workload.name == "peak"
            || wanted.is_empty()
            || wanted.iter().any(|wanted| workload.name.starts_with(wanted.as_str()))
    });

    let mut runs = Vec::new();
    for workload in &mut workloads {
        // A warm-up tells how often to run in a round.
        workload.round(3);
        let once = workload.round(3) / 3;
        runs.push((ROUND.as_nanos() / once.as_nanos().max(1)).max(1) as u32);
    }
    for _ in 0..ROUNDS {
        for (workload, runs) in workloads.iter_mut().zip(&runs) {
            let time = workload.round(*runs).as_nanos() as f64 / f64::from(*runs);
            workload.times.push(time);
        }
    }

    println!(
        "{:<24} {:>12} {:>12}  {:<10} {:>9} {:>8}",
        "workload", "least ns", "median ns", "per", "GFLOP/s", "of peak"
    );
    let mut peak = f64::NAN;
    for workload in &mut workloads {
        workload.times.sort_by(f64::total_cmp);
        let (least, median) = (workload.times[0], workload.times[workload.times.len() / 2]);
        let speed = 2.0 * workload.multiply_adds / least;
        if peak.is_nan() {
            peak = speed;
        }
        println!(
            "{:<24} {:>12.3} {:>12.3}  {:<10} {:>9.1} {:>7.1}%",
            workload.name,
            least / workload.per_run,
            median / workload.per_run,
            workload.unit,
            speed,
            100.0 * speed / peak,
        );
    }
}
