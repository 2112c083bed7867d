//! Bad input: a typed error, nothing changed by it, and good data goes on as if it had not been.

use typenet::prelude::*;
use typenet::rand::rngs::Xoshiro256PlusPlus;

use super::{Network, bits, data, network};

pub type Input = [f32; 2];
pub type Target = [f32; 1];

pub fn setting(error: Error) -> (&'static str, f64) {
    match error {
        Error::Setting { name, value, .. } => (name, value),
        _ => panic!("{error}"),
    }
}

/// A training by steps.
struct Steps<O: Optimizer> {
    network: Box<Network>,
    workspace: Workspace<Network, Input, O, Inline<4>>,
    rng: Xoshiro256PlusPlus,
}

impl<O: Optimizer> Steps<O> {
    fn new() -> Self {
        Self { network: network(), workspace: Workspace::EMPTY, rng: seeded(5) }
    }

    fn step(&mut self, optimizer: &O, inputs: &[Input], targets: &[Target]) -> Result<f32, Error> {
        self.workspace.train_step(&mut self.network, &MeanSquaredError, optimizer, inputs, targets, &mut self.rng)
    }

    fn good_step(&mut self, optimizer: &O) {
        let data = data(4);
        self.step(optimizer, data.inputs(), data.targets()).unwrap();
    }
}

/// Takes a bad step between two good ones. Only the good ones may leave a trace.
#[track_caller]
fn fails<O: Optimizer>(good: &O, bad: &O, inputs: &[Input], targets: &[Target], draws: bool) -> Error {
    let (mut steps, mut twin) = (Steps::new(), Steps::new());
    steps.good_step(good);
    twin.good_step(good);
    let (before, rng) = (bits(&*steps.network), steps.rng.clone());
    let error = steps.step(bad, inputs, targets).unwrap_err();
    assert_eq!(bits(&*steps.network), before, "{error}");
    assert_eq!(steps.workspace.steps(), 1, "{error}");
    assert_eq!(steps.rng != rng, draws, "{error}");
    steps.rng = rng;
    // The optimizer's state cannot be seen, but what comes of it can.
    for _ in 0..3 {
        steps.good_step(good);
        twin.good_step(good);
    }
    assert_eq!(bits(&*steps.network), bits(&*twin.network), "{error}");
    error
}

#[test]
fn batches_that_cannot_be_used() {
    let (data, adam) = (data(5), Adam::default());
    let (inputs, targets) = (data.inputs(), data.targets());
    let error = fails(&adam, &adam, &[], &[], false);
    assert_eq!(error, Error::Empty("train on"));
    assert_eq!(error.to_string(), "the data set is empty: there is no sample to train on");
    let error = fails(&adam, &adam, &inputs[..2], &targets[..3], false);
    assert_eq!(error, Error::Lengths { inputs: 2, targets: 3 });
    let error = fails(&adam, &adam, inputs, targets, false);
    assert_eq!(error, Error::BatchTooLarge { samples: 5, capacity: 4 });
}

#[test]
fn settings_out_of_range() {
    #[track_caller]
    fn found<O: Optimizer>(good: &O, bad: &O) -> &'static str {
        let data = data(4);
        setting(fails(good, bad, data.inputs(), data.targets(), false)).0
    }
    let (adam, heavy, rms) = (Adam::default(), Sgd::default().momentum(0.9), RmsProp::default());
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e-9, 1.1e12] {
        let mut sgd = Sgd::default();
        sgd.set_learning_rate(bad);
        assert_eq!(found(&Sgd::default(), &sgd), "the learning rate");
        assert_eq!(found(&heavy, &Momentum { rate: bad, ..heavy }), "the learning rate");
        assert_eq!(found(&rms, &RmsProp::new(bad)), "the learning rate");
        assert_eq!(found(&adam, &Adam::new(bad)), "the learning rate");
        let decaying = AdamW::default();
        assert_eq!(found(&decaying, &AdamW { adam: Adam::new(bad), ..decaying }), "the learning rate");
        assert_eq!(found(&decaying, &AdamW { decay: bad, ..decaying }), "the weight decay");
    }
    for bad in [f64::NAN, f64::INFINITY, -1e-9, 1.0] {
        assert_eq!(found(&heavy, &Momentum { momentum: bad, ..heavy }), "the momentum");
        assert_eq!(found(&rms, &RmsProp { decay: bad, ..rms }), "the decay");
        assert_eq!(found(&adam, &Adam { beta1: bad, ..adam }), "beta1");
        assert_eq!(found(&adam, &Adam { beta2: bad, ..adam }), "beta2");
    }
    // An epsilon that single precision takes for 0 would make 0 / 0.
    for bad in [f64::NAN, f64::INFINITY, -1e-7, 0.0, 1e-46] {
        assert_eq!(found(&rms, &RmsProp { epsilon: bad, ..rms }), "epsilon");
        assert_eq!(found(&adam, &Adam { epsilon: bad, ..adam }), "epsilon");
    }
    for bad in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        for clip in [Clip::Value(bad), Clip::Norm(bad), Clip::GlobalNorm(bad)] {
            assert_eq!(found(&adam.clip(Clip::Value(1.0)), &adam.clip(clip)), "the clipping limit");
        }
    }
    let (adagrad, adadelta, adamax) = (Adagrad::default(), Adadelta::default(), Adamax::default());
    let (nadam, radam, lion) = (NAdam::default(), RAdam::default(), Lion::default());
    for bad in [f64::NAN, f64::INFINITY, -1e-9, 1.1e12] {
        assert_eq!(found(&adagrad, &Adagrad::new(bad)), "the learning rate");
        assert_eq!(found(&adadelta, &Adadelta::new(bad)), "the learning rate");
        assert_eq!(found(&adamax, &Adamax::new(bad)), "the learning rate");
        assert_eq!(found(&nadam, &NAdam::new(bad)), "the learning rate");
        assert_eq!(found(&radam, &RAdam::new(bad)), "the learning rate");
        assert_eq!(found(&lion, &Lion::new(bad)), "the learning rate");
        assert_eq!(found(&adam.amsgrad(), &Adam::new(bad).amsgrad()), "the learning rate");
        assert_eq!(found(&adagrad, &Adagrad { initial: bad, ..adagrad }), "the initial sum");
        let decaying = adam.weight_decay(0.1);
        assert_eq!(found(&decaying, &adam.weight_decay(bad)), "the weight decay");
        let grouped = adam.groups([ParameterGroup::matching("0.*")]);
        let bad_rate = adam.groups([ParameterGroup::matching("0.*").rate(bad)]);
        assert_eq!(found(&grouped, &bad_rate), "the factor of a group's learning rate");
        let bad_decay = adam.groups([ParameterGroup::matching("0.*").decay(bad)]);
        assert_eq!(found(&grouped, &bad_decay), "the factor of a group's weight decay");
    }
    for bad in [f64::NAN, f64::INFINITY, -1e-9] {
        assert_eq!(found(&nadam, &NAdam { momentum_decay: bad, ..nadam }), "the momentum decay");
    }
    for bad in [f64::NAN, f64::INFINITY, -1e-9, 1.0] {
        assert_eq!(found(&adadelta, &Adadelta { decay: bad, ..adadelta }), "the decay");
        assert_eq!(found(&adamax, &Adamax { beta1: bad, ..adamax }), "beta1");
        assert_eq!(found(&adamax, &Adamax { beta2: bad, ..adamax }), "beta2");
        assert_eq!(found(&nadam, &NAdam { beta1: bad, ..nadam }), "beta1");
        assert_eq!(found(&nadam, &NAdam { beta2: bad, ..nadam }), "beta2");
        assert_eq!(found(&radam, &RAdam { beta1: bad, ..radam }), "beta1");
        assert_eq!(found(&radam, &RAdam { beta2: bad, ..radam }), "beta2");
        assert_eq!(found(&lion, &Lion { beta1: bad, ..lion }), "beta1");
        assert_eq!(found(&lion, &Lion { beta2: bad, ..lion }), "beta2");
        assert_eq!(found(&adam.average(0.5), &adam.average(bad)), "the momentum of the average");
    }
    for bad in [f64::NAN, f64::INFINITY, -1e-7, 0.0, 1e-46] {
        assert_eq!(found(&adagrad, &Adagrad { epsilon: bad, ..adagrad }), "epsilon");
        assert_eq!(found(&adadelta, &Adadelta { epsilon: bad, ..adadelta }), "epsilon");
        assert_eq!(found(&adamax, &Adamax { epsilon: bad, ..adamax }), "epsilon");
        assert_eq!(found(&nadam, &NAdam { epsilon: bad, ..nadam }), "epsilon");
        assert_eq!(found(&radam, &RAdam { epsilon: bad, ..radam }), "epsilon");
    }
    assert_eq!(found(&adam.accumulate(1), &adam.accumulate(0)), "the number of batches of a step");
    // Through every wrapper.
    let around = |adam: Adam| adam.weight_decay(0.1).accumulate(2).average(0.5).clip(Clip::Norm(1.0));
    assert_eq!(found(&around(adam), &around(Adam { beta1: 1.0, ..adam })), "beta1");
    // A group must not turn weights around either, nor leave the range of rates.
    let decaying = Sgd::new(0.1).weight_decay(1.0);
    let group = ParameterGroup::matching("*");
    assert!(decaying.groups([group.rate(10.0)]).check(1).is_ok());
    assert!(decaying.groups([group.rate(11.0)]).check(1).is_err());
    assert!(decaying.groups([group.decay(11.0)]).check(1).is_err());
    assert!(Sgd::new(10.0).groups([group.rate(1e12)]).check(1).is_err());
    const LONG: [u8; 128] = [b'a'; 128];
    let long = adam.groups([ParameterGroup::matching(core::str::from_utf8(&LONG).unwrap())]);
    assert_eq!(setting(long.check(1).unwrap_err()), ("the length of a group's pattern", 128.0));
    let error = Sgd::new(f64::NAN).check(1).unwrap_err();
    assert_eq!(error.to_string(), "the learning rate is NaN, but must be between 0 and 1e12");
}

#[test]
fn losses_and_gradients_that_are_not_finite() {
    let adam = Adam::default();
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let error = fails(&adam, &adam, &[[0.5, 0.5], [bad, 1.0]], &[[0.0]; 2], true);
        assert!(matches!(error, Error::LossNotFinite { value } if !value.is_finite()), "{error}");
        let error = fails(&adam, &adam, &[[0.5, 0.5], [1.0, 2.0]], &[[0.0], [bad]], true);
        assert!(matches!(error, Error::LossNotFinite { value } if !value.is_finite()), "{error}");
    }
    // The loss is 1.44e38. The derivative by the last bias is -2.4e19: only its square is beyond f32.
    let error = fails(&adam, &adam, &data(4).inputs()[..2], &[[1.2e19]; 2], true);
    assert_eq!(error, Error::GradientNotFinite);
    // The variance of the first layer's output is beyond f32, though that of no value is.
    let error = fails(&adam, &adam, &[[1e20, 1.0], [-1e20, 1.0]], &[[0.0]; 2], true);
    assert!(matches!(error, Error::LossNotFinite { value } if value.is_nan()), "{error}");
    assert_eq!(error.to_string(), "the loss is NaN: check the data for NaN and outliers, or lower the learning rate");
}

#[test]
fn raw_scores_for_a_loss_on_probabilities() {
    type Scores = Dense<2, 3>;
    type Probabilities = Sequential![Dense<2, 3>, Softmax];
    fn errors<N, L, Y>(loss: L, target: Y) -> [Result<(), String>; 2]
    where
        N: Layer<[f32; 2], Output = [f32; 3]>,
        L: Loss<[f32; 3], Y> + Copy,
        Y: Sample,
    {
        let data = Dataset::new(vec![[1.0_f32, 2.0]; 4], vec![target; 4]).unwrap();
        let mut trainer = Trainer::new(initialized::<N>(1), loss, Adam::default());
        let before = bits(trainer.network());
        let evaluated = trainer.evaluate(&data).map(drop);
        let trained = trainer.fit(&data, Fit::epochs(1)).map(drop);
        assert!(trained.is_ok() || bits(trainer.network()) == before);
        [evaluated, trained].map(|result| result.map_err(|error| error.to_string()))
    }
    let remedy = |rest: &'static str| move |result: Result<(), String>| result.unwrap_err().ends_with(rest);
    let softmax = "but the categorical cross-entropy is for probabilities: end the network with `Softmax`, or use the loss \
                   whose name ends with `Logits`";
    let sigmoid = "but the binary cross-entropy is for probabilities: end the network with `Sigmoid`, or use \
                   `BinaryCrossEntropyLogits`";
    let row = [0.0, 1.0, 0.0];
    assert_eq!(errors::<Scores, _, _>(CategoricalCrossEntropy, row).map(remedy(softmax)), [true; 2]);
    assert_eq!(errors::<Scores, _, _>(SparseCategoricalCrossEntropy, 1_u8).map(remedy(softmax)), [true; 2]);
    assert_eq!(errors::<Scores, _, _>(KullbackLeibler, row).map(remedy("end the network with `Softmax`")), [true; 2]);
    assert_eq!(errors::<Scores, _, _>(BinaryCrossEntropy, row).map(remedy(sigmoid)), [true; 2]);
    // Through every loss around a loss.
    let weighted = ClassWeighted { loss: CategoricalCrossEntropy, weights: [1.0; 3] };
    assert_eq!(errors::<Scores, _, _>(weighted, row).map(remedy(softmax)), [true; 2]);
    assert_eq!(errors::<Scores, _, _>(Everywhere(weighted), row).map(remedy(softmax)), [true; 2]);
    let smoothed = Smoothed::categorical(CategoricalCrossEntropy, 0.1);
    assert_eq!(errors::<Scores, _, _>(smoothed, row).map(remedy(softmax)), [true; 2]);
    assert_eq!(errors::<Scores, _, _>(SampleWeighted(BinaryCrossEntropy), (row, 1.0)).map(remedy(sigmoid)), [true; 2]);
    let steps = PerStep(SparseCategoricalCrossEntropy);
    assert!(Loss::<_, [u8; 2]>::check_outputs(&steps, &[[[0.5_f32, 0.5], [0.5, 0.6]]]).is_err());

    assert_eq!(errors::<Probabilities, _, _>(CategoricalCrossEntropy, row), [Ok(()), Ok(())]);
    assert_eq!(errors::<Probabilities, _, _>(SparseCategoricalCrossEntropy, 1_u8), [Ok(()), Ok(())]);
    assert_eq!(errors::<Probabilities, _, _>(KullbackLeibler, row), [Ok(()), Ok(())]);
    assert_eq!(errors::<Scores, _, _>(CategoricalCrossEntropyLogits, row), [Ok(()), Ok(())]);
    assert_eq!(errors::<Scores, _, _>(BinaryCrossEntropyLogits, row), [Ok(()), Ok(())]);
}

#[test]
fn probabilities_for_a_loss_on_logits() {
    fn summary<N, L>(loss: L) -> String
    where
        N: Layer<[f32; 2], Output = [f32; 3]>,
        L: Loss<[f32; 3], [f32; 3]>,
    {
        let trainer = Trainer::<N, [f32; 2], [f32; 3], _, _>::new(initialized(1), loss, Adam::default());
        trainer.summary().to_string().lines().last().unwrap().to_owned()
    }
    type Scores = Dense<2, 3>;
    type Shares = Sequential![Dense<2, 3>, Softmax];
    type Chances = Sequential![Dense<2, 3>, Relu, Dense<3, 3>, Sigmoid];
    let softmax = "The loss is for logits, but the network ends with Softmax: one of them is too many.";
    let sigmoid = "The loss is for logits, but the network ends with Sigmoid: one of them is too many.";
    assert_eq!(summary::<Shares, _>(CategoricalCrossEntropyLogits), softmax);
    assert_eq!(summary::<Shares, _>(Smoothed::categorical(CategoricalCrossEntropyLogits, 0.1)), softmax);
    assert_eq!(summary::<Chances, _>(BinaryCrossEntropyLogits), sigmoid);
    assert_eq!(summary::<Chances, _>(Everywhere(FocalLogits::default())), sigmoid);
    for quiet in [
        summary::<Scores, _>(CategoricalCrossEntropyLogits),
        summary::<Shares, _>(CategoricalCrossEntropy),
        summary::<Chances, _>(MeanSquaredError),
    ] {
        assert_eq!(quiet, "Statistics, not trained: 0");
    }
}

#[test]
fn a_finite_loss_with_an_infinite_gradient() {
    // y = 1e-10 x 1e25, its square 1e30; the derivative by the weight 2 x 1e15 x 1e25.
    let mut line = Dense::<1, 1>::ZERO;
    line.weight[0] = 1e-10;
    let before = line;
    let mut workspace = Workspace::<_, _, _, Inline<1>>::EMPTY;
    let mut step = |line: &mut Dense<1, 1>, input| {
        workspace.train_step(line, &MeanSquaredError, &Sgd::default(), &[[input]], &[[0.0]], &mut seeded(1))
    };
    assert_eq!(step(&mut line, 1e25), Err(Error::GradientNotFinite));
    assert_eq!(line, before);
    assert!(step(&mut line, 1.0).is_ok());
}

#[test]
fn classes_that_do_not_exist() {
    type Classifier = Sequential![Dense<2, 3>, BatchNorm<3>];
    let train = |bad: bool| {
        let mut trainer: Trainer<_, _, u8, _, _> =
            Trainer::new(initialized::<Classifier>(1), SparseCategoricalCrossEntropyLogits, Adam::default());
        let good = data(3).map_targets(|[target]| u8::from(target > 0.3));
        let wrong = Dataset::new(good.inputs().to_vec(), vec![0, 3, 1]).unwrap();
        trainer.fit(&good, Fit::epochs(1)).unwrap();
        if bad {
            let (before, history) = (bits(trainer.network()), trainer.history().clone());
            let error = Err(Error::Class { class: 3, classes: 3 });
            assert_eq!(trainer.fit(&wrong, Fit::epochs(1)), error);
            assert_eq!(trainer.fit(&good, Fit::epochs(1).validation_data(&wrong)), error);
            assert_eq!(trainer.evaluate(&wrong).map(|scores| scores.loss), Err(Error::Class { class: 3, classes: 3 }));
            assert_eq!((bits(trainer.network()), trainer.history()), (before, &history));
        }
        trainer.fit(&good, Fit::epochs(2)).unwrap();
        bits(trainer.network())
    };
    assert_eq!(train(true), train(false));
    let error = Error::Class { class: 3, classes: 3 }.to_string();
    assert_eq!(error, "target class 3 does not exist: the network has 3 classes, numbered from 0");
}
