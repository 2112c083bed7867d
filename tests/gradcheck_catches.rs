//! The gradient checker against layers and losses that are wrong on purpose: each must be caught,
//! and for the right reason.

#[path = "gradcheck_catches/somewhere.rs"]
mod somewhere;

use std::sync::atomic::{AtomicU64, Ordering};

use typenet::bytemuck::AnyBitPattern;
use typenet::gradcheck::{Check, Contract, Failure, check_layer, check_layer_with, check_loss, check_network, tensors};
use typenet::prelude::*;
use typenet::rand::Rng;

/// The ways to be wrong.
mod mistake {
    macro_rules! number {
        ($at:expr;) => {};
        ($at:expr; $name:ident $($rest:ident)*) => {
            pub const $name: u32 = $at;
            number!($at + 1; $($rest)*);
        };
    }
    number! {
        0; NOTHING WEIGHT_SIGN INPUT_FACTOR INPUT_NEARLY TRANSPOSED ASSIGNS ADDS_TO_INPUT_GRADIENT FORGETS_A_SAMPLE
        SECOND_SAMPLE IGNORES_BIAS FIRST_TAPE_ONLY WHOLE_TAPE NOTHING_UNASKED ADDS_TO_OUTPUT TRAINING_SKIPS_LAST
        BATCH_MEAN STATE NOT_WALKED NEITHER_SHOWN NOT_VISITED WRONG_COUNT WRONG_SHAPE SAME_NAME OTHER_ORDER
        OTHER_ROLE OTHER_VALUES PENALTY_FACTOR PENALTY_ASSIGNS PENALTY_TRAINS STATISTICS_TRAIN ROUGH INFINITE
        INPUT_NOT_A_NUMBER ABSOLUTE PANICS MAXIMUM_OF_OUTPUT
        MAXIMUM_OF_INPUT_GRADIENT WEIGHT_TRANSPOSED
    }
}
use mistake::*;

/// `y = x W + b` with a penalty `Σ b²`, from 3 to 3, wrong in one way.
#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[bytemuck(crate = "typenet::bytemuck")]
#[repr(C)]
struct Faulty<const MISTAKE: u32> {
    weight: [[f64; 3]; 3],
    bias: [f64; 3],
}

impl<const M: u32> Zero for Faulty<M> {
    const ZERO: Self = Self { weight: [[0.0; 3]; 3], bias: [0.0; 3] };
}

impl<const M: u32> Parameters for Faulty<M> {
    type Gradient = Self;
    const COUNT: usize = if M == WRONG_COUNT { 11 } else { 12 };
    const FINGERPRINT: Fingerprint = Fingerprint::layer::<Self>("Faulty");

    fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
        weights.fill(self.weight.as_flattened_mut(), 3, Fan { input: 3, output: 3 }, rng);
    }

    fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
        let bias = path.entry("bias", if M == OTHER_ROLE { Role::Scale } else { Role::Bias }, &[3]);
        if M == OTHER_ORDER {
            visitor.array(&bias, &self.bias);
        }
        visitor.array(&path.entry("weight", Role::Weight, &[3, 3]), self.weight.as_flattened());
        if M == OTHER_VALUES {
            visitor.array(&bias, &self.weight[0]);
        } else if ![OTHER_ORDER, NOT_VISITED, NEITHER_SHOWN, SAME_NAME].contains(&M) {
            visitor.array(&bias, &self.bias);
        } else if M == SAME_NAME {
            visitor.array(&path.entry("weight", Role::Bias, &[3]), &self.bias);
        }
    }

    fn walk<const K: usize>(&mut self, mut trees: [&mut Self; K], path: &Path<'_>, walker: &mut impl Walker<K>) {
        let weights = trees.each_mut().map(|tree| tree.weight.as_flattened_mut());
        walker.parameter(&path.entry("weight", Role::Weight, &[3, 3]), self.weight.as_flattened_mut(), weights);
        if M == NOT_WALKED || M == NEITHER_SHOWN {
            return;
        }
        let cut = if M == WRONG_SHAPE { 2 } else { 3 };
        let biases = trees.map(|tree| &mut tree.bias[..cut]);
        let name = if M == SAME_NAME { "weight" } else { "bias" };
        walker.parameter(&path.entry(name, Role::Bias, &[3]), &mut self.bias, biases);
    }

    fn penalty(&self) -> f64 {
        self.bias.iter().map(|b| b * b).sum()
    }

    fn penalize(&mut self, gradient: &mut Self) {
        for (g, b) in gradient.bias.iter_mut().zip(&mut self.bias) {
            match M {
                PENALTY_FACTOR => *g += *b,
                PENALTY_ASSIGNS => *g = 2.0 * *b,
                PENALTY_TRAINS => *b *= 0.9,
                _ => *g += 2.0 * *b,
            }
        }
    }
}

static CALLS: AtomicU64 = AtomicU64::new(0);

impl<const M: u32> Layer<[f64; 3]> for Faulty<M> {
    type Output = [f64; 3];
    /// The inputs, and whether there are any.
    type Tape<B: Batch> = (B::Of<[f64; 3]>, Remember<[u8; 1]>);

    fn forward(&self, input: &[[f64; 3]], output: &mut [[f64; 3]]) {
        let mean: f64 = input.as_flattened().iter().sum::<f64>() / input.len() as f64;
        for (x, y) in input.iter().zip(output) {
            let old = *y;
            *y = self.bias;
            for (x, row) in x.iter().zip(&self.weight) {
                y.iter_mut().zip(row).for_each(|(y, w)| *y += x * w);
            }
            match M {
                ADDS_TO_OUTPUT => y.iter_mut().zip(old).for_each(|(y, old)| *y += old),
                BATCH_MEAN => y.iter_mut().for_each(|y| *y -= mean),
                // `f64::max` takes the other number where one is not a number.
                MAXIMUM_OF_OUTPUT => y.iter_mut().zip(old).for_each(|(y, old)| *y = y.max(old)),
                ROUGH => y.iter_mut().for_each(|y| *y += (1e6 * *y).sin()),
                INFINITE => y[1] = 1.0 / (x[0] * 0.0),
                PANICS => panic!("on purpose"),
                _ => {}
            }
        }
    }

    fn forward_train<B: Batch>(
        &self,
        input: &[[f64; 3]],
        output: &mut [[f64; 3]],
        (kept, filled): &mut Self::Tape<B>,
        _: &mut impl Rng,
    ) {
        let last = output.last().copied();
        Faulty::<NOTHING> { weight: self.weight, bias: self.bias }.forward(input, output);
        if ![ADDS_TO_OUTPUT, MAXIMUM_OF_OUTPUT, BATCH_MEAN].contains(&M) {
            self.forward(input, output);
        }
        match M {
            STATE => output[0][0] += CALLS.fetch_add(1, Ordering::Relaxed) as f64,
            TRAINING_SKIPS_LAST => *output.last_mut().unwrap() = last.unwrap(),
            _ => {}
        }
        if M != FIRST_TAPE_ONLY || filled.0 == [0] {
            kept.as_mut().iter_mut().zip(input).for_each(|(kept, x)| *kept = *x);
            filled.0 = [1];
        }
    }

    fn backward<B: Batch>(
        &self,
        input: &[[f64; 3]],
        _: &[[f64; 3]],
        (kept, _): &mut Self::Tape<B>,
        output_gradient: &mut [[f64; 3]],
        input_gradient: Option<&mut [[f64; 3]]>,
        gradient: &mut Self,
    ) {
        if M == NOTHING_UNASKED && input_gradient.is_none() {
            return;
        }
        if M == ABSOLUTE {
            output_gradient.as_flattened_mut().iter_mut().for_each(|g| *g = g.abs());
        }
        if M == ASSIGNS {
            *gradient = Self::ZERO;
        }
        let used = if M == FORGETS_A_SAMPLE { input.len() - 1 } else { input.len() };
        for (x, g) in kept.as_ref().iter().zip(&*output_gradient).take(used) {
            for (x, row) in x.iter().zip(&mut gradient.weight) {
                let x = if M == WEIGHT_SIGN { -x } else { *x };
                row.iter_mut().zip(g).for_each(|(w, g)| *w += x * g);
            }
            if M == WEIGHT_TRANSPOSED {
                for (i, o) in [(0, 1), (0, 2), (1, 2)] {
                    let (a, b) = (gradient.weight[i][o], gradient.weight[o][i]);
                    gradient.weight[i][o] = a - x[i] * g[o] + x[o] * g[i];
                    gradient.weight[o][i] = b - x[o] * g[i] + x[i] * g[o];
                }
            }
            if M != IGNORES_BIAS {
                gradient.bias.iter_mut().zip(g).for_each(|(b, g)| *b += g);
            }
        }
        if M == WHOLE_TAPE {
            gradient.bias[0] += kept.as_ref().iter().skip(input.len()).map(|x| x[0]).sum::<f64>();
        }
        let Some(input_gradient) = input_gradient else { return };
        for (sample, (dx, g)) in input_gradient.iter_mut().zip(&*output_gradient).enumerate() {
            for (i, dx) in dx.iter_mut().enumerate() {
                let weight = |o: usize| if M == TRANSPOSED { self.weight[o][i] } else { self.weight[i][o] };
                let sum: f64 = (0..3).map(|o| weight(o) * g[o]).sum();
                match M {
                    INPUT_FACTOR => *dx = 2.0 * sum,
                    INPUT_NEARLY => *dx = (1.0 + 3e-6) * sum,
                    ADDS_TO_INPUT_GRADIENT => *dx += sum,
                    MAXIMUM_OF_INPUT_GRADIENT => *dx = dx.max(sum),
                    SECOND_SAMPLE if sample == 1 => *dx = -sum,
                    INPUT_NOT_A_NUMBER => *dx = sum * f64::NAN,
                    _ => *dx = sum,
                }
            }
        }
    }

    fn update_statistics<B: Batch>(&mut self, _: &Self::Tape<B>) {
        if M == STATISTICS_TRAIN {
            self.bias[2] += 0.1;
        }
    }
}

fn failure<const M: u32>() -> Failure {
    check_layer::<Faulty<M>, [f64; 3]>(&Check::default()).expect_err("a wrong layer passed")
}

#[test]
fn the_right_layer_passes() {
    let report = check_layer::<Faulty<NOTHING>, [f64; 3]>(&Check::default()).unwrap();
    assert_eq!(report.cases, 16);
    assert!(report.rejected < 16, "{} points were rejected", report.rejected);
    // At least 3 inputs, 12 parameters and 1 direction at each of 16 points.
    assert!(report.derivatives >= 16 * 16);
    assert!(report.largest_error < 1e-7 && report.largest_error > 0.0, "{report}");
}

macro_rules! caught {
    ($($test:ident: $mistake:ident breaks $contract:ident at $place:literal $(, $samples:literal samples)?;)+) => {$(
        #[test]
        fn $test() {
            let failure = failure::<$mistake>();
            assert_eq!((failure.contract, failure.place.name.as_str()), (Contract::$contract, $place), "{failure}");
            $(assert_eq!(failure.samples, $samples, "{failure}");)?
        }
    )+};
}

caught! {
    sign_of_a_weight_gradient: WEIGHT_SIGN breaks Gradient at "weight", 1 samples;
    factor_two: INPUT_FACTOR breaks Gradient at "input";
    factor_of_a_millionth: INPUT_NEARLY breaks Gradient at "input";
    transposed_index: TRANSPOSED breaks Gradient at "input";
    transposed_weight_gradient: WEIGHT_TRANSPOSED breaks Gradient at "weight";
    absolute_value_of_the_gradient: ABSOLUTE breaks Gradient at "weight";
    assigned_gradient: ASSIGNS breaks AddsGradient at "weight";
    added_input_gradient: ADDS_TO_INPUT_GRADIENT breaks OverwritesInputGradient at "input";
    forgotten_sample: FORGETS_A_SAMPLE breaks Gradient at "bias";
    ignored_bias: IGNORES_BIAS breaks Gradient at "bias";
    tape_written_once: FIRST_TAPE_ONLY breaks CleanTape at "weight";
    tape_read_beyond_the_batch: WHOLE_TAPE breaks CleanTape at "bias";
    nothing_done_unless_asked: NOTHING_UNASKED breaks WithoutInputGradient at "weight";
    added_output: ADDS_TO_OUTPUT breaks OverwritesOutput at "output";
    output_kept_where_larger: MAXIMUM_OF_OUTPUT breaks OverwritesOutput at "output";
    input_gradient_kept_where_larger: MAXIMUM_OF_INPUT_GRADIENT breaks OverwritesInputGradient at "input";
    output_left_alone: TRAINING_SKIPS_LAST breaks OverwritesOutput at "output";
    batch_in_inference: BATCH_MEAN breaks BatchInvariant at "output";
    state_outside_the_random_numbers: STATE breaks Deterministic at "output";
    array_only_visited: NOT_WALKED breaks Names at "only visit shows `bias` [3] (Bias)";
    array_only_walked: NOT_VISITED breaks Names at "only walk shows `bias` [3] (Bias)";
    array_not_shown_at_all: NEITHER_SHOWN breaks Count at "COUNT";
    count_too_small: WRONG_COUNT breaks Count at "COUNT";
    shorter_than_its_shape: WRONG_SHAPE breaks Shape at "bias";
    same_name_twice: SAME_NAME breaks Names at "two arrays are named `weight`";
    other_order: OTHER_ORDER breaks Names at "visit shows `bias` [3] (Bias), walk shows `weight` [3, 3] (Weight)";
    other_role: OTHER_ROLE breaks Names at "visit shows `bias` [3] (Scale), walk shows `bias` [3] (Bias)";
    other_values: OTHER_VALUES breaks Names at "`bias` has other values in visit than in walk";
    factor_of_a_penalty: PENALTY_FACTOR breaks Gradient at "bias";
    assigned_penalty: PENALTY_ASSIGNS breaks AddsGradient at "bias";
    penalty_that_trains: PENALTY_TRAINS breaks KeepsParameters at "bias";
    statistics_that_train: STATISTICS_TRAIN breaks KeepsParameters at "parameter";
    rough_function: ROUGH breaks Smooth at "401 points were rejected, 0 were checked";
    infinite_output: INFINITE breaks Finite at "output";
    input_gradient_not_a_number: INPUT_NOT_A_NUMBER breaks Finite at "input";
}

#[test]
fn what_is_wrong_is_said() {
    fn hint<const M: u32>() -> String {
        failure::<M>().to_string().split("; ").last().unwrap().to_owned()
    }
    assert_eq!(hint::<WEIGHT_SIGN>(), "wrong sign of the whole array");
    assert_eq!(hint::<INPUT_FACTOR>(), "wrong factor of the whole array: 2.000");
    assert_eq!(hint::<WEIGHT_TRANSPOSED>(), "transposed: rows and columns are exchanged");
}

#[test]
fn only_the_second_sample_is_wrong() {
    let failure = failure::<SECOND_SAMPLE>();
    assert_eq!(failure.contract, Contract::Gradient);
    // The batch is shrunk to the two samples that it takes.
    assert_eq!((failure.place.sample, failure.samples), (Some(1), 2), "{failure}");
    assert!(check_layer::<Faulty<SECOND_SAMPLE>, [f64; 3]>(&Check::default().samples(1..=1)).is_ok());
}

#[test]
fn a_panic_is_a_failure() {
    let failure = failure::<PANICS>();
    assert_eq!(failure.contract, Contract::NoPanic);
    assert!(failure.to_string().contains("on purpose"), "{failure}");
}

#[test]
fn the_numbers_of_a_failure_are_those_of_the_mistake() {
    let failure = failure::<INPUT_FACTOR>();
    assert!((failure.found / failure.expected - 2.0).abs() < 1e-6, "{failure}");
    assert!((failure.relative_error - 0.5).abs() < 1e-6, "{failure}");
    assert!(failure.step > 0.0 && failure.place.index.len() == 1, "{failure}");
}

#[test]
fn names_lead_into_a_network() {
    type Network = Sequential![Dense<3, 3, f64>, Residual<Faulty<IGNORES_BIAS>>];
    let failure =
        check_network::<Network, [f64; 3], _, _>(&Check::default(), &MeanSquaredError, tensors(-1.0..1.0)).unwrap_err();
    assert_eq!((failure.contract, failure.place.name.as_str()), (Contract::Gradient, "1.bias"), "{failure}");
}

#[test]
fn the_same_seed_gives_the_same_failure_and_another_seed_another() {
    let with = |seed| check_layer::<Faulty<INPUT_FACTOR>, [f64; 3]>(&Check::default().seed(seed)).unwrap_err();
    assert_eq!(with(5), with(5));
    assert_ne!(with(5).found, with(6).found);
}

#[test]
fn a_tolerance_that_is_wide_enough_lets_a_small_mistake_pass() {
    let with = |t| check_layer::<Faulty<INPUT_NEARLY>, [f64; 3]>(&Check::default().tolerance(t));
    // Along a direction the elements may cancel to a hundredth of the largest, and the error stays.
    assert!(with(1e-3).is_ok() && with(2e-6).is_err());
}

#[test]
fn prepare_has_the_last_word() {
    // Without weights the transposed index cannot be seen.
    let check = Check::default();
    let zero = |layer: &mut Faulty<TRANSPOSED>, _: &mut _| layer.weight = [[0.0; 3]; 3];
    assert!(check_layer_with::<Faulty<TRANSPOSED>, [f64; 3]>(&check, zero).is_ok());
}

/// ReLU whose derivative on the negative side is a little off.
#[derive(Clone, Copy, Debug, AnyBitPattern)]
#[bytemuck(crate = "typenet::bytemuck")]
#[repr(C)]
struct LeakingRelu;

impl Elementwise for LeakingRelu {
    fn value<T: Scalar>(x: T) -> T {
        x.maximum(T::ZERO)
    }

    fn derivative<T: Scalar>(x: T, _: T) -> T {
        if x > T::ZERO { T::ONE } else { T::from_f64(1e-4) }
    }
}

typenet::elementwise!(LeakingRelu);

#[test]
fn a_wrong_branch_is_reached() {
    for check in [Check::default(), Check::default().away_from(&[0.0], 0.01)] {
        let failure = check_layer::<LeakingRelu, [[f64; 2]; 3]>(&check).unwrap_err();
        assert_eq!(failure.contract, Contract::Gradient);
        assert_eq!(failure.expected, 0.0, "{failure}");
        assert_eq!(failure.place.index.len(), 2, "{failure}");
    }
}

#[test]
fn a_wrong_hidden_layer_is_not_rejected_away() {
    type Network = Sequential![Dense<3, 9, f64>, LeakingRelu, Dense<9, 2, f64>];
    let failure =
        check_network::<Network, [f64; 3], _, _>(&Check::default(), &MeanSquaredError, tensors(-1.0..1.0)).unwrap_err();
    assert_eq!(failure.contract, Contract::Gradient, "{failure}");
}

/// The squared error of a scalar, wrong in one way.
struct FaultyLoss<const MISTAKE: u32>;

impl<const M: u32> Loss<f64> for FaultyLoss<M> {
    fn sample(&self, output: &f64, target: &f64, gradient: Option<&mut f64>) -> f64 {
        let difference = output - target;
        let asked = gradient.is_some();
        if let Some(gradient) = gradient {
            match M {
                1 => *gradient = -2.0 * difference,
                2 => *gradient = difference,
                3 => *gradient += 2.0 * difference,
                4 if difference < 0.0 => *gradient = 0.0,
                _ => *gradient = 2.0 * difference,
            }
        }
        match M {
            5 if asked => 0.0,
            8 => difference.clamp(-10.0, 10.0).powi(2),
            _ => difference * difference,
        }
    }

    fn check(&self, _: &f64) -> Result<(), Error> {
        if M == 7 { Err(Error::Class { class: 3, classes: 2 }) } else { Ok(()) }
    }

    fn mean(&self, outputs: &[f64], targets: &[f64], gradients: Option<&mut [f64]>) -> f64 {
        let mean = FaultyLoss::<0>;
        if M == 6 {
            mean.mean(outputs, targets, gradients) * outputs.len() as f64
        } else {
            mean_of(self, outputs, targets, gradients)
        }
    }
}

fn mean_of<const M: u32>(loss: &FaultyLoss<M>, y: &[f64], t: &[f64], gradients: Option<&mut [f64]>) -> f64 {
    let n = y.len() as f64;
    if let Some(gradients) = gradients {
        for ((y, t), g) in y.iter().zip(t).zip(gradients) {
            loss.sample(y, t, Some(g));
            *g /= n;
        }
    }
    y.iter().zip(t).map(|(y, t)| loss.sample(y, t, None)).sum::<f64>() / n
}

#[test]
fn wrong_losses_are_caught() {
    fn contract<const M: u32>() -> Result<(), Contract> {
        let result = check_loss::<FaultyLoss<M>, f64, _>(&Check::default(), &FaultyLoss::<M>, -1.0..1.0);
        result.map(drop).map_err(|failure| failure.contract)
    }
    assert_eq!(contract::<0>(), Ok(()));
    assert_eq!(contract::<1>(), Err(Contract::Gradient));
    assert_eq!(contract::<2>(), Err(Contract::Gradient));
    assert_eq!(contract::<3>(), Err(Contract::OverwritesInputGradient));
    assert_eq!(contract::<4>(), Err(Contract::Gradient));
    assert_eq!(contract::<5>(), Err(Contract::Loss));
    assert_eq!(contract::<6>(), Err(Contract::Loss));
    assert_eq!(contract::<7>(), Err(Contract::Settings));
    assert_eq!(contract::<8>(), Err(Contract::Hides));
}
