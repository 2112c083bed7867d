//! The kernels and the elementwise layers, each alone, on the sizes of the workloads.
//!
//! `cargo bench --bench kernels`, or with a part of some names: `cargo bench --bench kernels -- "weight gradient"`.
//! A throughput of products is in multiply-adds, any other one in scalars.
#![allow(clippy::expect_used, missing_docs, reason = "not library code")]

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand::RngExt;
use typenet::prelude::*;

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
fn products(criterion: &mut Criterion) {
    let mut each = |kernel: &str, run: fn(&mut BenchmarkGroup<'_, WallTime>, BenchmarkId, (usize, usize, usize))| {
        let mut group = criterion.benchmark_group(kernel);
        for (samples, inputs, outputs) in SIZES {
            group.throughput(Throughput::Elements((samples * inputs * outputs) as u64));
            let id = BenchmarkId::from_parameter(format!("{samples}x{inputs}x{outputs}"));
            run(&mut group, id, (samples, inputs, outputs));
        }
        group.finish();
    };
    each("affine", |group, id, (samples, inputs, outputs)| {
        let (x, w, b) = (numbers(samples * inputs), numbers(inputs * outputs), numbers(outputs));
        let mut y = numbers(samples * outputs);
        group.bench_function(id, |bencher| bencher.iter(|| f32::affine(black_box(&x), &w, &b, &mut y)));
    });
    each("weight gradient", |group, id, (samples, inputs, outputs)| {
        let (x, dy) = (numbers(samples * inputs), numbers(samples * outputs));
        let (mut dw, mut db) = (numbers(inputs * outputs), numbers(outputs));
        group.bench_function(id, |bencher| {
            bencher.iter(|| f32::weight_gradient(black_box(&x), &dy, &mut dw, &mut db));
        });
    });
    each("input gradient", |group, id, (samples, inputs, outputs)| {
        let (w, dy, mut dx) = (numbers(inputs * outputs), numbers(samples * outputs), numbers(samples * inputs));
        group.bench_function(id, |bencher| {
            bencher.iter(|| f32::input_gradient(black_box(&dy), &w, outputs, &mut dx));
        });
    });
}

/// A layer of 128 features alone, 32 samples.
fn layer<L: Layer<[f32; 128], Output = [f32; 128]>>(criterion: &mut Criterion, name: &str) {
    let network = initialized::<L>(1);
    let x = random::<128>(32, 4);
    let (mut y, mut dy, mut dx) = (x.clone(), x.clone(), x.clone());
    let mut gradient = L::Gradient::ZERO;
    let mut tape = L::Tape::<Heap>::EMPTY;
    tape.grow(32);
    let mut rng = seeded(5);
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(32 * 128));
    group.bench_function("forward", |bencher| {
        bencher.iter(|| network.forward_train::<Heap>(black_box(&x), &mut y, &mut tape, &mut rng));
    });
    group.bench_function("backward", |bencher| {
        bencher.iter(|| {
            network.backward::<Heap>(black_box(&x), &y, &mut tape, &mut dy, Some(&mut dx), &mut gradient);
        });
    });
    group.finish();
}

/// Batch normalisation, dropout, and activations through each elementary function.
fn layers(criterion: &mut Criterion) {
    layer::<BatchNorm<128>>(criterion, "batch norm");
    layer::<Dropout>(criterion, "dropout");
    layer::<Relu>(criterion, "relu");
    layer::<Elu>(criterion, "elu (exp_m1)");
    layer::<Tanh>(criterion, "tanh");
    layer::<Sigmoid>(criterion, "sigmoid (exp)");
    layer::<Gelu>(criterion, "gelu (erf)");
}

/// One update of all parameters.
fn adam<N: Parameters>(criterion: &mut Criterion, name: &str) {
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
    let mut group = criterion.benchmark_group("adam");
    group.throughput(Throughput::Elements(N::COUNT as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| Adam::new(1e-6).update(&mut *network, &mut gradient, &mut state, 1000, &()));
    });
    group.finish();
}

fn optimizers(criterion: &mut Criterion) {
    adam::<Sequential![Dense<20, 128>, Relu, Dense<128, 64>, Relu, Dense<64, 1>]>(criterion, "20-128-64-1");
    adam::<Sequential![Dense<784, 512>, Relu, Dense<512, 512>, Relu, Dense<512, 10>]>(criterion, "784-512-512-10");
}

fn settings() -> Criterion {
    Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
}

criterion_group! { name = kernels; config = settings(); targets = products, layers, optimizers }
criterion_main!(kernels);
