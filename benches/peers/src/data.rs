//! What all frameworks train on: the same samples, in batches gathered in the same order.

use rand::RngExt;
use rand::seq::SliceRandom;
use typenet::prelude::seeded;

use crate::networks;

/// Samples in memory, each a row of `width` scalars, and their targets.
#[derive(Clone)]
pub struct Data<Y> {
    pub width: usize,
    pub inputs: Vec<f32>,
    pub targets: Vec<Y>,
}

/// W1: a class that a noisy half space decides.
pub fn tumours() -> Data<f32> {
    let (inputs, targets) = networks::tumours(&mut seeded(1));
    Data { width: 20, inputs: inputs.into_flattened(), targets: targets.into_flattened() }
}

/// W3 and W4: noise of 784 pixels, brighter in one of ten bands, whose number is the class. Networks
/// learn it within a few steps, which is how a run shows that it does the work.
pub fn bands(samples: usize) -> Data<usize> {
    let mut rng = seeded(2);
    let mut inputs = networks::inputs::<784>(samples, &mut rng);
    let targets: Vec<usize> = inputs.iter().map(|_| rng.random_range(0..10)).collect();
    for (input, class) in inputs.iter_mut().zip(&targets) {
        for pixel in &mut input[class * 78..][..78] {
            *pixel += 1.0;
        }
    }
    Data { width: 784, inputs: inputs.into_flattened(), targets }
}

/// Inputs alone.
pub fn inputs<const N: usize>(samples: usize) -> Vec<f32> {
    networks::inputs::<N>(samples, &mut seeded(3)).into_flattened()
}

/// A sequence of 64 steps of 8 scalars.
pub fn sequence() -> Vec<f32> {
    (0..64 * 8).map(|at| (at as f32 * 0.37).sin()).collect()
}

/// Batches gathered from shuffled samples.
pub struct Batches<Y> {
    data: Data<Y>,
    order: Vec<usize>,
    next: usize,
    batch: usize,
}

impl<Y: Copy> Batches<Y> {
    pub fn new(data: Data<Y>, batch: usize) -> Self {
        let mut order: Vec<usize> = (0..data.targets.len()).collect();
        order.shuffle(&mut seeded(1));
        Self { data, order, next: 0, batch }
    }

    /// The samples of the next batch.
    pub fn rows(&mut self) -> &[usize] {
        if self.next + self.batch > self.order.len() {
            self.next = 0;
        }
        self.next += self.batch;
        &self.order[self.next - self.batch..self.next]
    }

    /// The next batch, gathered.
    pub fn gather(&mut self) -> (Vec<f32>, Vec<Y>) {
        self.rows();
        let rows = &self.order[self.next - self.batch..self.next];
        let width = self.data.width;
        let mut inputs = Vec::with_capacity(self.batch * width);
        for row in rows {
            inputs.extend_from_slice(&self.data.inputs[row * width..][..width]);
        }
        (inputs, rows.iter().map(|row| self.data.targets[*row]).collect())
    }
}
