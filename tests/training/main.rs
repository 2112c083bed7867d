//! Training as a whole: the semantics of Keras, one step with and without a heap, bad input.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

mod bad_fits;
mod bad_input;
mod keras;
mod limits;
mod optimizers;
mod step;
mod stream;

use std::cell::RefCell;
use std::rc::Rc;

use typenet::prelude::*;

/// A network with everything that training keeps: random masks, running statistics, a penalty.
pub type Network = Sequential![Regularized<Dense<2, 8>, L2<1, -3>>, BatchNorm<8>, Relu, Dropout<50>, Dense<8, 1>];

/// A network from a seed.
pub fn network() -> Box<Network> {
    initialized(7)
}

/// Samples that differ from each other, from random numbers.
pub fn data(samples: usize) -> Dataset<[f32; 2], [f32; 1]> {
    let mut rng = seeded(3);
    let mut inputs = vec![[0.0; 2]; samples];
    Initializer::LecunNormal.fill(inputs.as_flattened_mut(), 1, Fan { input: 1, output: 1 }, &mut rng);
    let targets = inputs.iter().map(|[a, b]| [a * b + 0.25]).collect();
    Dataset::new(inputs, targets).unwrap()
}

/// Every number of a network: parameters and statistics, bit by bit.
pub fn bits(network: &impl Parameters) -> Vec<u64> {
    struct Bits(Vec<u64>);
    impl Visitor for Bits {
        fn array<T: Scalar>(&mut self, _: &Entry<'_>, values: &[T]) {
            self.0.extend(values.iter().map(|value| value.to_f64().to_bits()));
        }
    }
    let mut bits = Bits(Vec::new());
    network.visit(&Path::ROOT, &mut bits);
    bits.0
}

/// Whether every number of a network is finite.
pub fn all_finite(network: &impl Parameters) -> bool {
    bits(network).into_iter().all(|bits| f64::from_bits(bits).is_finite())
}

/// What a trainer told its metric.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// Forget all.
    Reset,
    /// The samples of a batch.
    Batch {
        /// What the network gave.
        outputs: Vec<f32>,
        /// What it should have given.
        targets: Vec<f32>,
    },
}

/// A metric that remembers what it was told. Its value is how many samples it saw since a reset.
#[derive(Clone, Default)]
pub struct Spy(Rc<RefCell<Vec<Told>>>);

impl Spy {
    /// What was told since the last call.
    pub fn take(&self) -> Vec<Told> {
        self.0.take()
    }

    /// The targets of all batches told since the last call.
    pub fn take_targets(&self) -> Vec<Vec<f32>> {
        let batch = |told| match told {
            Told::Reset => None,
            Told::Batch { targets, .. } => Some(targets),
        };
        self.take().into_iter().filter_map(batch).collect()
    }
}

impl Metric<[f32; 1]> for Spy {
    fn name(&self) -> &'static str {
        "samples"
    }

    fn reset(&mut self) {
        self.0.borrow_mut().push(Told::Reset);
    }

    fn update(&mut self, outputs: &[[f32; 1]], targets: &[[f32; 1]]) {
        assert_eq!(outputs.len(), targets.len());
        let (outputs, targets) = (outputs.as_flattened().to_vec(), targets.as_flattened().to_vec());
        self.0.borrow_mut().push(Told::Batch { outputs, targets });
    }

    fn value(&self) -> f64 {
        let seen = |told: &Told| match told {
            Told::Reset => None,
            Told::Batch { targets, .. } => Some(targets.len()),
        };
        self.0.borrow().iter().rev().map_while(seen).sum::<usize>() as f64
    }
}

/// Samples of an epoch so far, and the metrics.
pub type Measured = (usize, Vec<(&'static str, f64)>);

/// A report that remembers what it was told.
#[derive(Clone, Default)]
pub struct Heard(Rc<RefCell<Vec<String>>>, Rc<RefCell<Vec<Measured>>>);

impl Heard {
    /// What was told since the last call.
    pub fn take(&self) -> Vec<String> {
        self.0.take()
    }

    /// Samples and metrics of each batch since the last call.
    pub fn measured(&self) -> Vec<Measured> {
        self.1.take()
    }
}

impl Report for Heard {
    fn start(&mut self, epochs: usize, batches: usize) {
        self.0.borrow_mut().push(format!("start {epochs} x {batches}"));
    }

    fn batch(&mut self, Progress { epoch, batch, samples, loss, metrics }: &Progress<'_>) {
        self.0.borrow_mut().push(format!("batch {epoch}.{batch} {loss:.4}"));
        self.1.borrow_mut().push((*samples, metrics()));
    }

    fn epoch(&mut self, history: &History, epochs: usize) {
        self.0.borrow_mut().push(format!("{} of {epochs}", history.len()));
    }

    fn end(&mut self) {
        self.0.borrow_mut().push("end".to_string());
    }
}
