//! How a training ends, and what callbacks keep then.

use super::*;

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
    fn end(&mut self, _: &mut Line, _: &mut dyn Report) -> Result<(), Error> {
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
fn an_epoch_is_completed_for_those_behind_a_callback_that_fails() {
    let told = Told::default();
    let mut trainer = trainer(Sgd::new(0.1)).callback(Fails(End::FailedCallback)).callback(Spy("spy", told.clone()));
    assert!(trainer.fit(&doubled(), Fit::epochs(5)).is_err());
    assert!(told.borrow().contains(&"spy epoch 3 of 5 at 0.1 false".to_owned()), "{told:?}");
}
