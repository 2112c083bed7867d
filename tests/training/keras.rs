//! `fit`, `evaluate` and `predict` do what those of Keras do.

use typenet::prelude::*;

use super::{Heard, Spy, Told, bits, data, network};

/// One weight, and nothing at random.
type Line = Dense<1, 1>;

/// Samples whose target is their number.
fn numbered(samples: u16) -> Dataset<[f32; 1], [f32; 1]> {
    let numbers: Vec<[f32; 1]> = (0..samples).map(|number| [number.into()]).collect();
    Dataset::new(numbers.clone(), numbers).unwrap()
}

fn line(weight: f32, bias: f32) -> Box<Line> {
    let mut line = Box::new(Line::ZERO);
    line.weight[0] = weight;
    line.bias[0] = bias;
    line
}

/// Gradient descent that changes nothing: the weights stay those of the test.
const REST: Sgd = Sgd::new(0.0);

#[test]
fn validation_takes_the_last_samples_before_any_shuffling() {
    // Of Keras: floor(11 x (1 - 0.3)) = 7 samples are for training.
    let spy = Spy::default();
    let mut trainer = Trainer::new(line(0.0, 0.0), MeanSquaredError, REST).metric(spy.clone());
    let history = trainer.fit(&numbered(11), Fit::epochs(3).batch_size(7).validation_split(0.3)).unwrap();
    let batches = spy.take_targets();
    assert_eq!(batches.len(), 6);
    let mut orders = Vec::new();
    for epoch in batches.chunks(2) {
        assert_eq!(epoch[1], [7.0, 8.0, 9.0, 10.0]);
        let mut training = epoch[0].clone();
        orders.push(training.clone());
        training.sort_by(f32::total_cmp);
        assert_eq!(training, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }
    // Each epoch has an order of its own.
    assert!(orders[0] != orders[1] && orders[1] != orders[2] && orders[0] != orders[2], "{orders:?}");
    let expected = f64::from(7 * 7 + 8 * 8 + 9 * 9 + 10 * 10) / 4.0;
    assert!(history.validation("loss").unwrap().iter().all(|loss| (loss / expected - 1.0).abs() < 1e-6), "{history}");
    assert_eq!(history.training("samples").unwrap(), [7.0; 3]);
    assert_eq!(history.validation("samples").unwrap(), [4.0; 3]);
}

#[test]
fn a_split_is_the_same_as_its_two_parts() {
    let all = data(25);
    let (training, validation) = all.clone().split_at(20);
    let fit = Fit::epochs(3).batch_size(8);
    let mut split = Trainer::new(network(), MeanSquaredError, Adam::default());
    let mut parts = Trainer::new(network(), MeanSquaredError, Adam::default());
    let history = split.fit(&all, fit.validation_split(0.2)).unwrap();
    assert_eq!(history, parts.fit(&training, fit.validation_data(&validation)).unwrap());
    assert_eq!(bits(split.network()), bits(parts.network()));
    // Validation itself changes nothing.
    let mut alone = Trainer::new(network(), MeanSquaredError, Adam::default());
    let unvalidated = alone.fit(&training, fit).unwrap();
    assert_eq!(unvalidated.training("loss"), history.training("loss"));
    assert_eq!(unvalidated.validation("loss"), None);
    assert_eq!(bits(alone.network()), bits(parts.network()));
}

#[test]
fn the_loss_is_the_running_mean_weighted_by_samples() {
    let (heard, spy) = (Heard::default(), Spy::default());
    let mut trainer = Trainer::new(line(0.0, 0.0), MeanSquaredError, REST).metric(spy.clone()).report(heard.clone());
    let history = trainer.fit(&numbered(7), Fit::epochs(1).batch_size(3).shuffle(false)).unwrap();
    // Squares of 0 to 6; the last batch is smaller. The mean of the batches' means would be 18.1.
    assert_eq!(spy.take_targets(), [vec![0.0, 1.0, 2.0], vec![3.0, 4.0, 5.0], vec![6.0]]);
    assert!((history.training("loss").unwrap()[0] - 13.0).abs() < 1e-5, "{history}");
    let told = ["start 1 x 3", "batch 1.1 1.6667", "batch 1.2 9.1667", "batch 1.3 13.0000", "1 of 1", "end"];
    assert_eq!(heard.take(), told);
    assert_eq!(heard.measured(), [3, 6, 7].map(|samples| (samples, vec![("samples", samples as f64)])));
}

#[test]
fn the_loss_is_taken_before_each_update() {
    // y = w x from w = 0, samples (1, 1) one by one, rate 0.25: w becomes 0.5, then 0.75, bias too.
    let ones = Dataset::new(vec![[1.0]; 2], vec![[1.0]; 2]).unwrap();
    let mut trainer = Trainer::new(line(0.0, 0.0), MeanSquaredError, Sgd::new(0.125));
    let history = trainer.fit(&ones, Fit::epochs(1).batch_size(1).validation_data(&ones)).unwrap();
    // Outputs 0, 0.5, and 0.75 afterwards: squared errors 1, 0.25 and 0.0625.
    assert_eq!(history.training("loss").unwrap(), [0.625]);
    assert_eq!(history.validation("loss").unwrap(), [0.0625]);
}

#[test]
fn dropout_is_on_in_training_only() {
    type Dropped = Sequential![Dense<1, 1>, Dropout<50>];
    let spy = Spy::default();
    // The output is 1 everywhere, the target 0.
    let mut dropped = Box::new(Dropped::ZERO);
    dropped.0.bias[0] = 1.0;
    let zeros = Dataset::new(vec![[1.0]; 64], vec![[0.0]; 64]).unwrap();
    let mut trainer = Trainer::new(dropped, MeanSquaredError, REST).metric(spy.clone());
    let history = trainer.fit(&zeros, Fit::epochs(2).batch_size(16).validation_data(&zeros)).unwrap();
    let mut kept = Vec::new();
    for told in spy.take() {
        match told {
            Told::Batch { outputs, .. } if outputs.len() == 16 => {
                assert!(outputs.iter().all(|output| [0.0, 2.0].contains(output)), "{outputs:?}");
                kept.push(outputs.iter().filter(|output| **output == 2.0).count());
            }
            Told::Batch { outputs, .. } => assert_eq!(outputs, [1.0; 64]),
            Told::Reset => {}
        }
    }
    let losses: Vec<f64> = kept.chunks(4).map(|epoch| epoch.iter().sum::<usize>() as f64 * 4.0 / 64.0).collect();
    assert_eq!(history.training("loss").unwrap(), losses);
    // Of 64 fair coins between 16 and 48 show heads: four standard deviations on each side.
    assert!(losses.iter().all(|loss| (1.0..3.0).contains(loss)) && losses[0] != losses[1], "{losses:?}");
    assert_eq!(history.validation("loss").unwrap(), [1.0; 2]);
    assert_eq!(trainer.evaluate(&zeros).unwrap().loss, 1.0);
}

#[test]
fn penalties_are_counted() {
    // y = 2 x, which the data says too: what is left of the loss is 0.1 x 2².
    let mut penalized = Box::new(Regularized::<Line, L2<1, -1>>::ZERO);
    penalized.0.weight[0] = 2.0;
    let doubled = numbered(5).map_targets(|[number]| [2.0 * number]);
    let spy = Spy::default();
    let mut trainer = Trainer::new(penalized, MeanSquaredError, REST).metric(spy.clone());
    let history = trainer.fit(&doubled, Fit::epochs(1).batch_size(2).validation_data(&doubled)).unwrap();
    let close = |loss: f64| assert!((loss - 0.4).abs() < 1e-6, "{loss}");
    close(history.training("loss").unwrap()[0]);
    close(history.validation("loss").unwrap()[0]);
    close(trainer.evaluate(&doubled).unwrap().loss);
    // One step takes away rate x 2 x 0.1 x 2, however many samples the batch has.
    trainer.optimizer_mut().rate = 0.5;
    trainer.fit(&doubled, Fit::epochs(1).batch_size(5)).unwrap();
    assert!((trainer.network().0.weight[0] - 1.8).abs() < 1e-6, "{:?}", trainer.network());
}

#[test]
fn metrics_start_again_for_each_part_of_each_epoch() {
    let spy = Spy::default();
    let mut trainer = Trainer::new(line(0.0, 0.0), MeanSquaredError, REST).metric(spy.clone());
    trainer.fit(&numbered(5), Fit::epochs(2).batch_size(2).validation_split(0.2)).unwrap();
    trainer.evaluate(&numbered(2)).unwrap();
    let told: Vec<usize> = spy
        .take()
        .iter()
        .map(|told| match told {
            Told::Reset => 0,
            Told::Batch { targets, .. } => targets.len(),
        })
        .collect();
    assert_eq!(told, [0, 2, 2, 0, 1, 0, 2, 2, 0, 1, 0, 2]);
}

#[test]
fn the_seed_gives_order_and_masks() {
    let train = |seed: u64, shuffle: bool| {
        let spy = Spy::default();
        let mut trainer = Trainer::new(network(), MeanSquaredError, Adam::default()).seed(seed).metric(spy.clone());
        let history = trainer.fit(&data(10), Fit::epochs(2).batch_size(4).shuffle(shuffle)).unwrap();
        (spy.take(), history, bits(trainer.network()))
    };
    assert_eq!(train(1, true), train(1, true));
    let targets = |seed, shuffle| -> Vec<f32> {
        let told = train(seed, shuffle).0.into_iter();
        told.filter_map(|told| if let Told::Batch { targets, .. } = told { Some(targets) } else { None })
            .flatten()
            .collect()
    };
    assert_ne!(targets(1, true), targets(2, true));
    // Without shuffling the order is that of the data, and the masks still follow the seed.
    let in_order = [data(10).targets().as_flattened(), data(10).targets().as_flattened()].concat();
    assert_eq!((targets(1, false), targets(2, false)), (in_order.clone(), in_order));
    assert_ne!(train(1, false).2, train(2, false).2);
    assert_eq!(train(1, false), train(1, false));
}

#[test]
fn a_second_fit_goes_on_where_the_first_ended() {
    let fit = |epochs| Fit::epochs(epochs).batch_size(4).shuffle(false);
    let mut once = Trainer::new(network(), MeanSquaredError, Adam::new(0.01));
    let mut twice = Trainer::new(network(), MeanSquaredError, Adam::new(0.01));
    let whole = once.fit(&data(10), fit(3)).unwrap();
    let first = twice.fit(&data(10), fit(1)).unwrap();
    // What lies between the two changes nothing.
    twice.evaluate(&data(30)).unwrap();
    twice.predict(data(5).inputs());
    let second = twice.fit(&data(10), fit(2)).unwrap();
    assert_eq!(bits(once.network()), bits(twice.network()));
    let losses = |history: &History| history.training("loss").unwrap();
    assert_eq!(losses(&whole), [losses(&first), losses(&second)].concat());
    // The history is that of the last call.
    assert_eq!((second.len(), twice.history()), (2, &second));
}

#[test]
fn evaluation_is_the_mean_over_all_samples() {
    // More samples than inference takes at a time, and no multiple of that.
    let (samples, network) = (600, network());
    let other = data(samples);
    let mut losses = 0.0;
    for (input, target) in other.iter() {
        let mut output = [[0.0]];
        network.forward(&[*input], &mut output);
        losses += f64::from((output[0][0] - target[0]).powi(2));
    }
    let expected = losses / samples as f64 + network.penalty();
    let spy = Spy::default();
    let mut trainer = Trainer::new(network, MeanSquaredError, Adam::default())
        .metric(MeanLoss::mean_squared_error())
        .metric(spy.clone());
    let before = bits(trainer.network());
    let scores = trainer.evaluate(&other).unwrap();
    // Sums of f32 against sums of f64.
    assert!((scores.loss / expected - 1.0).abs() < 1e-5, "{scores} {expected}");
    // A metric knows of no penalty.
    let error = scores.get("mse").unwrap();
    assert!((error - losses / samples as f64).abs() < 1e-9, "{scores} {losses}");
    assert_eq!((scores.get("samples"), scores.get("loss"), scores.get("mae")), (Some(600.0), Some(scores.loss), None));
    assert_eq!(spy.take_targets().concat(), other.targets().as_flattened());
    assert_eq!(bits(trainer.network()), before);
}

#[test]
fn prediction_is_inference_sample_by_sample() {
    let mut trainer: Trainer<_, _, [f32; 1], _, _> = Trainer::new(network(), MeanSquaredError, Adam::default());
    trainer.fit(&data(20), Fit::epochs(2)).unwrap();
    let inputs = data(300);
    let outputs = trainer.predict(inputs.inputs());
    assert_eq!(outputs.len(), 300);
    for (input, output) in inputs.inputs().iter().zip(&outputs) {
        let mut alone = [[0.0]];
        trainer.network().forward(&[*input], &mut alone);
        // A sum in another order may round otherwise.
        assert!((alone[0][0] - output[0]).abs() <= 1e-6 * output[0].abs().max(1.0), "{alone:?} {output:?}");
    }
    assert!(trainer.predict::<[f32; 2]>(&[]).is_empty());
}
