//! The bits of a training step do not depend on the number of threads.
#![allow(clippy::unwrap_used, reason = "a test")]

use rayon::ThreadPoolBuilder;
use typenet::prelude::*;

/// Large enough that products and optimizer are shared among threads, with sizes that no piece divides.
type Network = Sequential![Dense<390, 517>, Relu, BatchNorm<517>, Dropout, Dense<517, 301>, Tanh, Dense<301, 10>];

/// The bits of everything after three steps.
fn train(threads: usize, samples: usize) -> Vec<u32> {
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| steps(samples))
}

fn steps(samples: usize) -> Vec<u32> {
    let mut network = initialized::<Network>(1);
    let mut workspace = Workspace::<Network, [f32; 390], Adam, Heap>::EMPTY;
    let mut rng = seeded(2);
    let inputs: Vec<[f32; 390]> =
        (0..samples).map(|n| core::array::from_fn(|i| ((n * 31 + i * 17) % 101) as f32 / 50.0 - 1.0)).collect();
    let targets: Vec<usize> = (0..samples).map(|n| n % 10).collect();
    let mut bits = Vec::new();
    for _ in 0..3 {
        let (loss, adam) = (SparseCategoricalCrossEntropyLogits, Adam::default());
        let loss = workspace.train_step(&mut network, &loss, &adam, &inputs, &targets, &mut rng).unwrap();
        bits.push(loss.to_bits());
    }
    struct Bits<'a>(&'a mut Vec<u32>);
    impl Visitor for Bits<'_> {
        fn array<T: Scalar>(&mut self, _: &Entry<'_>, values: &[T]) {
            self.0.extend(values.iter().map(|value| (value.to_f64() as f32).to_bits()));
        }
    }
    network.visit(&Path::ROOT, &mut Bits(&mut bits));
    bits
}

/// What a process prints that can have no thread.
fn told(bits: &[u32]) -> String {
    format!("bits {:?}", bits.iter().fold(0_u64, |hash, bits| hash.wrapping_mul(31).wrapping_add(u64::from(*bits))))
}

#[cfg(unix)]
#[test]
fn without_threads_the_bits_are_the_same() {
    const CHILD: &str = "TYPENET_WITHOUT_THREADS";
    if std::env::var_os(CHILD).is_some() {
        let error = Prefetch::new(0..3, 1).unwrap_err();
        assert!(matches!(error, typenet::Error::Thread(_)), "{error}");
        println!("{}", told(&steps(70)));
        return;
    }
    // No address space has room for such a stack: every thread is refused.
    let stack = (1_u64 << 47).to_string();
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "without_threads_the_bits_are_the_same", "--test-threads=1", "--nocapture"])
        .envs([("RUST_MIN_STACK", stack.as_str()), (CHILD, "1")])
        .output()
        .unwrap();
    let found = String::from_utf8_lossy(&child.stdout).into_owned();
    let errors = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success() && found.contains(&told(&train(1, 70))), "{found}{errors}");
}

#[test]
fn the_number_of_threads_does_not_matter() {
    // Pieces of many samples, of few, and none.
    for samples in [131, 70, 30] {
        let one = train(1, samples);
        assert_eq!(one.len(), 3 + Network::COUNT + Network::STATISTICS);
        for threads in [2, 3, 8] {
            assert!(train(threads, samples) == one, "{threads} threads give other bits than one, {samples} samples");
        }
    }
}

#[test]
fn one_gradient_that_is_not_finite_is_found_in_any_piece() {
    let mut rng = seeded(3);
    for input in [0, 200, 389] {
        let mut network = initialized::<Network>(1);
        let mut workspace = Workspace::<Network, [f32; 390], Adam, Heap>::EMPTY;
        // The input changes no output, because its weights are 0; the squares of their gradients are infinite.
        network.0.weight.column_mut(input).fill(0.0);
        let before = *network;
        let mut inputs = vec![[0.5; 390]; 70];
        for (sample, x) in inputs.iter_mut().enumerate() {
            x[input] = 1e30 * (1.0 + sample as f32 / 70.0);
            x[(input + 1) % 390] = sample as f32 / 70.0;
        }
        let targets: Vec<usize> = (0..70).map(|n| n % 10).collect();
        let (loss, adam) = (SparseCategoricalCrossEntropyLogits, Adam::default());
        let result = workspace.train_step(&mut network, &loss, &adam, &inputs, &targets, &mut rng);
        assert_eq!(result, Err(typenet::Error::GradientNotFinite), "input {input}");
        assert!(*network == before);
    }
}
