//! The kernels and the elementwise layers, each alone, on the sizes of the workloads.

use std::hint::black_box;

use typenet::prelude::*;

use crate::Workload;
use crate::networks::{Digits, Plain};

fn random(len: usize) -> Vec<f32> {
    crate::networks::inputs::<1>(len, &mut seeded(3)).into_flattened()
}

/// The three products of a dense layer.
fn products(samples: usize, inputs: usize, outputs: usize) -> [Workload; 3] {
    let size = format!("{samples}x{inputs}x{outputs}");
    let work = samples * inputs * outputs;
    let (x, w, b) = (random(samples * inputs), random(inputs * outputs), random(outputs));
    let mut y = random(samples * outputs);
    let affine = Workload::new(format!("affine {size}"), "run", work, 1, move || {
        f32::affine(black_box(&x), &w, &b, &mut y);
    });
    let (x, mut dw, mut db) = (random(samples * inputs), random(inputs * outputs), random(outputs));
    let dy = random(samples * outputs);
    let weight = Workload::new(format!("weight {size}"), "run", work, 1, move || {
        f32::weight_gradient(black_box(&x), &dy, &mut dw, &mut db);
    });
    let (mut dx, w, dy) = (random(samples * inputs), random(inputs * outputs), random(samples * outputs));
    let input = Workload::new(format!("input {size}"), "run", work, 1, move || {
        f32::input_gradient(black_box(&dy), &w, outputs, &mut dx);
    });
    [affine, weight, input]
}

/// A layer of 128 features alone, 32 samples.
fn layer<L: Layer<[f32; 128], Output = [f32; 128]> + 'static>(name: &str) -> [Workload; 2] {
    let network = initialized::<L>(1);
    let x = crate::networks::inputs::<128>(32, &mut seeded(4));
    let (mut y, mut dy, mut dx) = (x.clone(), x.clone(), x.clone());
    let mut gradient = L::Gradient::ZERO;
    let mut tape = L::Tape::<Heap>::EMPTY;
    tape.grow(32);
    let mut rng = seeded(5);
    network.forward_train(&x, &mut y, &mut tape, &mut rng);
    let forward = {
        let (network, x, mut y) = (initialized::<L>(1), x.clone(), y.clone());
        let mut tape = L::Tape::<Heap>::EMPTY;
        tape.grow(32);
        Workload::new(format!("{name} forward"), "scalar", 0, 32 * 128, move || {
            network.forward_train(black_box(&x), &mut y, &mut tape, &mut rng);
        })
    };
    let backward = Workload::new(format!("{name} backward"), "scalar", 0, 32 * 128, move || {
        network.backward(black_box(&x), &y, &mut tape, &mut dy, Some(&mut dx), &mut gradient);
    });
    [forward, backward]
}

/// Adam alone. The gradient is constant, and zero where the moments are to be subnormal.
fn adam<N: Parameters + 'static>(name: &str, subnormal: bool) -> Workload {
    let (mut network, mut gradient) = (initialized::<N>(1), typenet::bytemuck::zeroed_box::<N::Gradient>());
    let mut state = typenet::bytemuck::zeroed_box::<[N::Gradient; 2]>();
    struct Fill(bool);
    impl Walker<3> for Fill {
        fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], [gradient, mean, square]: [&mut [T]; 3]) {
            if self.0 {
                mean.fill(T::from_f64(1e-39));
                square.fill(T::from_f64(1e-39));
            } else {
                gradient.copy_from_slice(values);
            }
        }
    }
    let [mean, square] = &mut *state;
    network.walk([&mut gradient, mean, square], &Path::ROOT, &mut Fill(subnormal));
    Workload::new(format!("adam {name}"), "scalar", 0, N::COUNT, move || {
        Adam::new(1e-6).update(&mut *network, &mut gradient, &mut state, 1000);
    })
}

pub fn all() -> Vec<Workload> {
    let mut all = Vec::new();
    for (samples, inputs, outputs) in [
        (1, 20, 128),
        (1, 128, 64),
        (1, 64, 1),
        (32, 20, 128),
        (32, 128, 64),
        (32, 64, 1),
        (128, 784, 512),
        (128, 512, 512),
        (128, 512, 10),
    ] {
        all.extend(products(samples, inputs, outputs));
    }
    all.extend(layer::<Relu>("relu"));
    all.extend(layer::<BatchNorm<128>>("batch norm"));
    all.extend(layer::<Dropout>("dropout"));
    all.extend(layer::<Tanh>("tanh"));
    all.extend(layer::<Sigmoid>("sigmoid"));
    all.extend(layer::<Gelu>("gelu"));
    all.push(adam::<Plain>("W1", false));
    all.push(adam::<Plain>("W1, subnormal", true));
    all.push(adam::<Digits>("W3", false));
    all
}
