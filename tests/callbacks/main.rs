//! Callbacks in a training.

mod golden;

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;

use typenet::prelude::*;

type Line = Dense<1, 1>;
type Training<O> = Trainer<Line, [f32; 1], [f32; 1], MeanSquaredError, O>;

fn trainer<O: Optimizer>(optimizer: O) -> Training<O> {
    Trainer::new(Box::new(Line::ZERO), MeanSquaredError, optimizer)
}

/// y = 2 x.
fn doubled() -> Dataset<[f32; 1], [f32; 1]> {
    Dataset::new(vec![[0.25], [0.5], [1.0]], vec![[0.5], [1.0], [2.0]]).unwrap()
}

/// What each callback was told, in order.
type Told = Rc<RefCell<Vec<String>>>;

struct Spy(&'static str, Told);

impl Spy {
    fn tell(&self, what: impl std::fmt::Display) {
        self.1.borrow_mut().push(format!("{} {what}", self.0));
    }
}

impl Callback<Line> for Spy {
    fn start(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        let Plan { epochs, completed, batches, columns, rate_can_change } = plan;
        self.tell(format!("start {epochs} {completed} {batches} {columns:?} {rate_can_change}"));
        Ok(())
    }

    fn batch(&mut self, batch: &BatchEnd<'_, Line>) {
        self.tell(format!("batch {}.{}", batch.epoch, batch.batch));
    }

    fn epoch(&mut self, epoch: &mut EpochEnd<'_, Line>) -> Result<(), Error> {
        let diagnostics = epoch.diagnostics.is_some();
        self.tell(format!(
            "epoch {} of {} at {} {diagnostics}",
            epoch.history.len(),
            epoch.epochs,
            epoch.learning_rate
        ));
        Ok(())
    }

    fn failed(&mut self, error: &Error) -> bool {
        self.tell(format!("failed {}", matches!(error, Error::LossNotFinite { .. })));
        false
    }

    fn end(&mut self, _: &mut Line) -> Result<(), Error> {
        self.tell("end");
        Ok(())
    }
}

#[test]
fn callbacks_are_called_in_order() {
    let told = Told::default();
    let mut trainer = trainer(Sgd::new(0.5)).callback(Spy("a", told.clone())).callback(Spy("b", told.clone()));
    let validation = doubled();
    trainer.fit(&doubled(), Fit::epochs(1).batch_size(2).validation_data(&validation)).unwrap();
    assert_eq!(
        told.take(),
        [
            r#"a start 1 0 2 ["loss", "val_loss"] true"#,
            r#"b start 1 0 2 ["loss", "val_loss"] true"#,
            "a batch 1.1",
            "b batch 1.1",
            "a batch 1.2",
            "b batch 1.2",
            "a epoch 1 of 1 at 0.5 false",
            "b epoch 1 of 1 at 0.5 false",
            "a end",
            "b end",
        ]
    );
}

#[test]
fn a_schedule_gives_the_rate_that_is_told() {
    let told = Told::default();
    let scheduled = Sgd::new(9.0).scheduled(|step: u64| 0.5 / (step + 1) as f64).clip(Clip::Value(1.0));
    let mut trainer = trainer(scheduled).callback(Spy("a", told.clone()));
    trainer.fit(&doubled(), Fit::epochs(2).batch_size(2)).unwrap();
    let told = told.take();
    assert_eq!(told[0], r#"a start 2 0 2 ["loss"] false"#);
    // Two steps an epoch: the last of them are numbers 1 and 3, counted from 0.
    assert_eq!(told[3], "a epoch 1 of 2 at 0.25 false");
    assert_eq!(told[6], "a epoch 2 of 2 at 0.125 false");
    let mut trainer = trainer_of_plateau();
    assert_eq!(trainer.fit(&doubled(), Fit::epochs(2)), Err(Error::RateIsScheduled));
}

fn trainer_of_plateau() -> Training<impl Optimizer> {
    trainer(Sgd::new(9.0).scheduled(|_| 0.5)).callback(ReduceOnPlateau::new("loss"))
}

#[test]
fn a_callback_that_does_not_suit_changes_nothing() {
    let mut trainer = trainer(Sgd::new(0.5));
    let history = trainer.fit(&doubled(), Fit::epochs(2)).unwrap();
    let before = *trainer.network();
    let mut trainer = trainer.callback(EarlyStopping::new("val_loss"));
    let error = trainer.fit(&doubled(), Fit::epochs(2)).unwrap_err();
    let sentence = r#"there is no "val_loss" to monitor: the columns of the history are "loss""#;
    assert_eq!((error.to_string().as_str(), trainer.network(), trainer.history()), (sentence, &before, &history));
    let checked = |trainer: Training<Sgd>| {
        let mut trainer = trainer;
        let error = trainer.fit(&doubled(), Fit::epochs(2)).unwrap_err();
        assert_eq!((trainer.network(), trainer.history().len()), (&Line::ZERO, 0), "{error}");
        error.to_string()
    };
    let plateau = || ReduceOnPlateau::new("loss");
    let new = || self::trainer(Sgd::new(0.5));
    for factor in [0.0, 1.0, -0.5, f64::NAN] {
        let error = checked(new().callback(plateau().factor(factor)));
        assert!(error.starts_with("the factor of the learning rate is "), "{error}");
    }
    assert!(checked(new().callback(plateau().min_rate(-1.0))).starts_with("the learning rate is -1"));
    assert!(checked(new().checkpoint(Checkpoint::best("x", "val_loss"))).contains("no \"val_loss\" to monitor"));
    assert!(checked(new().checkpoint(Checkpoint::last("x").every(0))).contains("between checkpoints is 0"));
    assert!(
        checked(new().callback(CsvLogger::new("no/such/folder.csv"))).starts_with("no/such/folder.csv: cannot be ")
    );
}

#[test]
fn rates_that_a_callback_must_not_set() {
    for rate in [f64::NAN, -0.1, 1e13] {
        let mut trainer = trainer(Sgd::new(0.5)).on_epoch(move |epoch| epoch.next_learning_rate = rate);
        let error = trainer.fit(&doubled(), Fit::epochs(3)).unwrap_err();
        assert!(matches!(error, Error::Setting { name: "the learning rate", .. }), "{error}");
        assert_eq!((trainer.history().len(), trainer.optimizer_mut().rate), (1, 0.5));
    }
}

#[test]
fn early_stopping_restores_the_best_network() {
    // Rate 1.2 on y = 2 x at x = 1 and 1: w - 2 takes a factor -1.4 or so each epoch and grows.
    let ones = Dataset::new(vec![[1.0_f32]], vec![[2.0_f32]]).unwrap();
    let early = Rc::new(RefCell::new(EarlyStopping::new("val_loss").patience(3).restore_best()));
    let seen = Rc::new(RefCell::new(Vec::new()));
    let networks = seen.clone();
    let mut trainer = trainer(Sgd::new(0.6))
        .on_epoch(move |epoch| networks.borrow_mut().push(*epoch.network))
        .callback(early.clone());
    let history = trainer.fit(&ones, Fit::epochs(100).validation_data(&ones)).unwrap();
    assert_eq!(history.len(), 4);
    let early = early.borrow();
    assert_eq!((early.best_epoch(), early.stopped_epoch()), (Some(1), Some(4)));
    assert_eq!(early.best(), history.validation("loss").unwrap().first().copied());
    assert_eq!(*trainer.network(), seen.borrow()[0]);
    assert_ne!(seen.borrow()[0], seen.borrow()[3]);
}

/// How a training ends in its third epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    LastEpoch,
    EarlyStop,
    OwnStop,
    FailedStep,
    FailedStepInPeace,
    FailedStream,
    FailedCallback,
    PanicInEpoch,
    PanicInBatch,
    PanicInStream,
}

/// Fails after an epoch.
struct Fails(End);

impl Callback<Line> for Fails {
    fn batch(&mut self, batch: &BatchEnd<'_, Line>) {
        assert!(self.0 != End::PanicInBatch || batch.epoch < 3, "on purpose");
    }

    fn epoch(&mut self, epoch: &mut EpochEnd<'_, Line>) -> Result<(), Error> {
        let third = epoch.history.len() == 3;
        assert!(self.0 != End::PanicInEpoch || !third, "on purpose");
        epoch.stop |= self.0 == End::OwnStop && third;
        if self.0 == End::FailedCallback && third { Err(Error::Callback("on purpose".into())) } else { Ok(()) }
    }
}

#[test]
fn what_is_promised_for_the_end_is_kept_however_it_ends() {
    use End::*;
    for end in [
        LastEpoch,
        EarlyStop,
        OwnStop,
        FailedStep,
        FailedStepInPeace,
        FailedStream,
        FailedCallback,
        PanicInEpoch,
        PanicInBatch,
        PanicInStream,
    ] {
        let told = Told::default();
        let networks: Rc<RefCell<Vec<Line>>> = Rc::default();
        let seen = networks.clone();
        let patience = if end == EarlyStop { 2 } else { 100 };
        // Each epoch is worse than the one before: the rate is too large.
        let mut trainer = trainer(Sgd::new(2.5))
            .on_epoch(move |epoch| seen.borrow_mut().push(*epoch.network))
            .callback(EarlyStopping::new("loss").patience(patience).restore_best())
            .callback(Fails(end))
            .callback(Spy("spy", told.clone()));
        if end == FailedStepInPeace {
            trainer = trainer.callback(TerminateOnNan);
        }
        let fails = [FailedStep, FailedStepInPeace].contains(&end);
        let open = move |epoch: usize| {
            let target = if epoch == 3 && fails { f32::NAN } else { 2.0 };
            let good = Dataset::new(vec![[1.0_f32]], vec![[2.0_f32]]).unwrap();
            let last = Dataset::new(vec![[1.0_f32]], vec![[target]]).unwrap();
            Ok::<_, String>([Ok(good), Ok(last)].into_iter().enumerate().map(move |(batch, data)| {
                assert!(end != PanicInStream || (epoch, batch) != (3, 1), "on purpose");
                if end == FailedStream && (epoch, batch) == (3, 1) { Err("on purpose".to_owned()) } else { data }
            }))
        };
        let train = std::panic::AssertUnwindSafe(|| trainer.fit_stream(open, FitStream::epochs(3)));
        let result = std::panic::catch_unwind(train);
        let panics = [PanicInEpoch, PanicInBatch, PanicInStream].contains(&end);
        let is_error = [FailedStep, FailedStream, FailedCallback].contains(&end);
        assert_eq!((result.is_err(), result.is_ok_and(|fit| fit.is_err())), (panics, is_error), "{end:?}");
        assert_eq!(*trainer.network(), networks.borrow()[0], "{end:?}");
        assert_eq!(told.borrow().iter().filter(|line| *line == "spy end").count(), 1, "{end:?}");
        // And the trainer goes on.
        trainer.optimizer_mut().rate = 0.1;
        assert_eq!(
            trainer.history().len(),
            if fails || end == FailedStream || panics && end != PanicInEpoch { 2 } else { 3 }
        );
    }
}

/// Has an error at the end, too.
struct FailsAtTheEnd;

impl Callback<Line> for FailsAtTheEnd {
    fn end(&mut self, _: &mut Line) -> Result<(), Error> {
        Err(Error::Callback("at the end".into()))
    }
}

#[test]
fn a_callback_that_fails_keeps_no_other_from_its_end() {
    let told = Told::default();
    let mut trainer = trainer(Sgd::new(0.1)).callback(FailsAtTheEnd).callback(Spy("spy", told.clone()));
    assert_eq!(trainer.fit(&doubled(), Fit::epochs(1)), Err(Error::Callback("at the end".into())));
    assert_eq!(told.borrow().last().map(String::as_str), Some("spy end"));
}

#[test]
fn an_epoch_is_completed_for_those_behind_a_callback_that_fails() {
    let told = Told::default();
    let mut trainer = trainer(Sgd::new(0.1)).callback(Fails(End::FailedCallback)).callback(Spy("spy", told.clone()));
    assert!(trainer.fit(&doubled(), Fit::epochs(5)).is_err());
    assert!(told.borrow().contains(&"spy epoch 3 of 5 at 0.1 false".to_owned()), "{told:?}");
}

#[test]
fn an_epoch_after_which_a_callback_fails_is_in_the_checkpoint() {
    let folder = std::env::temp_dir().join(format!("typenet-failing-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("last.checkpoint");
    let build = |end| trainer(Sgd::new(0.1)).callback(Fails(end)).checkpoint(Checkpoint::last(&path).every(2));
    let mut failing = build(End::FailedCallback);
    assert!(failing.fit(&doubled(), Fit::epochs(5)).is_err());
    let mut resumed = build(End::LastEpoch);
    assert_eq!(resumed.resume(&path).unwrap(), 3);
    resumed.fit(&doubled(), Fit::epochs(5)).unwrap();
    let mut whole = build(End::LastEpoch);
    whole.fit(&doubled(), Fit::epochs(5)).unwrap();
    assert_eq!(resumed.network(), whole.network());
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_is_not_a_number_ends_the_training_in_peace() {
    let ones = Dataset::new(vec![[1.0_f32]], vec![[1.0_f32]]).unwrap();
    let told = Told::default();
    let mut alone = trainer(Sgd::new(3.0)).callback(Spy("a", told.clone()));
    let error = alone.fit(&ones, Fit::epochs(1000)).unwrap_err();
    assert!(matches!(error, Error::LossNotFinite { .. } | Error::GradientNotFinite));
    let lines = told.take();
    assert!(lines[lines.len() - 2].starts_with("a failed") && lines[lines.len() - 1] == "a end");
    let mut trainer = trainer(Sgd::new(3.0)).callback(TerminateOnNan).callback(Spy("a", told.clone()));
    let history = trainer.fit(&ones, Fit::epochs(1000)).unwrap();
    assert_eq!(&history, alone.history());
    assert_eq!(trainer.network(), alone.network());
    let told = told.take();
    assert!(told[told.len() - 2].starts_with("a failed") && told[told.len() - 1] == "a end");
    // A validation loss is no step's: the epoch stays completed.
    let spoilt = Dataset::new(vec![[f32::NAN]], vec![[1.0_f32]]).unwrap();
    let mut trainer = self::trainer(Sgd::new(0.1)).callback(TerminateOnNan);
    assert_eq!(trainer.fit(&ones, Fit::epochs(9).validation_data(&spoilt)).unwrap().len(), 1);
}

#[test]
fn errors_of_callbacks_end_the_training() {
    struct Fails;
    impl<N> Callback<N> for Fails {
        fn epoch(&mut self, epoch: &mut EpochEnd<'_, N>) -> Result<(), Error> {
            if epoch.history.len() < 3 { Ok(()) } else { Err(Error::Callback("enough of it".into())) }
        }
    }
    let mut trainer = trainer(Sgd::new(0.1)).callback(TerminateOnNan).callback(Fails);
    assert_eq!(trainer.fit(&doubled(), Fit::epochs(9)).unwrap_err().to_string(), "enough of it");
    assert_eq!(trainer.history().len(), 3);
}

#[test]
fn logs_are_lines_of_every_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let (csv, json) = (folder.path().join("log.csv"), folder.path().join("log.jsonl"));
    let spoilt = Dataset::new(vec![[f32::NAN]], vec![[1.0_f32]]).unwrap();
    fs::write(&csv, "what was there before\n").unwrap();
    let (csv_path, json_path) = (csv.clone(), json.clone());
    let train = |append: bool, epochs: usize| {
        let (mut csv, mut json) = (CsvLogger::new(&csv_path), JsonLinesLogger::new(&json_path));
        if append {
            (csv, json) = (csv.append(), json.append());
        }
        let mut trainer = trainer(Sgd::new(0.0)).callback(csv).callback(json);
        trainer.fit(&doubled(), Fit::epochs(epochs).validation_data(&spoilt)).unwrap();
    };
    train(false, 2);
    // The squares of 0.5, 1 and 2.
    let line = |epoch| format!("{epoch},0.0,1.75,NaN\n");
    let object = |epoch| format!("{{\"epoch\":{epoch},\"learning_rate\":0.0,\"loss\":1.75,\"val_loss\":null}}\n");
    let header = "epoch,learning_rate,loss,val_loss\n";
    assert_eq!(fs::read_to_string(&csv).unwrap(), [header, &line(1), &line(2)].concat());
    assert_eq!(fs::read_to_string(&json).unwrap(), [object(1), object(2)].concat());
    train(true, 1);
    assert_eq!(fs::read_to_string(&csv).unwrap(), [header, &line(1), &line(2), &line(1)].concat());
    assert_eq!(fs::read_to_string(&json).unwrap(), [object(1), object(2), object(1)].concat());
    train(false, 1);
    assert_eq!(fs::read_to_string(&csv).unwrap(), [header, &line(1)].concat());
}

#[test]
fn diagnostics_by_hand() {
    // One step an epoch on x = 1, t = 2 from w = b = 0: the output is w + b, both gradients 2 (y - 2).
    let ones = Dataset::new(vec![[1.0_f32]], vec![[2.0_f32]]).unwrap();
    let monitor = Rc::new(RefCell::new(GradientMonitor::default()));
    let mut trainer = trainer(Sgd::new(0.125).clip(Clip::Value(2.0))).callback(monitor.clone());
    trainer.fit(&ones, Fit::epochs(2)).unwrap();
    let monitor = monitor.borrow();
    let array = |name: &str, gradient: f64, weight, update| ArrayNorms {
        name: name.into(),
        gradient,
        largest_gradient: gradient,
        weight,
        update,
    };
    // -4, before it is clipped to -2: w becomes 0.25. Then the output is 0.5 and the gradient -3.
    let expected = [
        vec![array("weight", 4.0, 0.0, 0.25), array("bias", 4.0, 0.0, 0.25)],
        vec![array("weight", 3.0, 0.25, 0.25), array("bias", 3.0, 0.25, 0.25)],
    ];
    assert_eq!(monitor.epochs().iter().map(|epoch| epoch.arrays.clone()).collect::<Vec<_>>(), expected);
    assert_eq!(monitor.gradients("weight"), Some(vec![4.0, 3.0]));
    assert_eq!(monitor.gradients("7.weight"), None);
    assert_eq!(monitor.epochs()[1].silent, [0.0]);
}

#[test]
fn looking_on_changes_nothing() {
    let train = |looked_at: bool| {
        let mut trainer = Trainer::new(
            initialized::<Sequential![Dense<1, 4>, Relu, Dropout, Dense<4, 1>]>(1),
            MeanSquaredError,
            Adam::default(),
        );
        if looked_at {
            trainer = trainer.callback(GradientMonitor::default()).on_batch(|_| {}).on_epoch(|_| {}).callback(Trace);
        }
        let history = trainer.fit(&doubled(), Fit::epochs(5).batch_size(2)).unwrap();
        (history, *trainer.network())
    };
    assert_eq!(train(true), train(false));
}

#[test]
fn a_shared_callback_that_is_borrowed_is_an_error() {
    let monitor = Rc::new(RefCell::new(GradientMonitor::default()));
    let mut trainer = trainer(Sgd::new(0.1)).callback(monitor.clone());
    let borrowed = monitor.borrow();
    let error = trainer.fit(&doubled(), Fit::epochs(2)).unwrap_err().to_string();
    assert_eq!(error, "a shared callback is borrowed while a trainer calls it");
    drop(borrowed);
    assert!(trainer.fit(&doubled(), Fit::epochs(2)).is_ok());
}
