//! What is measured: a workload, and what a framework makes of it.

use typenet::prelude::*;

use crate::frameworks::typenet::{Convolutional, Sequence};
use crate::networks::{Digits, Plain};

/// One workload on one framework, ready to run.
pub enum Task {
    /// One whole training step: gather a batch, forward, backward, update. It returns the loss.
    Train(Box<dyn FnMut() -> f32>),
    /// One run of inference, and the outputs it gives.
    Infer(Box<dyn FnMut()>, Box<dyn FnOnce() -> Vec<f32>>),
}

impl Task {
    pub fn run(&mut self) {
        match self {
            Self::Train(step) => {
                std::hint::black_box(step());
            }
            Self::Infer(run, _) => run(),
        }
    }
}

/// A workload, or the reason why a framework has none.
pub type Offer = Result<Task, &'static str>;

/// What every framework is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    W1,
    W1Plain,
    /// Batch 1, 32 or 1024.
    W2(usize),
    W3,
    W4,
    W5,
}

impl Workload {
    pub const ALL: [Self; 8] =
        [Self::W1, Self::W1Plain, Self::W2(1), Self::W2(32), Self::W2(1024), Self::W3, Self::W4, Self::W5];

    pub fn name(self, threads: usize) -> String {
        let name = match self {
            Self::W1 => "W1",
            Self::W1Plain => "W1-plain",
            Self::W2(1) => "W2-1",
            Self::W2(32) => "W2-32",
            Self::W2(_) => "W2-1024",
            Self::W3 => "W3",
            Self::W4 => "W4",
            Self::W5 => "W5",
        };
        if threads == 1 { name.to_owned() } else { format!("{name}-threads-{threads}") }
    }

    /// Samples that share the time of one run: inference is told per sample.
    pub fn samples(self) -> usize {
        if let Self::W2(batch) = self { batch } else { 1 }
    }

    /// The multiply-adds of one run. Training: forward, weight gradient, and input gradient
    /// everywhere but in the first layer.
    pub fn multiply_adds(self) -> usize {
        fn training<N: Layer<X>, X: Sample, First: Layer<X>>(batch: usize) -> usize {
            batch * (3 * N::MULTIPLY_ADDS - First::MULTIPLY_ADDS)
        }
        match self {
            Self::W1 | Self::W1Plain => training::<Plain, [f32; 20], Dense<20, 128>>(32),
            Self::W2(batch) => batch * <Plain as Layer<[f32; 20]>>::MULTIPLY_ADDS,
            Self::W3 => training::<Digits, [f32; 784], Dense<784, 512>>(128),
            Self::W4 => training::<Convolutional, [[[f32; 28]; 28]; 1], Conv2d<1, 8, 3>>(32),
            Self::W5 => <Sequence as Layer<[[f32; 8]; 64]>>::MULTIPLY_ADDS,
        }
    }

    /// Steps at the beginning of each round, within which the loss must fall.
    pub fn first_steps(self) -> usize {
        match self {
            Self::W1 => 400,
            Self::W1Plain => 200,
            Self::W3 => 30,
            Self::W4 => 100,
            Self::W2(_) | Self::W5 => 20,
        }
    }
}
