//! The bits of everything: outputs, and weights after 100 training steps, as one number each.

use typenet::network::Emission;
use typenet::prelude::*;
use typenet::rand::rngs::Xoshiro256PlusPlus;

use crate::Cases;
use crate::draw::Draw;

/// Few where an interpreter takes each of them a thousand times as long (`tests/miri`).
const STEPS: usize = if cfg!(miri) { 2 } else { 100 };

/// Hashes of each case, given to `report` with its name: those of the outputs and of the weights.
pub fn hash_all(report: impl FnMut(&'static str, u32, u32)) {
    crate::each(&mut Hashes(report));
}

struct Hashes<F>(F);

/// FNV-1a of 32 bits.
struct Hash(u32);

impl Hash {
    fn new() -> Self {
        Self(0x811c_9dc5)
    }

    fn add(&mut self, values: &[f32]) {
        for byte in values.iter().flat_map(|value| value.to_bits().to_le_bytes()) {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
}

/// Hashes every array of a network, statistics included.
impl Visitor for Hash {
    fn array<T: Scalar>(&mut self, _: &Entry<'_>, values: &[T]) {
        for value in values {
            // Every `f32` is an `f64` as well.
            self.add(&[value.to_f64() as f32]);
        }
    }
}

fn train<N, X, L, T, O>(loss: &L, optimizer: &O) -> (u32, u32)
where
    X: Draw,
    T: Draw,
    N: Layer<X>,
    N::Output: Tensor<Scalar = f32>,
    L: Loss<N::Output, T>,
    O: Optimizer,
{
    let mut rng: Xoshiro256PlusPlus = seeded(3);
    let (mut network, mut training) = (N::ZERO, Workspace::<N, X, O, Inline<4>>::EMPTY);
    network.init(Initializer::HeNormal, &mut rng);
    let mut outputs = Hash::new();
    for _ in 0..STEPS {
        let (mut inputs, mut targets) = ([X::ZERO; 4], [T::ZERO; 4]);
        inputs.draw(&mut rng);
        targets.draw(&mut rng);
        // A step that is refused leaves everything as it was, here as there.
        match training.train_step(&mut network, loss, optimizer, &inputs, &targets, &mut rng) {
            Ok(loss) => outputs.add(&[loss]),
            Err(_) => outputs.add(&[f32::INFINITY]),
        }
        let mut output = [N::Output::ZERO; 4];
        network.forward(&inputs, &mut output);
        outputs.add(N::Output::flat(&output));
    }
    let mut weights = Hash::new();
    network.visit(&Path::ROOT, &mut weights);
    (outputs.0, weights.0)
}

/// Between a loss and its inputs: outputs that can be probabilities.
type Classifier = Sequential![Dense<5, 3>, Softmax];

impl<F: FnMut(&'static str, u32, u32)> Cases for Hashes<F> {
    fn layer<N, X>(&mut self, name: &'static str)
    where
        X: Draw,
        N: Layer<X>,
        N::Output: Tensor<Scalar = f32> + Draw,
    {
        let (outputs, weights) = train::<N, X, _, N::Output, _>(&MeanSquaredError, &Adam::new(0.01));
        (self.0)(name, outputs, weights);
    }

    fn stream<N, X>(&mut self, name: &'static str)
    where
        X: Draw,
        N: Stream<X, Output: Emission<Item: Tensor<Scalar = f32>>>,
    {
        let mut rng: Xoshiro256PlusPlus = seeded(3);
        let mut network = N::ZERO;
        network.init(Initializer::HeNormal, &mut rng);
        let (mut state, mut outputs, mut weights) = (network.start(), Hash::new(), Hash::new());
        for _ in 0..STEPS {
            let mut input = X::ZERO;
            input.draw(&mut rng);
            if let Some(output) = network.step(&mut state, &input).item() {
                outputs.add(Tensor::flat(core::slice::from_ref(&output)));
            }
        }
        network.visit(&Path::ROOT, &mut weights);
        (self.0)(name, outputs.0, weights.0);
    }

    fn loss<L: Loss<[f32; 3], T>, T: Draw>(&mut self, name: &'static str, loss: L) {
        let (outputs, weights) = train::<Classifier, [f32; 5], _, T, _>(&loss, &Adam::new(0.01));
        (self.0)(name, outputs, weights);
    }

    fn optimizer<O: Optimizer>(&mut self, name: &'static str, optimizer: O) {
        let (outputs, weights) = train::<Classifier, [f32; 5], _, [f32; 3], _>(&MeanSquaredError, &optimizer);
        (self.0)(name, outputs, weights);
    }

    fn other(&mut self, _: &'static str, run: fn()) {
        // Nothing of it is compared.
        if cfg!(miri) {
            run();
        }
    }
}
