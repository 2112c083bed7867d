//! Extreme rates and extreme data: whatever they do, what a step leaves behind is finite.

use typenet::prelude::*;

use super::{all_finite, bits, data};

type Plain = Sequential![Dense<2, 8>, Relu, Dense<8, 1>];
type Normalized = Sequential![BatchNorm<2>, Dense<2, 8>, BatchNorm<8>, Tanh, Dropout<50>, Dense<8, 1>];

/// Trains for a while on scaled data, at a rate that may be absurd. Steps may fail.
fn train<N, O>(optimizer: &O, scale: f32) -> (usize, usize)
where
    N: Layer<[f32; 2], Output = [f32; 1]>,
    O: Optimizer,
{
    let mut network = initialized::<N>(1);
    let mut workspace = Workspace::<N, [f32; 2], O, Heap>::EMPTY;
    let mut rng = seeded(5);
    let scaled = data(8).map_inputs(|input| input.map(|x| x * scale));
    let (mut done, mut failed) = (0, 0);
    for _ in 0..60 {
        let before = bits(&*network);
        let (inputs, targets) = (scaled.inputs(), scaled.targets());
        match workspace.train_step(&mut network, &MeanSquaredError, optimizer, inputs, targets, &mut rng) {
            Ok(loss) => {
                assert!(loss.is_finite());
                done += 1;
            }
            Err(error) => {
                let sums = matches!(error, Error::SumOverflowed) && O::SUMS;
                assert!(sums || matches!(error, Error::LossNotFinite { .. } | Error::GradientNotFinite), "{error}");
                assert_eq!(bits(&*network), before, "{error}");
                failed += 1;
            }
        }
        assert!(all_finite(&*network), "step {done} at {} on {scale:e}", optimizer.learning_rate());
    }
    (done, failed)
}

#[test]
fn parameters_and_statistics_stay_finite() {
    let (mut done, mut failed) = (0, 0);
    for rate in [1e-3, 1.0, 1e6, 1e12] {
        for scale in [0.0, 1e-30, 1.0, 1e9, 1e18, 1e19, 1e25, 3e37] {
            let sgd = Sgd::new(rate);
            let adam = Adam::new(rate);
            let mut count = |(more_done, more_failed)| {
                done += more_done;
                failed += more_failed;
            };
            count(train::<Plain, _>(&sgd, scale));
            count(train::<Plain, _>(&sgd.momentum(0.99), scale));
            count(train::<Plain, _>(&sgd.momentum(0.99).nesterov(), scale));
            count(train::<Plain, _>(&RmsProp::new(rate), scale));
            count(train::<Plain, _>(&adam, scale));
            count(train::<Plain, _>(&Adam { epsilon: 2e-38, ..adam }, scale));
            count(train::<Plain, _>(&AdamW { adam, decay: 1.0 / rate }, scale));
            count(train::<Plain, _>(&adam.amsgrad(), scale));
            count(train::<Plain, _>(&Adagrad::new(rate), scale));
            count(train::<Plain, _>(&Adagrad { initial: 0.0, epsilon: 2e-38, ..Adagrad::new(rate) }, scale));
            count(train::<Plain, _>(&Adadelta::new(rate), scale));
            count(train::<Plain, _>(&Adamax::new(rate), scale));
            count(train::<Plain, _>(&Adamax { epsilon: 2e-38, ..Adamax::new(rate) }, scale));
            count(train::<Plain, _>(&NAdam::new(rate), scale));
            count(train::<Plain, _>(&NAdam { epsilon: 2e-38, ..NAdam::new(rate) }, scale));
            count(train::<Plain, _>(&RAdam::new(rate), scale));
            count(train::<Plain, _>(&RAdam { beta2: 0.0, epsilon: 2e-38, ..RAdam::new(rate) }, scale));
            count(train::<Plain, _>(&Lion::new(rate).weight_decay(1.0 / rate).weights_only(), scale));
            count(train::<Plain, _>(&adam.accumulate(3).average(0.9), scale));
            count(train::<Plain, _>(&adam.clip(Clip::GlobalNorm(1e-3)), scale));
            count(train::<Normalized, _>(&sgd, scale));
            count(train::<Normalized, _>(&sgd.momentum(0.99), scale));
            count(train::<Normalized, _>(&RmsProp::new(rate), scale));
            count(train::<Normalized, _>(&adam, scale));
        }
    }
    // Both happened, often.
    assert!(done > 2000 && failed > 2000, "{done} steps, {failed} errors");
}

#[test]
fn an_outlier_does_not_hold_a_weight_still() {
    // The square of its gradient is beyond f32. In a mean square it would be infinite for ever.
    let mut line = Dense::<1, 1>::ZERO;
    let mut workspace = Workspace::<_, _, _, Inline<1>>::EMPTY;
    let mut step = |line: &mut Dense<1, 1>, target| {
        workspace.train_step(line, &MeanSquaredError, &Adam::new(0.1), &[[1.0]], &[[target]], &mut seeded(1))
    };
    assert!(step(&mut line, 1.0).is_ok());
    assert!(matches!(step(&mut line, 1e19), Err(Error::LossNotFinite { .. } | Error::GradientNotFinite)));
    for _ in 0..200 {
        step(&mut line, 3.0).unwrap();
    }
    let output = line.weight[0] + line.bias[0];
    assert!((output - 3.0).abs() < 0.01, "{output}");
}

#[test]
fn a_sum_that_cannot_grow_is_refused() {
    // Its square is 1e38: the fourth is beyond f32.
    fn steps<O: Optimizer>(optimizer: &O) -> (usize, Error) {
        let mut line = Dense::<1, 1>::ZERO;
        let mut workspace = Workspace::<_, _, _, Inline<1>>::EMPTY;
        for step in 0.. {
            let before = line;
            let target = if step < 8 { 5e18 } else { 3.0 };
            let result =
                workspace.train_step(&mut line, &MeanSquaredError, optimizer, &[[1.0]], &[[target]], &mut seeded(1));
            if let Err(error) = result {
                assert_eq!(line, before);
                return (step, error);
            }
            assert!(step < 100, "it trains on, at a weight of {}", line.weight[0]);
        }
        unreachable!()
    }
    let adagrad = Adagrad::new(0.1);
    assert_eq!(steps(&adagrad), (4, Error::SumOverflowed));
    // Through every wrapper.
    assert_eq!(steps(&adagrad.weight_decay(0.0).average(0.5).groups([])), (4, Error::SumOverflowed));
    assert_eq!(steps(&adagrad.accumulate(1).clip(Clip::Value(1e19))), (4, Error::SumOverflowed));
    let rate = ExponentialDecay { start: 0.1, factor: 1.0, steps: 1.0 };
    assert_eq!(steps(&adagrad.scheduled(rate)), (4, Error::SumOverflowed));
}

/// A step of one sample with target 0.
type Step = dyn Fn(&mut Dense<1, 1>, f32) -> Result<f32, Error>;

#[test]
fn a_limit_by_value_mends_what_is_finite() {
    // y = 1e-10 x 1e25: the derivative by the weight, 2 x 1e15 x 1e25, is beyond f32. With x = 1e15 it is 2e20, and
    // only its square is.
    let train = |optimizer: &Step, input| {
        let mut line = Dense::<1, 1>::ZERO;
        line.weight[0] = 1e-10;
        optimizer(&mut line, input).map(|_| line.weight[0])
    };
    fn step<O: Optimizer>(optimizer: O) -> impl Fn(&mut Dense<1, 1>, f32) -> Result<f32, Error> {
        move |line, input| {
            let mut workspace = Workspace::<_, _, _, Inline<1>>::EMPTY;
            workspace.train_step(line, &MeanSquaredError, &optimizer, &[[input]], &[[0.0]], &mut seeded(1))
        }
    }
    let (sgd, by_value) = (Sgd::new(0.1), Sgd::new(0.1).clip(Clip::Value(1.0)));
    assert_eq!(train(&step(by_value), 1e15), Ok(1e-10 - 0.1));
    assert_eq!(train(&step(by_value.weight_decay(0.0).average(0.5)), 1e15), Ok(1e-10 - 0.1));
    assert_eq!(train(&step(by_value.groups([ParameterGroup::matching("weight").rate(2.0)])), 1e15), Ok(1e-10 - 0.2));
    assert_eq!(
        train(&step(by_value.scheduled(ExponentialDecay { start: 0.1, factor: 1.0, steps: 1.0 })), 1e15),
        Ok(1e-10 - 0.1)
    );
    let others: [&Step; 5] = [
        &step(sgd),
        &step(sgd.clip(Clip::Norm(1.0))),
        &step(sgd.clip(Clip::GlobalNorm(1.0))),
        // The sum over batches comes before the limit, and could be infinite.
        &step(by_value.accumulate(2)),
        // Too large a limit to help.
        &step(sgd.clip(Clip::Value(1e20))),
    ];
    for optimizer in others {
        assert_eq!(train(optimizer, 1e15), Err(Error::GradientNotFinite));
        assert!(train(optimizer, 1.0).is_ok());
    }
    assert_eq!(train(&step(by_value), 1e25), Err(Error::GradientNotFinite));
}
