//! The optimizers, ten steps each, and clipping.

use std::collections::BTreeSet;

use typenet::bytemuck::AnyBitPattern;
use typenet::prelude::*;

use super::file::Object;
use super::{Number, assert_all_compared, close, name_of};

/// What the optimizers change: six numbers.
#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[bytemuck(crate = "typenet::bytemuck")]
#[repr(C)]
struct Six<T: Scalar> {
    values: [T; 6],
}

typenet::parameters!(Six<T> { values: Weight [6] }, T: Scalar);

/// One case, given an optimizer.
struct Case<'a, T> {
    name: String,
    start: &'a [T; 6],
    gradients: &'a [[T; 6]; 10],
    expected: [[f64; 6]; 10],
}

impl<T: Number> Case<'_, T> {
    /// Compares an optimizer and returns its name.
    fn compare<O: Optimizer>(&self, optimizer: &O) -> &'static str {
        assert_eq!(optimizer.check(1), Ok(()));
        let mut network = Six { values: *self.start };
        let mut state = O::State::<Six<T>>::ZERO;
        for (step, (gradient, expected)) in (1..).zip(self.gradients.iter().zip(&self.expected)) {
            optimizer.update(&mut network, &mut Six { values: *gradient }, &mut state, step, &());
            close(&format!("{} after step {step}", self.name), &network.values, expected);
        }
        name_of::<O>()
    }
}

fn compare<T: Number>() {
    let mut compared = BTreeSet::new();
    let mut file = Object::open(include_str!("optimizers.json"));
    let (start, gradients) = (&file.take("start"), &file.take("gradients"));
    for mut golden in file.take::<Vec<Object>>("cases") {
        let (kind, from): (String, String) = (golden.take("optimizer"), golden.take("from"));
        let name = format!("{kind} from {from}");
        let mut settings: Object = golden.take("settings");
        // What Keras does by default must be what we do by default.
        let default = match from.as_str() {
            "keras" => true,
            "torch" => false,
            _ => panic!("no test knows the library {from:?}"),
        };
        let case = Case::<T> { name: name.clone(), start, gradients, expected: golden.take("parameters") };
        let rate = settings.take("rate");
        let name_of_one = match kind.as_str() {
            "sgd" | "momentum" | "nesterov" => {
                let (momentum, nesterov) = (settings.take::<f64>("momentum"), settings.take::<bool>("nesterov"));
                assert_eq!((momentum != 0.0, nesterov), (kind != "sgd", kind == "nesterov"), "{name}");
                let plain = Sgd::new(rate);
                assert!(!default || plain == Sgd::default(), "{name}: {plain:?}");
                let heavy = Momentum { rate, momentum, nesterov };
                assert_eq!(
                    heavy,
                    if nesterov { plain.momentum(momentum).nesterov() } else { plain.momentum(momentum) }
                );
                let name_of_heavy = case.compare(&heavy);
                if kind == "sgd" { case.compare(&plain) } else { name_of_heavy }
            }
            "rmsprop" => {
                assert_eq!(settings.take::<f64>("momentum"), 0.0, "{name}");
                let made = RmsProp { rate, decay: settings.take("rho"), epsilon: settings.take("epsilon") };
                assert!(!default || made == RmsProp::default(), "{name}: {made:?}");
                case.compare(&made)
            }
            "adam" | "adamw" => {
                let (beta1, beta2) = (settings.take("beta1"), settings.take("beta2"));
                let adam = Adam { rate, beta1, beta2, epsilon: settings.take("epsilon") };
                assert!(!default || adam == Adam::default(), "{name}: {adam:?}");
                if kind == "adam" {
                    case.compare(&adam)
                } else {
                    let made = AdamW { adam, decay: settings.take("weight_decay") };
                    assert!(!default || made == AdamW::default(), "{name}: {made:?}");
                    case.compare(&made)
                }
            }
            "amsgrad" => {
                let (beta1, beta2) = (settings.take("beta1"), settings.take("beta2"));
                let made = Adam { rate, beta1, beta2, epsilon: settings.take("epsilon") }.amsgrad();
                assert!(!default || made == AmsGrad::default(), "{name}: {made:?}");
                case.compare(&made)
            }
            "adagrad" => {
                let made = Adagrad { rate, initial: settings.take("initial"), epsilon: settings.take("epsilon") };
                assert!(!default || made == Adagrad::default(), "{name}: {made:?}");
                case.compare(&made)
            }
            "adadelta" => {
                let made = Adadelta { rate, decay: settings.take("rho"), epsilon: settings.take("epsilon") };
                assert!(!default || made == Adadelta::default(), "{name}: {made:?}");
                case.compare(&made)
            }
            "adamax" => {
                let (beta1, beta2) = (settings.take("beta1"), settings.take("beta2"));
                let made = Adamax { rate, beta1, beta2, epsilon: settings.take("epsilon") };
                assert!(!default || made == Adamax::default(), "{name}: {made:?}");
                case.compare(&made)
            }
            "nadam" => {
                let (beta1, beta2) = (settings.take("beta1"), settings.take("beta2"));
                let (epsilon, momentum_decay) = (settings.take("epsilon"), settings.take("momentum_decay"));
                let made = NAdam { rate, beta1, beta2, epsilon, momentum_decay };
                assert!(!default || made == NAdam::default(), "{name}: {made:?}");
                case.compare(&made)
            }
            "radam" => {
                let (beta1, beta2) = (settings.take("beta1"), settings.take("beta2"));
                let made = RAdam { rate, beta1, beta2, epsilon: settings.take("epsilon") };
                // Keras has none: the defaults are PyTorch's.
                assert_eq!((from.as_str(), made), ("torch", RAdam::default()), "{name}");
                case.compare(&made)
            }
            "lion" => {
                let made = Lion { rate, beta1: settings.take("beta1"), beta2: settings.take("beta2") };
                assert!(!default || made == Lion::default(), "{name}: {made:?}");
                case.compare(&made)
            }
            _ => panic!("no test knows the optimizer {kind:?}"),
        };
        compared.insert(name_of_one);
    }
    for golden in file.take::<Vec<Object>>("wrapped") {
        compared.insert(wrapped(golden, start, gradients));
    }
    compared.extend(clipping::<T>(file.take("clipping")));
    assert_all_compared(include_str!("../../src/optimizers/mod.rs"), &compared, &OTHERS);
}

/// What is exported beside the optimizers.
const OTHERS: [&str; 5] = ["Averages", "Factors", "ParameterGroup", "ParameterNames", "Scheduled"];

/// A case of an optimizer around another one. Its numbers are a weight and a bias.
struct Wrapped<'a, T> {
    name: String,
    start: &'a [T; 6],
    gradients: &'a [[T; 6]; 10],
    expected: [[f64; 6]; 10],
}

impl<T: Number> Wrapped<'_, T> {
    fn split(numbers: &[T; 6]) -> Dense<2, 2, T> {
        let mut network = Dense::<2, 2, T>::ZERO;
        network.weight.as_mut_slice().copy_from_slice(&numbers[..4]);
        network.bias.as_mut_slice().copy_from_slice(&numbers[4..]);
        network
    }

    fn joined(network: &Dense<2, 2, T>) -> Vec<T> {
        [network.weight.as_slice(), network.bias.as_slice()].concat()
    }

    /// Compares an optimizer, by the weights or by what else the last function finds in its state.
    fn compare<O: Optimizer>(
        &self,
        optimizer: &O,
        seen: impl Fn(&Dense<2, 2, T>, &mut O::State<Dense<2, 2, T>>) -> Dense<2, 2, T>,
    ) -> &'static str {
        assert_eq!(optimizer.check(1), Ok(()), "{}", self.name);
        let mut network = Self::split(self.start);
        assert_eq!(optimizer.check_network(&network), Ok(()), "{}", self.name);
        let mut state = O::State::<Dense<2, 2, T>>::ZERO;
        for (step, (gradient, expected)) in (1..).zip(self.gradients.iter().zip(&self.expected)) {
            optimizer.update(&mut network, &mut Self::split(gradient), &mut state, step, &());
            let found = Self::joined(&seen(&network, &mut state));
            close(&format!("{} after step {step}", self.name), &found, expected);
        }
        name_of::<O>()
    }

    /// One case, around this optimizer.
    fn compare_around<O: Optimizer + Copy>(&self, optimizer: O, case: &str, golden: &mut Object) -> &'static str {
        let weights = |network: &Dense<2, 2, T>| *network;
        match case {
            "decay_all" | "decay_exempt" => {
                let decaying = optimizer.weight_decay(golden.take("decay"));
                let decaying = if case == "decay_exempt" { decaying.weights_only() } else { decaying };
                self.compare(&decaying, |network, _| weights(network))
            }
            "groups" => {
                let factors: [[f64; 2]; 2] = golden.take("groups");
                let group =
                    |pattern, [rate, decay]: [f64; 2]| ParameterGroup::matching(pattern).rate(rate).decay(decay);
                let decaying = optimizer.weight_decay(golden.take("decay"));
                let [weight, bias] = factors;
                let grouped = decaying.groups([group("w*t", weight), group("*", bias)]);
                self.compare(&grouped, |network, _| weights(network))
            }
            "average" => self.compare(&optimizer.average(golden.take("momentum")), |_, state| {
                *Averaged::<O>::average_of(state).unwrap_or_else(|| panic!("{}: no average", self.name))
            }),
            "accumulate" => {
                let clipped = optimizer.clip(Clip::GlobalNorm(golden.take("limit")));
                let batches: usize = golden.take("batches");
                self.compare(&clipped.accumulate(batches as u64), |network, _| weights(network))
            }
            _ => panic!("no test knows the case {case:?}"),
        }
    }
}

fn wrapped<T: Number>(mut golden: Object, start: &[T; 6], gradients: &[[T; 6]; 10]) -> &'static str {
    let (case, from, kind): (String, String, String) =
        (golden.take("case"), golden.take("from"), golden.take("optimizer"));
    let mut settings: Object = golden.take("settings");
    let rate = settings.take("rate");
    let name = format!("{case} of {kind} from {from}");
    let wrapped = Wrapped { name: name.clone(), start, gradients, expected: golden.take("parameters") };
    match kind.as_str() {
        "sgd" => wrapped.compare_around(Sgd::new(rate), &case, &mut golden),
        "momentum" | "nesterov" => {
            let made = Momentum { rate, momentum: settings.take("momentum"), nesterov: settings.take("nesterov") };
            assert_eq!(made.nesterov, kind == "nesterov", "{name}");
            wrapped.compare_around(made, &case, &mut golden)
        }
        "adam" => {
            let (beta1, beta2) = (settings.take("beta1"), settings.take("beta2"));
            let made = Adam { rate, beta1, beta2, epsilon: settings.take("epsilon") };
            wrapped.compare_around(made, &case, &mut golden)
        }
        "lion" => {
            let made = Lion { rate, beta1: settings.take("beta1"), beta2: settings.take("beta2") };
            wrapped.compare_around(made, &case, &mut golden)
        }
        _ => panic!("no test knows the optimizer {kind:?}"),
    }
}

/// Descent from 0 at rate 1 gives the clipped gradient, negated.
fn clipping<T: Number>(mut golden: Object) -> [&'static str; 2] {
    let mut gradient = Dense::<2, 2, T>::ZERO;
    gradient.weight.as_mut_slice().copy_from_slice(golden.take::<[[T; 2]; 2]>("weight").as_flattened());
    gradient.bias.as_mut_slice().copy_from_slice(&golden.take::<[T; 2]>("bias"));
    let mut kinds = BTreeSet::new();
    for mut golden in golden.take::<Vec<Object>>("cases") {
        let (kind, limit): (String, f64) = (golden.take("clip"), golden.take("limit"));
        let clip = match kind.as_str() {
            "value" => Clip::Value(limit),
            "norm" => Clip::Norm(limit),
            "global_norm" => Clip::GlobalNorm(limit),
            _ => panic!("no test knows the clipping {kind:?}"),
        };
        let mut network = Dense::<2, 2, T>::ZERO;
        Sgd::new(1.0).clip(clip).update(&mut network, &mut gradient.clone(), &mut (), 1, &());
        let name = format!("{clip:?}");
        close(&format!("weight after {name}"), (-network.weight).as_slice(), &golden.take::<[[f64; 2]; 2]>("weight"));
        close(&format!("bias after {name}"), (-network.bias).as_slice(), &golden.take::<[f64; 2]>("bias"));
        kinds.insert(kind);
    }
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    [name_of::<Clip>(), name_of::<Clipped<Sgd>>()]
}

#[test]
fn optimizers_f32() {
    compare::<f32>();
}

#[test]
fn optimizers_f64() {
    compare::<f64>();
}
