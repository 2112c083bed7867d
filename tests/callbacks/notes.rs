//! What callbacks say in the report.

use super::*;

/// What was reported, but for batches.
#[derive(Clone, Default)]
struct Heard(Told);

impl Report for Heard {
    fn epoch(&mut self, history: &History, _: usize) {
        self.0.borrow_mut().push(format!("{}", history.len()));
    }

    fn note(&mut self, line: &str) {
        self.0.borrow_mut().push(line.into());
    }

    fn end(&mut self) {
        self.0.borrow_mut().push("end".into());
    }
}

fn one(x: f32, t: f32) -> Dataset<[f32; 1], [f32; 1]> {
    Dataset::new(vec![[x]], vec![[t]]).unwrap()
}

/// At this rate, w - 2 grows with each epoch: the losses are 4, 7.84, 15.37, ...
const GROWS: f64 = 0.6;

fn heard(rate: f64, callback: impl Callback<Line> + 'static, epochs: usize) -> Vec<String> {
    let heard = Heard::default();
    let mut trainer = trainer(Sgd::new(rate)).report(heard.clone()).callback(callback);
    trainer.fit(&one(1.0, 2.0), Fit::epochs(epochs)).unwrap();
    heard.0.take()
}

#[test]
fn early_stopping_says_where_it_stopped_and_what_was_best() {
    let early = || EarlyStopping::new("loss").patience(2);
    let best = "early stopping, loss was best in epoch 1 with 4.0000";
    assert_eq!(heard(GROWS, early(), 9), ["1", "2", "3", "end", &format!("epoch 3: {best}")]);
    assert_eq!(
        heard(GROWS, early().restore_best(), 9)[4],
        format!("epoch 3: {best}; the network of epoch 1 is restored")
    );
    // It restores where it did not stop, too; and has nothing to say where it did neither.
    assert_eq!(
        heard(GROWS, early().restore_best(), 2)[3],
        "training ends, loss was best in epoch 1 with 4.0000; the network of epoch 1 is restored"
    );
    assert_eq!(heard(GROWS, early(), 2), ["1", "2", "end"]);
}

#[test]
fn a_value_that_is_no_number_is_never_best() {
    let heard = Heard::default();
    let early = EarlyStopping::new("val_loss").restore_best();
    let mut trainer = trainer(Sgd::new(0.1)).report(heard.clone()).callback(early);
    trainer.fit(&doubled(), Fit::epochs(9).validation_data(&one(f32::NAN, 1.0))).unwrap();
    let line = "epoch 2: early stopping, val_loss was never a number; the network of epoch 1 is restored";
    assert_eq!(heard.0.take().last().unwrap(), line);
}

#[test]
fn a_lower_rate_is_told() {
    let plateau = ReduceOnPlateau::new("loss").factor(0.5).patience(2).min_rate(0.5);
    assert_eq!(
        heard(GROWS, plateau, 6),
        [
            "1",
            "2",
            "3",
            "epoch 3: loss is on a plateau, the learning rate goes from 0.6000 to 0.5000",
            "4",
            "5",
            "6",
            "end"
        ]
    );
}

#[test]
fn an_end_without_an_error_says_why() {
    let lines = heard(3.0, TerminateOnNan, 1000);
    let note = &lines[lines.len() - 2];
    assert!(
        note.starts_with("training ends: the loss is ") || note.starts_with("training ends: the gradient"),
        "{note}"
    );
    assert_eq!(lines.last().unwrap(), "end");
    let heard = Heard::default();
    let mut trainer = trainer(Sgd::new(0.1)).report(heard.clone()).callback(TerminateOnNan);
    trainer.fit(&doubled(), Fit::epochs(9).validation_data(&one(f32::NAN, 1.0))).unwrap();
    assert_eq!(heard.0.take(), ["1", "epoch 1: training ends, val_loss is NaN", "end"]);
}

#[test]
fn a_callback_of_ones_own_is_heard() {
    let heard = Heard::default();
    let mut trainer = trainer(Sgd::new(0.1)).report(heard.clone()).on_epoch(|epoch| {
        epoch.stop = true;
        epoch.report.note("enough");
    });
    trainer.fit(&doubled(), Fit::epochs(9)).unwrap();
    assert_eq!(heard.0.take(), ["1", "enough", "end"]);
}
