//! Layers on tokens, which the checker's real numbers are rounded to.

use typenet::bytemuck::AnyBitPattern;
use typenet::prelude::*;
use typenet::rand::Rng;

/// A layer on the nearest tokens of real numbers, which by themselves have the derivative 0. Inputs
/// must be away from the halves, where a token changes.
#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[bytemuck(crate = "typenet::bytemuck")]
#[repr(C)]
pub struct Tokens<L: AnyBitPattern>(L);

impl<L: Zero + AnyBitPattern> Zero for Tokens<L> {
    const ZERO: Self = Self(L::ZERO);
}

impl<L: Parameters> Parameters for Tokens<L> {
    type Gradient = L::Gradient;
    const COUNT: usize = L::COUNT;
    const STATISTICS: usize = L::STATISTICS;
    const FINGERPRINT: Fingerprint = L::FINGERPRINT;

    fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
        self.0.init(weights, rng);
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        self.0.visit(path, visitor);
    }

    fn walk<const K: usize>(&mut self, trees: [&mut Self::Gradient; K], path: &Path<'_>, walker: &mut impl Walker<K>) {
        self.0.walk(trees, path, walker);
    }
}

fn tokens<const STEPS: usize>(input: &[[f64; STEPS]]) -> Vec<[u16; STEPS]> {
    input.iter().map(|x| x.map(|x| x.round() as u16)).collect()
}

impl<L: Layer<[u16; STEPS], Tape<Heap> = ()>, const STEPS: usize> Layer<[f64; STEPS]> for Tokens<L> {
    type Output = L::Output;
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[f64; STEPS]], output: &mut [L::Output]) {
        self.0.forward(&tokens(input), output);
    }

    fn backward<B: Batch>(
        &self,
        input: &[[f64; STEPS]],
        output: &[L::Output],
        (): &mut (),
        output_gradient: &mut [L::Output],
        input_gradient: Option<&mut [[f64; STEPS]]>,
        gradient: &mut Self::Gradient,
    ) {
        let mut unused = tokens(input);
        let wanted = input_gradient.is_some().then_some(unused.as_mut_slice());
        self.0.backward::<Heap>(&tokens(input), output, &mut (), output_gradient, wanted, gradient);
        if let Some(input_gradient) = input_gradient {
            // What the layer says of its tokens: 0.
            for (dx, unused) in input_gradient.iter_mut().zip(unused) {
                *dx = unused.map(f64::from);
            }
        }
    }
}
