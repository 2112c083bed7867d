//! The kernels and the elementwise layers, each alone, on the sizes of the workloads.
//!
//! `cargo bench --bench kernels`, or with a part of some names: `cargo bench --bench kernels -- "weight gradient"`.
//! The rate of products is in multiply-adds, any other one in scalars.
#![allow(clippy::indexing_slicing, reason = "not library code")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use rand::RngExt;
use typenet::prelude::*;

/// How long one sample of the time lasts at least, and how many there are.
const SAMPLE: Duration = Duration::from_millis(20);
const SAMPLES: usize = 30;

/// Prints the least and the median time of a run, if its name is wanted.
fn measure(name: &str, elements: usize, mut run: impl FnMut()) {
    let mut wanted = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).peekable();
    if wanted.peek().is_some() && !wanted.any(|part| name.contains(&part)) {
        return;
    }
    let mut sample = |runs: u32| {
        let start = Instant::now();
        for _ in 0..runs {
            run();
        }
        start.elapsed()
    };
    // Twice as often until it is long enough, which also warms up.
    let mut runs = 1;
    while sample(runs) < SAMPLE {
        runs *= 2;
    }
    let mut times: Vec<f64> = (0..SAMPLES).map(|_| sample(runs).as_nanos() as f64 / f64::from(runs)).collect();
    times.sort_by(f64::total_cmp);
    let (least, median) = (times[0], times[SAMPLES / 2]);
    println!("{name:<32} {least:>12.1} ns least {median:>12.1} ns median {:>8.2} G/s", elements as f64 / least);
}

/// The layers of W1 and W2 (one sample and 32) and of W3 (128): samples, inputs, outputs.
const SIZES: [(usize, usize, usize); 9] = [
    (1, 20, 128),
    (1, 128, 64),
    (1, 64, 1),
    (32, 20, 128),
    (32, 128, 64),
    (32, 64, 1),
    (128, 784, 512),
    (128, 512, 512),
    (128, 512, 10),
];

fn random<const N: usize>(samples: usize, seed: u64) -> Vec<[f32; N]> {
    let mut rng = seeded(seed);
    (0..samples).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect()
}

fn numbers(len: usize) -> Vec<f32> {
    random::<1>(len, 3).into_flattened()
}

/// The three products of a dense layer.
fn products() {
    for (samples, inputs, outputs) in SIZES {
        let size = format!("{samples}x{inputs}x{outputs}");
        let work = samples * inputs * outputs;
        let (x, w, b) = (numbers(samples * inputs), numbers(inputs * outputs), numbers(outputs));
        let mut y = numbers(samples * outputs);
        measure(&format!("affine/{size}"), work, || f32::affine(black_box(&x), &w, &b, outputs, &mut y));
        let (mut dw, mut db) = (numbers(inputs * outputs), numbers(outputs));
        let dy = numbers(samples * outputs);
        measure(&format!("weight gradient/{size}"), work, || {
            f32::weight_gradient(black_box(&x), &dy, outputs, &mut dw, &mut db);
        });
        let mut dx = numbers(samples * inputs);
        measure(&format!("input gradient/{size}"), work, || f32::input_gradient(black_box(&dy), &w, outputs, &mut dx));
    }
}

/// A layer of 128 features alone, 32 samples.
fn layer<L: Layer<[f32; 128], Output = [f32; 128]>>(name: &str) {
    let network = initialized::<L>(1);
    let x = random::<128>(32, 4);
    let (mut y, mut dy, mut dx) = (x.clone(), x.clone(), x.clone());
    let mut gradient = L::Gradient::ZERO;
    let mut tape = L::Tape::<Heap>::EMPTY;
    tape.grow(32);
    let mut rng = seeded(5);
    // Also the backward pass alone has a tape to read.
    network.forward_train::<Heap>(&x, &mut y, &mut tape, &mut rng);
    measure(&format!("{name}/forward"), 32 * 128, || {
        network.forward_train::<Heap>(black_box(&x), &mut y, &mut tape, &mut rng);
    });
    measure(&format!("{name}/backward"), 32 * 128, || {
        network.backward::<Heap>(black_box(&x), &y, &mut tape, &mut dy, Some(&mut dx), &mut gradient);
    });
}

/// One update of all parameters.
fn adam<N: Parameters>(name: &str) {
    /// A gradient of the size of the weights.
    struct Copy;
    impl Walker<1> for Copy {
        fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], [gradient]: [&mut [T]; 1]) {
            gradient.copy_from_slice(values);
        }
    }
    let (mut network, mut gradient) = (initialized::<N>(1), typenet::bytemuck::zeroed_box::<N::Gradient>());
    let mut state = typenet::bytemuck::zeroed_box::<[N::Gradient; 2]>();
    network.walk([&mut *gradient], &Path::ROOT, &mut Copy);
    measure(&format!("adam/{name}"), N::COUNT, || {
        Adam::new(1e-6).update(&mut *network, &mut gradient, &mut state, 1000, &());
    });
}

fn main() {
    products();
    // Activations through each elementary function.
    layer::<BatchNorm<128>>("batch norm");
    layer::<Dropout>("dropout");
    layer::<Relu>("relu");
    layer::<Elu>("elu (exp_m1)");
    layer::<Tanh>("tanh");
    layer::<Sigmoid>("sigmoid (exp)");
    layer::<Gelu>("gelu (erf)");
    adam::<Sequential![Dense<20, 128>, Relu, Dense<128, 64>, Relu, Dense<64, 1>]>("20-128-64-1");
    adam::<Sequential![Dense<784, 512>, Relu, Dense<512, 512>, Relu, Dense<512, 10>]>("784-512-512-10");
}
