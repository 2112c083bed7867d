use crate::activations::{Elementwise, Relu, Tanh};
use crate::layer;
use crate::layers::{BatchNorm, Dense, Dropout, LayerNorm, Residual};
use crate::losses::MeanSquaredError;
use crate::network::{
    Batch, Budget, Chain, Entry, Heap, Initializer, Joined, Layer, Parameters, Path, Sample, Scalar, Stream, Summary,
    Visitor, Watch, Zero, seeded,
};
use crate::optimizers::Adam;
use crate::train::Workspace;

type First = Dense<3, 4, f64>;
type Inner = Dense<4, 4, f64>;
type Wide = Dense<4, 6, f64>;
type Narrow = Dense<6, 4, f64>;
type Pair = crate::Sequential![Relu, Inner];

/// 70 layers: chains are the last of the front, the 32nd, and the last of all.
macro_rules! seventy {
    ($network:ident) => {
        $network![
            First, Relu, BatchNorm<4, 99, -3, f64>, Inner, Tanh, Dropout<20>, Residual<Inner>, LayerNorm<4, -3, f64>,
            Wide, Narrow, Inner, Relu, BatchNorm<4, 99, -3, f64>, Inner, Tanh, Dropout<20>, Residual<Inner>,
            LayerNorm<4, -3, f64>, Wide, Narrow, Inner, Relu, BatchNorm<4, 99, -3, f64>, Inner, Tanh, Dropout<20>,
            Residual<Inner>, LayerNorm<4, -3, f64>, Wide, Narrow, Inner, Pair, Relu, Inner, Tanh, Dropout<20>,
            Residual<Inner>, LayerNorm<4, -3, f64>, Wide, Narrow, Inner, Relu, BatchNorm<4, 99, -3, f64>, Inner, Tanh,
            Dropout<20>, Residual<Inner>, LayerNorm<4, -3, f64>, Wide, Narrow, Inner, Relu, BatchNorm<4, 99, -3, f64>,
            Inner, Tanh, Dropout<20>, Residual<Inner>, LayerNorm<4, -3, f64>, Wide, Narrow, Inner, Relu,
            BatchNorm<4, 99, -3, f64>, Residual<Pair>, Tanh, Dropout<20>, Residual<Inner>, LayerNorm<4, -3, f64>, Inner,
            Pair
        ]
    };
}

/// Each layer in the one before, without end.
macro_rules! nested {
    ($layer:ty) => { $layer };
    ($layer:ty, $($rest:ty),+) => { Chain<$layer, nested![$($rest),+]> };
}

use crate::Sequential;

type Deep = seventy!(Sequential);
type Flat = seventy!(nested);

/// The names, shapes and bits of all arrays.
#[derive(Default, Debug, PartialEq)]
struct Arrays(Vec<(String, Vec<usize>, Vec<u64>)>);

impl Visitor for Arrays {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
        let bits = values.iter().map(|value| value.to_f64().to_bits()).collect();
        self.0.push((entry.to_string(), entry.shape.to_vec(), bits));
    }
}

fn arrays(network: &impl Parameters) -> Arrays {
    let mut arrays = Arrays::default();
    network.visit(&Path::ROOT, &mut arrays);
    arrays
}

fn started<N: Parameters>() -> N {
    let mut network = N::ZERO;
    network.init(Initializer::HeNormal, &mut seeded(3));
    network
}

fn inputs() -> [[f64; 3]; 21] {
    core::array::from_fn(|i| [i as f64 * 0.1, -1.0, 1.0 - i as f64 * 0.05])
}

struct Sizes(Vec<usize>);

impl Watch for Sizes {
    fn activation<Y: Sample>(&mut self, samples: &[Y]) {
        self.0.push(size_of_val(samples));
    }
}

#[test]
fn a_long_list_is_joined_and_a_short_one_a_chain() {
    type Longest = Sequential![
        Tanh, Relu, Tanh, Relu, Tanh, Relu, Tanh, Relu, Tanh, Relu, Tanh, Relu, Tanh, Relu, Tanh, Relu, Tanh, Relu,
        Tanh, Relu, Tanh, Relu, Tanh, Relu, Tanh, Relu, Tanh, Relu, Tanh, Relu, Tanh, Relu,
    ];
    let longest: Chain<Tanh, _> = Longest::ZERO;
    assert_eq!((Longest::PARTS.len(), longest.1.0), (32, Relu));
    let Joined(front, Joined(_, _)) = Deep::ZERO;
    let _: Chain<First, _> = front;
    assert_eq!((Deep::COUNT, Deep::STATISTICS), (Flat::COUNT, Flat::STATISTICS));
    assert_eq!(<Deep as Layer<[f64; 3]>>::MULTIPLY_ADDS, <Flat as Layer<[f64; 3]>>::MULTIPLY_ADDS);
}

#[test]
fn names_rows_and_fingerprint_are_those_of_one_chain() {
    assert_eq!(arrays(&started::<Deep>()), arrays(&started::<Flat>()));
    assert_eq!(Summary::<Deep, [f64; 3]>::NEW.to_string(), Summary::<Flat, [f64; 3]>::NEW.to_string());
    assert_eq!(Deep::FINGERPRINT, Flat::FINGERPRINT);
    // Within another network, and behind other layers.
    assert_eq!(<Residual<Deep>>::FINGERPRINT, <Residual<Flat>>::FINGERPRINT);
    assert_eq!(<Chain<Relu, Deep>>::FINGERPRINT, <Chain<Relu, Flat>>::FINGERPRINT);
    let names = |network: Arrays| network.0.into_iter().map(|(name, ..)| name).collect::<Vec<_>>();
    assert_eq!(names(arrays(&<Chain<Deep, Deep>>::ZERO)), names(arrays(&<Chain<Flat, Flat>>::ZERO)));
    assert!(names(arrays(&Deep::ZERO)).contains(&"31.1.weight".into()));
}

#[test]
fn inference_is_that_of_one_chain() {
    let (deep, flat) = (started::<Deep>(), started::<Flat>());
    for samples in [1, 2, 21] {
        let input = &inputs()[..samples];
        let (mut output, mut expected) = ([[f64::NAN; 4]; 21], [[f64::NAN; 4]; 21]);
        deep.forward(input, &mut output[..samples]);
        flat.forward(input, &mut expected[..samples]);
        assert_eq!(output[..samples], expected[..samples]);
        assert!(output[..samples].as_flattened().iter().all(|y| y.is_finite()));
        let (mut seen, mut expected) = (Sizes(Vec::new()), Sizes(Vec::new()));
        deep.forward_watched(&input[..1], &mut output[..1], &mut seen);
        flat.forward_watched(&input[..1], &mut output[..1], &mut expected);
        assert_eq!((seen.0, <Deep as Layer<[f64; 3]>>::DEPTH), (expected.0, <Flat as Layer<[f64; 3]>>::DEPTH));
    }
}

#[test]
fn training_is_that_of_one_chain() {
    fn trained<N: Layer<[f64; 3], Output = [f64; 4]>, B: Batch>() -> (f64, Arrays) {
        let (mut network, mut workspace) = (started::<N>(), Box::new(Workspace::<N, [f64; 3], Adam, B>::EMPTY));
        let (loss, adam, targets) = (MeanSquaredError, Adam::default(), [[0.5; 4]; 21]);
        let mut rng = seeded(1);
        let mut step = || workspace.train_step(&mut network, &loss, &adam, &inputs(), &targets, &mut rng);
        let losses = [step().unwrap(), step().unwrap()];
        (losses[1], arrays(&network))
    }
    assert_eq!(trained::<Deep, Heap>(), trained::<Flat, Heap>());
    assert_ne!(trained::<Deep, Heap>().1, arrays(&started::<Deep>()));
}

#[test]
fn each_layer_is_the_one_of_its_number() {
    let mut network = started::<Deep>();
    let _: &First = layer!(network, 0);
    let _: &Relu = layer!(network, 1);
    let pair: &Pair = layer!(network, 31);
    assert!(pair.1.weight.iter().all(|w| *w != 0.0));
    let _: &Relu = layer!(network, 32);
    let _: &Residual<Pair> = layer!(network, 63);
    let _: (&Wide, &Inner) = (layer!(network, 58), layer!(network, 68));
    let written = arrays(&network).0.into_iter().find(|(name, ..)| name == "31.1.weight").unwrap().2;
    assert_eq!(pair.1.weight.iter().map(|w| w.to_bits()).collect::<Vec<_>>(), written);
    layer!(mut network, 31).1.bias[0] = 7.0;
    layer!(mut network, 33).bias[0] = 8.0;
    assert_eq!((network.0.rest::<31>().0.1.bias[0], network.1.rest::<1>().0.bias[0]), (7.0, 8.0));
}

/// 256 layers of no parameters.
macro_rules! times_256 {
    ($($layer:ty),+) => { four![Sequential: $($layer),+] };
}
macro_rules! four {
    ($network:ident: $($l:ty),+) => { $network![$($l),+, $($l),+, $($l),+, $($l),+] };
}
macro_rules! sixty_four {
    ($($l:ty),+) => { times_256![$($l),+, $($l),+, $($l),+, $($l),+] };
}
type Longest =
    sixty_four![Tanh, Relu, Relu, Relu, Relu, Relu, Relu, Relu, Relu, Relu, Relu, Relu, Relu, Relu, Relu, Relu];

#[test]
fn of_256_layers_each_is_reached() {
    assert_eq!(<Longest as Layer<[f32; 1]>>::DEPTH, 256);
    let network = Longest::ZERO;
    let _: (&Tanh, &Relu) = (layer!(network, 240), layer!(network, 255));
    let mut output = [[f32::NAN; 1]];
    network.forward(&[[0.5]], &mut output);
    let expected = (0..16).fold(0.5, |x, _| Tanh::value(x));
    assert_eq!(output, [[expected]]);
    let mut state = Stream::<[f32; 1]>::start(&network);
    assert_eq!(network.step(&mut state, &[0.5]), [expected]);
    // All in place.
    assert_eq!(Budget::<Longest>::buffer_bytes::<[f32; 1]>(), 4);
}

/// Two buffers, whatever the number of layers.
#[test]
fn buffers_are_those_of_one_chain() {
    macro_rules! layers {
        ($network:ident) => {
            $network![
                Dense<3, 4, f64>, Relu, Dense<4, 5, f64>, Relu, Dense<5, 4, f64>, Relu, Dense<4, 4, f64>, Relu,
                Dense<4, 4, f64>, Relu, Dense<4, 4, f64>, Relu, Dense<4, 4, f64>, Relu, Dense<4, 4, f64>, Relu,
                Dense<4, 4, f64>, Relu, Dense<4, 4, f64>, Relu, Dense<4, 4, f64>, Relu, Dense<4, 4, f64>, Relu,
                Dense<4, 4, f64>, Relu, Dense<4, 4, f64>, Dense<4, 4, f64>, Relu, Dense<4, 4, f64>, Relu,
                Dense<4, 9, f64>, Dense<9, 8, f64>, Dense<8, 2, f64>
            ]
        };
    }
    type Deep = layers!(Sequential);
    type Flat = layers!(nested);
    // The 9 is of the 17th product, the 8 of the 18th, and the 5 of the second.
    let bytes = (Budget::<Deep>::buffer_bytes::<[f64; 3]>(), Budget::<Flat>::buffer_bytes::<[f64; 3]>());
    assert_eq!(bytes, ((9 + 8) * 8, (9 + 8) * 8));
    let (mut output, mut expected) = ([[f64::NAN; 2]; 21], [[f64::NAN; 2]; 21]);
    started::<Deep>().forward(&inputs(), &mut output);
    started::<Flat>().forward(&inputs(), &mut expected);
    assert_eq!(output, expected);
}

/// Inference, of one sample and of many, in buffers that go through a joined chain from end to end.
#[test]
fn a_joined_chain_within_a_chain() {
    fn outputs<N: Layer<[f64; 3]>>(network: &N, expected: &impl Layer<[f64; 3], Output = N::Output>)
    where
        N::Output: PartialEq,
    {
        let (mut found, mut right) = ([N::Output::ZERO; 21], [N::Output::ZERO; 21]);
        for samples in [1, 21] {
            network.forward(&inputs()[..samples], &mut found[..samples]);
            expected.forward(&inputs()[..samples], &mut right[..samples]);
            assert_eq!(found, right);
        }
    }
    type Before = Dense<3, 3, f64>;
    type After = Dense<4, 6, f64>;
    outputs(&started::<Chain<Before, Deep>>(), &started::<Chain<Before, Flat>>());
    outputs(&started::<Chain<Deep, After>>(), &started::<Chain<Flat, After>>());
    outputs(&started::<Chain<Before, Chain<Deep, After>>>(), &started::<Chain<Before, Chain<Flat, After>>>());
    // What follows a product starts with `Relu`, far inside.
    type Rectified<N> = Chain<Before, Chain<Chain<Relu, N>, Chain<Relu, After>>>;
    outputs(&started::<Rectified<Deep>>(), &started::<Rectified<Flat>>());
}
