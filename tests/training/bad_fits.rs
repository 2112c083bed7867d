//! Bad settings, data and files of a whole training: each is an error, and nothing has changed.

use typenet::prelude::*;

use super::bad_input::{Input, Target, setting};
use super::{Heard, Network, Spy, all_finite, bits, data, network};

type Training = Trainer<Network, Input, Target, MeanSquaredError, Adam>;

fn trainer() -> Training {
    Trainer::new(network(), MeanSquaredError, Adam::new(0.01)).seed(5)
}

/// Calls something bad between two good fits. Only the good ones may leave a trace.
#[track_caller]
fn refuses(bad: impl Fn(&mut Training) -> Error) -> Error {
    let heard = Heard::default();
    let (mut trainer, mut twin) = (trainer().report(heard.clone()), trainer());
    let fit = Fit::epochs(1).batch_size(4);
    trainer.fit(&data(10), fit).unwrap();
    twin.fit(&data(10), fit).unwrap();
    heard.take();
    let (before, history) = (bits(trainer.network()), trainer.history().clone());
    let error = bad(&mut trainer);
    assert_eq!((bits(trainer.network()), trainer.history()), (before, &history), "{error}");
    assert_eq!(heard.take(), [""; 0], "{error}");
    trainer.fit(&data(10), fit).unwrap();
    twin.fit(&data(10), fit).unwrap();
    assert_eq!(bits(trainer.network()), bits(twin.network()), "{error}");
    error
}

#[test]
fn fits_that_cannot_be() {
    let none = Dataset::default();
    let bad_fit =
        |samples, fit: Fit<'_, Input, Target>| refuses(|trainer| trainer.fit(&data(samples), fit).unwrap_err());
    assert_eq!(refuses(|trainer| trainer.fit(&none, Fit::epochs(1)).unwrap_err()), Error::Empty("train on"));
    assert_eq!(refuses(|trainer| trainer.evaluate(&none).unwrap_err()), Error::Empty("evaluate on"));
    assert_eq!(bad_fit(10, Fit::epochs(1).validation_data(&none)), Error::Empty("validate on"));
    assert_eq!(setting(bad_fit(10, Fit::epochs(0))), ("the number of epochs", 0.0));
    assert_eq!(setting(bad_fit(10, Fit::epochs(1).batch_size(0))), ("the batch size", 0.0));
    for split in [0.0, 1.0, -0.2, 1.2, f64::INFINITY] {
        assert_eq!(setting(bad_fit(10, Fit::epochs(1).validation_split(split))), ("the validation fraction", split));
    }
    let (name, value) = setting(bad_fit(10, Fit::epochs(1).validation_split(f64::NAN)));
    assert!(name == "the validation fraction" && value.is_nan());
    // A side without a sample.
    assert_eq!(setting(bad_fit(1, Fit::epochs(1).validation_split(0.5))), ("the validation fraction", 0.5));
    let error = bad_fit(10, Fit::epochs(1).batch_size(0)).to_string();
    assert_eq!(error, "the batch size is 0, but must be at least 1");
    let error = bad_fit(10, Fit::epochs(1).validation_split(1.5)).to_string();
    assert_eq!(error, "the validation fraction is 1.5, but must be between 0 and 1, both excluded");
}

#[test]
fn a_learning_rate_that_became_not_a_number() {
    let error = refuses(|trainer| {
        trainer.optimizer_mut().set_learning_rate(f64::NAN);
        let error = trainer.fit(&data(10), Fit::epochs(1)).unwrap_err();
        trainer.optimizer_mut().set_learning_rate(0.01);
        error
    });
    assert_eq!(setting(error).0, "the learning rate");
}

#[test]
fn a_batch_that_fails_within_an_epoch() {
    let heard = Heard::default();
    let (mut trainer, mut twin) = (trainer().report(heard.clone()), trainer());
    let fit = |epochs| Fit::epochs(epochs).batch_size(2).shuffle(false);
    trainer.fit(&data(4), fit(1)).unwrap();
    twin.fit(&data(4), fit(1)).unwrap();
    heard.take();

    // The third of four batches fails: what the first two did stays.
    let mut spoiled = data(8);
    spoiled.inputs_mut()[5][1] = f32::NAN;
    let error = trainer.fit(&spoiled, fit(3)).unwrap_err();
    assert!(matches!(error, Error::LossNotFinite { value } if value.is_nan()), "{error}");
    twin.fit(&data(8).split_at(4).0, fit(1)).unwrap();
    assert_eq!(bits(trainer.network()), bits(twin.network()));
    assert!(trainer.history().is_empty());
    let mut told = heard.take().into_iter().map(|line| line.split(' ').next().unwrap_or_default().to_string());
    assert!(told.by_ref().eq(["start", "batch", "batch", "end"]));

    // And the masks of dropout and the optimizer go on as if the third had not been.
    assert_eq!(trainer.fit(&data(10), fit(2)), twin.fit(&data(10), fit(2)));
    assert_eq!(bits(trainer.network()), bits(twin.network()));
}

#[test]
fn a_training_that_diverges() {
    // y = w x on x = 1: each step takes w - 1 times 1 - 2 x 3 = -5, or, with the bias, -11.
    let ones = Dataset::new(vec![[1.0_f32]], vec![[1.0]]).unwrap();
    let heard = Heard::default();
    let mut trainer =
        Trainer::new(Box::new(Dense::<1, 1>::ZERO), MeanSquaredError, Sgd::new(3.0)).report(heard.clone());
    let error = trainer.fit(&ones, Fit::epochs(1000).validation_data(&ones)).unwrap_err();
    assert!(matches!(error, Error::LossNotFinite { .. } | Error::GradientNotFinite), "{error}");
    let completed = trainer.history().len();
    assert!((15..100).contains(&completed), "{completed}");
    assert!(trainer.history().training("loss").unwrap().iter().all(|loss| loss.is_finite()));
    assert!(all_finite(trainer.network()));
    let told = heard.take();
    // A start, two lines for each epoch that was completed, and the end.
    assert_eq!((told.len(), told.last().map(String::as_str)), (2 * completed + 2, Some("end")));
    // A network that is reset, and a lower rate, and all is well.
    *trainer.network_mut() = Dense::ZERO;
    trainer.optimizer_mut().set_learning_rate(0.1);
    let history = trainer.fit(&ones, Fit::epochs(50)).unwrap();
    assert!(history.training("loss").unwrap()[49] < 1e-6, "{history}");
}

#[test]
fn an_evaluation_that_is_not_a_number_is_told_and_changes_nothing() {
    let mut spoiled = data(4);
    spoiled.inputs_mut()[1][1] = f32::NAN;
    let (mut trainer, mut twin) = (trainer(), trainer());
    let history = trainer.fit(&data(10), Fit::epochs(2).validation_data(&spoiled)).unwrap();
    twin.fit(&data(10), Fit::epochs(2)).unwrap();
    assert!(history.validation("loss").unwrap().iter().all(|loss| loss.is_nan()));
    assert!(trainer.evaluate(&spoiled).unwrap().loss.is_nan());
    assert_eq!(bits(trainer.network()), bits(twin.network()));
}

#[test]
fn names_of_metrics_are_unique() {
    for (first, second, clash) in [
        ("accuracy", "accuracy", "accuracy"),
        ("loss", "accuracy", "loss"),
        ("accuracy", "loss", "loss"),
        ("accuracy", "val_accuracy", "val_accuracy"),
        ("val_accuracy", "accuracy", "accuracy"),
        ("accuracy", "val_loss", "val_loss"),
    ] {
        let mut trainer = trainer().metric_named(first, Spy::default()).metric_named(second, Spy::default());
        let error = trainer.fit(&data(4), Fit::epochs(1)).unwrap_err();
        assert_eq!(error, Error::MetricName { name: clash }, "{first} {second}");
        assert_eq!(trainer.evaluate(&data(4)).unwrap_err(), error);
        assert_eq!(bits(trainer.network()), bits(&*network()));
    }
    let mut trainer = trainer().metric(Spy::default()).metric_named("samples again", Spy::default());
    let history = trainer.fit(&data(4), Fit::epochs(1)).unwrap();
    assert_eq!(history.names(), ["loss", "samples", "samples again"]);
    assert_eq!(history.training("samples again").unwrap(), [4.0]);
    assert_eq!(
        Error::MetricName { name: "accuracy" }.to_string(),
        "two columns of the history are named \"accuracy\": measure one of them under another name by `metric_named`"
    );
}

#[test]
fn files_that_cannot_be_read() {
    let read = |text: &str| {
        let result = Dataset::<Input, u8>::from_csv_reader(text.as_bytes(), "x.csv", ["a", "b"], "class");
        result.unwrap_err().to_string()
    };
    assert_eq!(read("a,class\n1,0\n"), r#"x.csv, line 1: there is no column "b"; there are "a", "class""#);
    assert_eq!(read("a,b,class\n1,2,0\n1,2\n"), "x.csv, line 3: the row has 2 fields, but the first has 3");
    assert_eq!(read("a,b,class\n1,2,0\n1,two,1\n"), r#"x.csv, line 3, column 2 (b): "two" is not a number"#);
    assert_eq!(read("a,b,class\nNaN,2,0\n"), r#"x.csv, line 2, column 1 (a): "NaN" is not a finite f32"#);
    assert_eq!(read("a,b,class\n1,-inf,0\n"), r#"x.csv, line 2, column 2 (b): "-inf" is not a finite f32"#);
    assert_eq!(
        read("a,b,class\n1,2,0.5\n"),
        r#"x.csv, line 2, column 3 (class): "0.5" is not a whole number from 0 to 255"#
    );
    assert_eq!(read("a,b,class\n"), "x.csv: there are no rows below the header");
    assert_eq!(read(""), "x.csv: the file is empty");
    let error = Dataset::<Input, u8>::from_csv("no/such.csv", ["a", "b"], "class").unwrap_err();
    assert_eq!(error.to_string(), "no/such.csv: there is no such file");
}
