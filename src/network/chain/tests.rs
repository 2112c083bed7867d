use crate::activations::{Relu, Softmax, Tanh};
use crate::layers::Dense;
use crate::layers::Residual;
use crate::network::{Budget, Initializer, Layer, Parameters, Sample, Watch, Zero, seeded};

/// Each layer after the other, each activation in memory of its own.
macro_rules! in_order {
    ($input:expr => $($layer:expr),+) => {{
        let value = $input;
        $(let value = { let mut output = value.map(|_| output_of(&$layer, &value)); $layer.forward(&value, &mut output); output };)+
        value
    }};
}

fn output_of<X: Sample, L: Layer<X>>(_: &L, _: &[X]) -> L::Output {
    L::Output::ZERO
}

type Network = crate::Sequential![Dense<3, 7>, Tanh, Dense<7, 2>, Residual<crate::Sequential![Dense<2, 5>, Relu, Dense<5, 2>]>, Dense<2, 9>, Relu, Dense<9, 4>, Softmax];

fn network() -> Network {
    let mut network = Network::ZERO;
    network.init(Initializer::HeNormal, &mut seeded(3));
    network
}

#[test]
fn buffers_in_turn_give_what_separate_memory_gives() {
    let network = network();
    let crate::network::Chain(
        a,
        crate::network::Chain(
            b,
            crate::network::Chain(
                c,
                crate::network::Chain(
                    d,
                    crate::network::Chain(e, crate::network::Chain(f, crate::network::Chain(g, h))),
                ),
            ),
        ),
    ) = network;
    let input: [[f32; 3]; 37] = core::array::from_fn(|i| [i as f32 * 0.1, -1.0, 1.0 - i as f32 * 0.05]);
    let expected = in_order!(input => a, b, c, d, e, f, g, h);
    for samples in [0, 1, 2, 15, 16, 17, 37] {
        let mut output = [[f32::NAN; 4]; 37];
        network.forward(&input[..samples], &mut output[..samples]);
        assert_eq!(output[..samples], expected[..samples]);
        assert!(output[samples..].as_flattened().iter().all(|y| y.is_nan()));
    }
}

/// Whether a `Relu` was computed with the layer before it or on its own, what follows is in the same buffer.
#[test]
fn a_relu_computed_with_its_layer_gives_what_it_gives_alone() {
    type Wide = crate::Sequential![
        Dense<3, 2>, Relu, Dense<2, 40>, Relu, Dense<40, 5>, Tanh, Dense<5, 30>, Relu, Dense<30, 90>, Dense<90, 4>
    ];
    struct Sizes(Vec<usize>);
    impl Watch for Sizes {
        fn activation<Y: Sample>(&mut self, samples: &[Y]) {
            self.0.push(size_of_val(samples) / 4 / samples.len().max(1));
        }
    }
    let mut network = Wide::ZERO;
    network.init(Initializer::HeNormal, &mut seeded(5));
    let crate::network::Chain(
        a,
        crate::network::Chain(b, crate::network::Chain(c, crate::network::Chain(d, crate::network::Chain(e, rest)))),
    ) = network;
    let crate::network::Chain(f, crate::network::Chain(g, crate::network::Chain(h, crate::network::Chain(i, k)))) =
        rest;
    let input: [[f32; 3]; 37] = core::array::from_fn(|i| [i as f32 * 0.1, -1.0, 1.0 - i as f32 * 0.05]);
    let expected = in_order!(input => a, b, c, d, e, f, g, h, i, k);
    for samples in [1, 2, 17, 37] {
        let mut output = [[f32::NAN; 4]; 37];
        network.forward(&input[..samples], &mut output[..samples]);
        assert_eq!(output[..samples], expected[..samples]);
        // Whoever looks sees every layer.
        let (mut output, mut sizes) = ([[f32::NAN; 4]; 37], Sizes(Vec::new()));
        network.forward_watched(&input[..samples], &mut output[..samples], &mut sizes);
        assert_eq!(output[..samples], expected[..samples]);
        assert_eq!(sizes.0[..10], [2, 2, 40, 40, 5, 5, 30, 30, 90, 4]);
    }
    // 2 5 90 in one buffer, 40 30 in the other.
    assert_eq!(Budget::<Wide>::buffer_bytes::<[f32; 3]>(), (90 + 40) * 4);
}

#[test]
fn two_buffers_are_enough() {
    // Activations of 7 7 2 2 9 9 4, elementwise layers in place: 7 2 4 in one buffer, 2 9 in the other. The residual's
    // own: 5.
    assert_eq!(Budget::<Network>::buffer_bytes::<[f32; 3]>(), (7 + 9 + 5) * 4);
    assert_eq!(<Dense<3, 7> as Layer<[f32; 3]>>::SCRATCH, 0);
    type Two = crate::Sequential![Dense<3, 7>, Relu];
    assert_eq!(Budget::<Two>::buffer_bytes::<[f32; 3]>(), 7 * 4);
    type Three = crate::Sequential![Dense<3, 7>, Relu, Dense<7, 2>];
    assert_eq!(Budget::<Three>::buffer_bytes::<[f32; 3]>(), 7 * 4);
    // The first layer takes its input from outside, in place or not.
    type Four = crate::Sequential![Tanh, Relu, Dense<3, 7>, Dense<7, 5>, Dense<5, 1>];
    assert_eq!(Budget::<Four>::buffer_bytes::<[f32; 3]>(), (7 + 5) * 4);
    // Softmax is not elementwise.
    type Five = crate::Sequential![Dense<3, 7>, Softmax, Dense<7, 1>];
    assert_eq!(Budget::<Five>::buffer_bytes::<[f32; 3]>(), (7 + 7) * 4);
}

/// Every layer that works in place, first, within and last.
#[test]
fn layers_in_place_give_what_they_give_alone() {
    use crate::layers::{AlphaDropout, Dropout, GaussianNoise, Identity, SpatialDropout};
    type Sequence = [[f32; 2]; 3];
    type Noisy = crate::Sequential![
        Tanh, Dropout, Softmax, Dropout, Identity, GaussianNoise<1, -1>, Softmax, AlphaDropout, Relu, SpatialDropout
    ];
    let input: [Sequence; 5] = core::array::from_fn(|i| [[i as f32 * 0.1, -1.0], [1.0 - i as f32, 0.5], [-0.0, 3.0]]);
    let expected = in_order!(input => Tanh, Softmax, Softmax);
    let mut output = [[[f32::NAN; 2]; 3]; 5];
    Noisy::ZERO.forward(&input, &mut output);
    assert_eq!(output, expected);
    // Each after a product, which is before a product.
    macro_rules! between {
        ($($layer:ident)+) => {$({
            let mut network = <crate::Sequential![Dense<2, 4>, $layer, Dense<4, 3>]>::ZERO;
            network.init(Initializer::HeNormal, &mut seeded(7));
            let input = core::array::from_fn::<_, 9, _>(|i| [i as f32 - 4.0, 0.7]);
            let expected = in_order!(input => network.0, network.1.0, network.1.1);
            let mut output = [[f32::NAN; 3]; 9];
            network.forward(&input, &mut output);
            assert_eq!(output, expected, stringify!($layer));
        })+};
    }
    use crate::activations::*;
    between!(Elu Gelu GeluTanh HardSigmoid HardSwish LeakyRelu Mish Relu Relu6 Selu Sigmoid Silu Softplus Softsign Tanh);
}

#[test]
fn layers_count_what_they_keep() {
    use crate::layers::{Bidirectional, CausalConv1d, Conv1d, Conv2d, ConvTranspose2d, Gru, TimeDistributed};
    fn bytes<L: Layer<X>, X: Sample>() -> usize {
        Budget::<L>::buffer_bytes::<X>()
    }
    type Image = [[[f32; 6]; 6]; 2];
    assert_eq!(bytes::<Conv2d<2, 3, 3>, Image>(), 0);
    // The image with its padding: 2 channels of 8 x 8.
    assert_eq!(bytes::<Conv2d<2, 3, 3, 1, 1>, Image>(), 2 * 8 * 8 * 4);
    assert!(bytes::<ConvTranspose2d<2, 3, 3>, Image>() >= size_of::<Image>());
    // Eight windows at a time.
    assert_eq!(bytes::<Conv1d<2, 3, 5>, [[f32; 2]; 9]>(), 8 * 5 * 2 * 4);
    assert_eq!(bytes::<CausalConv1d<2, 3, 5>, [[f32; 2]; 9]>(), 8 * 5 * 2 * 4);
    // A state, gates and memory of three numbers each, and up to a cache line before them: four lines.
    assert_eq!(bytes::<Gru<2, 3>, [[f32; 2]; 9]>(), 4 * 64);
    // The sequence reversed, and the last output of each direction.
    assert_eq!(bytes::<Bidirectional<Gru<2, 3>>, [[f32; 2]; 9]>(), (9 * 2 + 3 + 3) * 4 + 4 * 64);
    // In groups of 16.
    assert_eq!(bytes::<TimeDistributed<crate::Sequential![Dense<2, 7>, Relu]>, [[f32; 2]; 9]>(), 16 * 7 * 4);
}

#[test]
fn a_shorter_output_is_no_panic() {
    let network = network();
    let mut output = [[f32::NAN; 4]; 2];
    network.forward(&[[0.5; 3]; 20], &mut output);
    assert!(output.as_flattened().iter().all(|y| y.is_finite()));
    network.forward(&[[0.5; 3]; 1], &mut []);
    network.forward(&[[0.0_f32; 3]; 0], &mut output);
}

/// Turns a tensor into a pair, which is not plain.
#[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
#[repr(C)]
struct Double;

crate::no_parameters!(Double);

impl Layer<[f32; 7]> for Double {
    type Output = ([f32; 7], [f64; 7]);
    type Tape<B: crate::network::Batch> = ();

    fn forward(&self, input: &[[f32; 7]], output: &mut [Self::Output]) {
        for (x, y) in input.iter().zip(output) {
            *y = (*x, x.map(f64::from));
        }
    }

    fn backward<B: crate::network::Batch>(
        &self,
        _: &[[f32; 7]],
        _: &[Self::Output],
        (): &mut (),
        _: &mut [Self::Output],
        _: Option<&mut [[f32; 7]]>,
        (): &mut (),
    ) {
    }
}

/// Takes the second of a pair.
#[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
#[repr(C)]
struct Second;

crate::no_parameters!(Second);

impl Layer<([f32; 7], [f64; 7])> for Second {
    type Output = [f64; 7];
    type Tape<B: crate::network::Batch> = ();

    fn forward(&self, input: &[([f32; 7], [f64; 7])], output: &mut [[f64; 7]]) {
        for (x, y) in input.iter().zip(output) {
            *y = x.1;
        }
    }

    fn backward<B: crate::network::Batch>(
        &self,
        _: &[([f32; 7], [f64; 7])],
        _: &[[f64; 7]],
        (): &mut (),
        _: &mut [[f64; 7]],
        _: Option<&mut [([f32; 7], [f64; 7])]>,
        (): &mut (),
    ) {
    }
}

#[test]
fn samples_that_are_not_plain_or_of_another_alignment_are_kept_apart() {
    type Mixed = crate::Sequential![Dense<3, 7>, Double, Second, Dense<7, 1, f64>];
    let mut network = Mixed::ZERO;
    network.init(Initializer::HeNormal, &mut seeded(3));
    let input = [[1.0, 2.0, -0.5]; 18];
    let expected = in_order!(input => network.0, Double, Second, network.1.1.1);
    let mut output = [[0.0; 1]; 18];
    network.forward(&input, &mut output);
    assert_eq!(output, expected);
    // All three at a time: 7 f32, then the pair, then 7 f64.
    assert_eq!(Budget::<Mixed>::buffer_bytes::<[f32; 3]>(), 28 + 88 + 56);
}
