//! Random samples.

use typenet::network::{Padded, Sample, Zero};
use typenet::rand::Rng;

/// A sample that can be drawn at random.
pub trait Draw: Sample {
    /// Numbers in `[0, 1)`, or small integers: as good for probabilities and classes as for inputs.
    fn draw(&mut self, rng: &mut impl Rng);
}

impl Draw for f32 {
    fn draw(&mut self, rng: &mut impl Rng) {
        *self = (rng.next_u32() >> 8) as f32 / (1 << 24) as f32;
    }
}

macro_rules! integers {
    ($($integer:ty),+) => {$(
        impl Draw for $integer {
            fn draw(&mut self, rng: &mut impl Rng) {
                *self = (rng.next_u32() >> 16) as $integer % 3;
            }
        }
    )+};
}

integers!(u8, u16, u32);

impl<X: Draw, const N: usize> Draw for [X; N] {
    fn draw(&mut self, rng: &mut impl Rng) {
        for element in self {
            element.draw(rng);
        }
    }
}

impl<X: Draw, const N: usize> Draw for Padded<X, N> {
    fn draw(&mut self, rng: &mut impl Rng) {
        let mut steps = [X::ZERO; N];
        steps.draw(rng);
        let length = (rng.next_u32() >> 16) as usize % (N + 1);
        *self = steps.get(..length).and_then(|steps| Self::new(steps).ok()).unwrap_or(Self::ZERO);
    }
}

impl<A: Draw, B: Draw> Draw for (A, B) {
    fn draw(&mut self, rng: &mut impl Rng) {
        self.0.draw(rng);
        self.1.draw(rng);
    }
}
