//! A run that is interrupted and goes on ends with the same bits as one that is not.

mod crafted;
mod faults;
mod kill;

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use typenet::prelude::*;
use typenet::rand::Rng;

/// Everything that a checkpoint must not forget: statistics, masks, moments.
type Network = Sequential![
    Dense<32, 384>,
    BatchNorm<384>,
    Relu,
    Dropout,
    Dense<384, 128>,
    Relu,
    Dense<128, 1>,
];

type Input = [f32; 32];
type Target = [f32; 1];
type Run<O> = Trainer<Network, Input, Target, BinaryCrossEntropyLogits, O>;

/// Two classes that overlap, so that losses go up and down.
fn data(samples: usize, seed: u64) -> Dataset<Input, Target> {
    let mut rng = seeded(seed);
    let mut inputs = vec![[0.0; 32]; samples];
    Initializer::LecunNormal.fill(inputs.as_flattened_mut(), 1, Fan { input: 1, output: 1 }, &mut rng);
    let class = |input: &Input| input[0] * input[1] + input[2] > 0.0;
    let targets: Vec<Target> =
        inputs.iter().map(|input| [f32::from(class(input) != rng.next_u64().is_multiple_of(8))]).collect();
    Dataset::new(inputs, targets).unwrap()
}

const EPOCHS: usize = 24;

fn fit(validation: &Dataset<Input, Target>) -> Fit<'_, Input, Target> {
    Fit::epochs(EPOCHS).batch_size(16).validation_data(validation)
}

/// The files of a run.
struct Files(PathBuf);

impl Files {
    fn last(&self) -> PathBuf {
        self.0.join("last.checkpoint")
    }

    fn best(&self) -> PathBuf {
        self.0.join("best.checkpoint")
    }

    fn log(&self, extension: &str) -> PathBuf {
        self.0.join(format!("log.{extension}"))
    }
}

/// What is the same in both kinds of run.
fn common<O: Optimizer>(optimizer: O, files: &Files, monitor: Rc<RefCell<GradientMonitor>>) -> Run<O> {
    Trainer::new(initialized::<Network>(1), BinaryCrossEntropyLogits, optimizer)
        .metric(BinaryAccuracy::on_logits())
        .metric(RocAuc::default())
        .seed(11)
        .callback(EarlyStopping::new("val_loss").patience(2 * EPOCHS).restore_best())
        .callback(CsvLogger::new(files.log("csv")))
        .callback(JsonLinesLogger::new(files.log("jsonl")))
        .callback(monitor)
        .checkpoint(Checkpoint::last(files.last()))
        .checkpoint(Checkpoint::best(files.best(), "val_accuracy"))
}

/// With a schedule; or with a learning rate that falls where nothing improves, which makes a number of
/// the optimizer's own.
fn scheduled(files: &Files, monitor: Rc<RefCell<GradientMonitor>>) -> Run<impl Optimizer + use<>> {
    let cosine = CosineDecay { start: 0.003, end: 0.0, steps: 150 };
    common(NAdam::default().clip(Clip::GlobalNorm(1.0)).scheduled(cosine.warm_up(20)), files, monitor)
}

fn plateau(files: &Files, monitor: Rc<RefCell<GradientMonitor>>) -> Run<impl Optimizer + use<>> {
    let plateau = ReduceOnPlateau::new("val_loss").factor(0.7).patience(1).cooldown(1);
    common(AdamW::default().accumulate(3).average(0.9), files, monitor).callback(plateau)
}

/// Trains to the end, from a checkpoint where there is one, and tells everything that can be seen of
/// the end by other means than a checkpoint.
fn finish<O: Optimizer>(
    make: impl Fn(&Files, Rc<RefCell<GradientMonitor>>) -> Run<O>,
    files: &Files,
    begun: impl FnOnce(),
) -> Vec<u64> {
    let monitor = Rc::new(RefCell::new(GradientMonitor::default()));
    let mut trainer = make(files, monitor.clone());
    let (training, validation) = (data(160, 2), data(64, 3));
    if files.last().exists() {
        trainer.resume(files.last()).unwrap();
    }
    begun();
    let history = trainer.fit(&training, fit(&validation)).unwrap();
    assert_eq!(history.len(), EPOCHS);
    let mut bits = network_bits(trainer.network());
    for epoch in history.epochs() {
        bits.extend(epoch.training.iter().chain(epoch.validation.iter().flatten()).map(|value| value.to_bits()));
    }
    for epoch in monitor.borrow().epochs() {
        bits.extend(epoch.silent.iter().map(|share| share.to_bits()));
        bits.extend(epoch.arrays.iter().flat_map(|array| [array.gradient.to_bits(), array.update.to_bits()]));
    }
    bits.extend(fs::read_to_string(files.log("csv")).unwrap().bytes().map(u64::from));
    bits.extend(fs::read_to_string(files.log("jsonl")).unwrap().bytes().map(u64::from));
    bits.extend(fs::read(files.best()).unwrap().into_iter().map(u64::from));
    // What the optimizer remembers, and which random numbers come next, shows in one more epoch, whose
    // files are elsewhere.
    let folder = tempfile::tempdir().unwrap();
    let mut trainer = make(&Files(folder.path().into()), Rc::default());
    assert_eq!(trainer.resume(files.last()).unwrap(), EPOCHS);
    let more = trainer.fit(&training, Fit { epochs: EPOCHS + 1, ..fit(&validation) }).unwrap();
    bits.extend(more.training("loss").unwrap().into_iter().map(f64::to_bits));
    bits.extend(network_bits(trainer.network()));
    bits
}

/// Every number of a network: parameters and statistics, bit by bit.
fn network_bits(network: &impl Parameters) -> Vec<u64> {
    struct Bits(Vec<u64>);
    impl Visitor for Bits {
        fn array<T: Scalar>(&mut self, _: &Entry<'_>, values: &[T]) {
            self.0.extend(values.iter().map(|value| value.to_f64().to_bits()));
        }
    }
    let mut bits = Bits(Vec::new());
    network.visit(&typenet::network::Path::ROOT, &mut bits);
    bits.0
}

/// Which of two endings differ, without a list of all numbers.
#[track_caller]
fn assert_same(found: &[u64], expected: &[u64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let different = found.iter().zip(expected).filter(|(a, b)| a != b).count();
    assert_eq!(different, 0, "{what}: {different} of {} numbers differ", expected.len());
}

/// A run to the end, in a folder that is thrown away.
fn uninterrupted<O: Optimizer>(make: impl Fn(&Files, Rc<RefCell<GradientMonitor>>) -> Run<O>) -> Vec<u64> {
    let folder = tempfile::tempdir().unwrap();
    finish(make, &Files(folder.path().into()), || {})
}

/// Ends after each epoch in turn and goes on with another trainer, all in one process.
fn goes_on_after_each_epoch<O: Optimizer>(make: impl Fn(&Files, Rc<RefCell<GradientMonitor>>) -> Run<O>) {
    let expected = uninterrupted(&make);
    let folder = tempfile::tempdir().unwrap();
    let files = Files(folder.path().into());
    let (training, validation) = (data(160, 2), data(64, 3));
    for epoch in 1..=EPOCHS {
        let mut trainer = make(&files, Rc::default());
        if epoch > 1 {
            assert_eq!(trainer.resume(files.last()).unwrap(), epoch - 1);
        }
        let history = trainer.fit(&training, Fit { epochs: epoch, ..fit(&validation) }).unwrap();
        assert_eq!(history.len(), epoch);
    }
    assert_same(&finish(&make, &files, || {}), &expected, "interrupted after each epoch");
}

#[test]
fn a_scheduled_run_goes_on_after_each_epoch() {
    goes_on_after_each_epoch(scheduled);
}

#[test]
fn a_run_with_a_falling_rate_goes_on_after_each_epoch() {
    goes_on_after_each_epoch(plateau);
}

/// Whether the runs above put their rates and best epochs to the test at all.
#[test]
fn the_runs_are_eventful() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files(folder.path().into());
    let (training, validation) = (data(160, 2), data(64, 3));
    plateau(&files, Rc::default()).fit(&training, fit(&validation)).unwrap();
    let (mut rates, mut losses) = (Vec::new(), Vec::new());
    let log = fs::read_to_string(files.log("csv")).unwrap();
    assert!(log.starts_with("epoch,learning_rate,loss,accuracy,roc_auc,val_loss,val_accuracy,val_roc_auc\n"), "{log}");
    for line in log.lines().skip(1) {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().unwrap()).collect();
        rates.push(fields[1]);
        losses.push(fields[5]);
    }
    assert!(rates.windows(2).filter(|pair| pair[1] < pair[0]).count() >= 2, "{rates:?}");
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(losses.last() != Some(&best), "{losses:?}");
}

#[test]
fn a_run_that_was_ended_by_a_callback_does_not_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let make = || {
        Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Sgd::new(0.0))
            .callback(EarlyStopping::new("loss").patience(2))
            .checkpoint(Checkpoint::last(&path))
    };
    let one = Dataset::new(vec![[1.0_f32]], vec![[1.0_f32]]).unwrap();
    let history = make().fit(&one, Fit::epochs(10)).unwrap();
    assert_eq!(history.len(), 3);
    let mut trainer = make();
    trainer.resume(&path).unwrap();
    assert_eq!(trainer.fit(&one, Fit::epochs(10)).unwrap(), history);
    // But the fit after that one is a new one.
    assert_eq!(trainer.fit(&one, Fit::epochs(2)).unwrap().len(), 2);
}

/// The temporary files of a checkpoint: what is beside it, its name with more behind it.
fn temporary(path: &Path) -> Vec<PathBuf> {
    let name = format!("{}.", path.file_name().unwrap().to_str().unwrap());
    let beside = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap());
    let beside = beside.filter(|entry| entry.file_name().to_str().unwrap().starts_with(&name));
    beside.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ending| ending == "tmp")).collect()
}
