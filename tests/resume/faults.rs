//! Files that are no good: each is an error that says why, and the trainer stays as it was.

use std::fs;
use std::path::Path;

use typenet::prelude::*;

use super::{network_bits, temporary};

pub type Small = Sequential![Dense<2, 3>, BatchNorm<3>, Tanh, Dropout, Dense<3, 1>];
pub type Training<N, L, O> = Trainer<N, [f32; 2], [f32; 1], L, O>;

pub fn data() -> Dataset<[f32; 2], [f32; 1]> {
    let inputs = (0..12).map(|i| [i as f32 / 6.0 - 1.0, (i % 5) as f32 / 2.0 - 1.0]).collect::<Vec<_>>();
    let targets = inputs.iter().map(|[a, b]| [a * b]).collect();
    Dataset::new(inputs, targets).unwrap()
}

fn trainer<L: Loss<[f32; 1], [f32; 1]>, O: Optimizer>(loss: L, optimizer: O) -> Training<Small, L, O> {
    let early = EarlyStopping::new("loss").patience(100).restore_best();
    Trainer::new(initialized::<Small>(1), loss, optimizer).metric(MeanLoss::mean_absolute_error()).callback(early)
}

pub type Usual = Training<Small, MeanSquaredError, Adam>;

pub fn usual() -> Usual {
    trainer(MeanSquaredError, Adam::new(0.01))
}

/// A checkpoint of two epochs.
pub fn written(path: &Path) {
    let mut trainer = usual();
    trainer.fit(&data(), Fit::epochs(2)).unwrap();
    trainer.save_checkpoint(path).unwrap();
}

pub fn problem(error: Error) -> CheckpointProblem {
    match error {
        Error::Checkpoint(error) => error.problem,
        other => panic!("{other}"),
    }
}

/// The problem of a trainer that tries a file and is as it was afterwards: everything that it would put
/// into a checkpoint, and what it makes of the next epoch.
#[track_caller]
pub fn refuses<N, L, O>(make: impl Fn() -> Training<N, L, O>, path: &Path) -> CheckpointProblem
where
    N: Layer<[f32; 2], Output = [f32; 1]>,
    L: Loss<[f32; 1]>,
    O: Optimizer,
{
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = (folder.path().join("before"), folder.path().join("after"));
    let (mut trainer, mut twin) = (make(), make());
    let fit = Fit::epochs(1).batch_size(5);
    assert_eq!(trainer.fit(&data(), fit), twin.fit(&data(), fit));
    trainer.save_checkpoint(&before).unwrap();
    let error = trainer.resume(path).unwrap_err();
    assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
    trainer.save_checkpoint(&after).unwrap();
    assert!(fs::read(&before).unwrap() == fs::read(&after).unwrap(), "{error}");
    assert_eq!(trainer.fit(&data(), fit), twin.fit(&data(), fit));
    assert_eq!(network_bits(trainer.network()), network_bits(twin.network()));
    problem(error)
}

#[test]
fn a_file_cut_at_any_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    written(&path);
    let bytes = fs::read(&path).unwrap();
    let (mut trainer, mut twin) = (usual(), usual());
    let before = network_bits(trainer.network());
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let expected = match length {
            0 => CheckpointProblem::Empty,
            1..24 => CheckpointProblem::Length { found: length as u64, expected: 24 },
            _ => CheckpointProblem::Length { found: length as u64, expected: bytes.len() as u64 },
        };
        assert_eq!(problem(trainer.resume(&path).unwrap_err()), expected);
        assert_eq!(network_bits(trainer.network()), before);
    }
    fs::write(&path, [&bytes[..], b"x"].concat()).unwrap();
    let longer = CheckpointProblem::Length { found: bytes.len() as u64 + 1, expected: bytes.len() as u64 };
    assert_eq!(refuses(usual, &path), longer);
    // After all of these, a whole file is read.
    assert_eq!(trainer.fit(&data(), Fit::epochs(1)), twin.fit(&data(), Fit::epochs(1)));
    fs::write(&path, &bytes).unwrap();
    assert_eq!(trainer.resume(&path), Ok(2));
}

#[test]
fn a_file_with_any_byte_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    written(&path);
    let mut bytes = fs::read(&path).unwrap();
    let (mut trainer, mut twin) = (usual(), usual());
    let before = network_bits(trainer.network());
    for place in 0..bytes.len() {
        // One bit, or all of them.
        let flip = if place % 9 == 0 { 0xff } else { 1 << (place % 8) };
        bytes[place] ^= flip;
        fs::write(&path, &bytes).unwrap();
        bytes[place] ^= flip;
        let found = problem(trainer.resume(&path).unwrap_err());
        let right = match place {
            0..8 => matches!(found, CheckpointProblem::Foreign { .. }),
            16..24 => matches!(found, CheckpointProblem::Length { .. }),
            _ => matches!(found, CheckpointProblem::Checksum { .. }),
        };
        assert!(right, "{place}: {found}");
        assert_eq!(network_bits(trainer.network()), before);
    }
    assert_eq!(trainer.fit(&data(), Fit::epochs(1)), twin.fit(&data(), Fit::epochs(1)));
    fs::write(&path, &bytes).unwrap();
    assert_eq!(trainer.resume(&path), Ok(2));
}

#[test]
fn files_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    fs::write(&path, "epoch,loss\n1,0.5\n").unwrap();
    assert_eq!(
        refuses(usual, &path).to_string(),
        r#"this is not a checkpoint: it begins with "epoch,lo", but a checkpoint with "typeckpt""#
    );
    fs::write(&path, [0, 255]).unwrap();
    assert_eq!(
        refuses(usual, &path).to_string(),
        r#"this is not a checkpoint: it begins with "\x00\xff", but a checkpoint with "typeckpt""#
    );
    assert_eq!(refuses(usual, &folder.path().join("missing")), CheckpointProblem::NotFound);
    assert!(matches!(refuses(usual, folder.path()), CheckpointProblem::Read(_)));
}

#[test]
fn checkpoints_of_other_trainers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    written(&path);

    type Wider = Sequential![Dense<2, 4>, BatchNorm<4>, Tanh, Dropout, Dense<4, 1>];
    let wider = || trainer_of(initialized::<Wider>(1));
    let sentence = refuses(wider, &path).to_string();
    assert_eq!(sentence, "network.0.weight is f32 [2, 3] in the file, but f32 [2, 4] in this program");

    type Deeper = Sequential![Dense<2, 3>, BatchNorm<3>, Tanh, Dropout, Dense<3, 3>, Dense<3, 1>];
    let sentence = refuses(|| trainer_of(initialized::<Deeper>(1)), &path).to_string();
    assert_eq!(sentence, "network.4.weight is f32 [3, 1] in the file, but f32 [3, 3] in this program");

    type Renamed = Sequential![Dense<2, 3>, Tanh, BatchNorm<3>, Dropout, Dense<3, 1>];
    let sentence = refuses(|| trainer_of(initialized::<Renamed>(1)), &path).to_string();
    assert_eq!(sentence, "network.2.scale is missing in the file, but f32 [3] in this program");

    // The same arrays, used otherwise.
    type Rectified = Sequential![Dense<2, 3>, BatchNorm<3>, Relu, Dropout, Dense<3, 1>];
    assert_eq!(
        refuses(|| trainer_of(initialized::<Rectified>(1)), &path),
        CheckpointProblem::Network { found: Small::FINGERPRINT.value(), expected: Rectified::FINGERPRINT.value() }
    );

    let sentence = refuses(|| trainer(MeanSquaredError, Sgd::new(0.01)), &path).to_string();
    assert_eq!(sentence, "the optimizer in the file: Adam; in this program: Sgd");
    let clipped = || trainer(MeanSquaredError, Adam::new(0.01).clip(Clip::Value(1.0)));
    assert_eq!(refuses(clipped, &path).to_string(), "the optimizer in the file: Adam; in this program: Clipped<Adam>");
    let sentence = refuses(|| trainer(MeanAbsoluteError, Adam::new(0.01)), &path).to_string();
    assert_eq!(sentence, "the loss in the file: MeanSquaredError; in this program: MeanAbsoluteError");
    let sentence = refuses(|| usual().metric(R2::<1>::default()), &path).to_string();
    assert_eq!(sentence, "what is measured in the file: loss, mae; in this program: loss, mae, r2");
    let sentence = refuses(|| usual().callback(TerminateOnNan), &path).to_string();
    assert_eq!(sentence, "the callbacks in the file: EarlyStopping; in this program: EarlyStopping, TerminateOnNan");

    // A callback that comes after the resumption is found before training starts.
    let mut trainer = usual();
    trainer.resume(&path).unwrap();
    let mut trainer = trainer.callback(TerminateOnNan);
    let before = network_bits(trainer.network());
    let error = trainer.fit(&data(), Fit::epochs(3)).unwrap_err().to_string();
    assert!(error.starts_with("the checkpoint: the callbacks in the file: EarlyStopping; in this"), "{error}");
    assert_eq!(network_bits(trainer.network()), before);
}

fn trainer_of<N: Layer<[f32; 2], Output = [f32; 1]>>(network: Box<N>) -> Training<N, MeanSquaredError, Adam> {
    Trainer::new(network, MeanSquaredError, Adam::new(0.01))
}

#[test]
fn a_checkpoint_of_another_precision() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let single = Dataset::new(vec![[1.0_f32]], vec![[2.0_f32]]).unwrap();
    let double = Dataset::new(vec![[1.0_f64]], vec![[2.0_f64]]).unwrap();
    let mut singles = Trainer::new(initialized::<Dense<1, 1>>(1), MeanSquaredError, Adam::default());
    singles.fit(&single, Fit::epochs(1)).unwrap();
    singles.save_checkpoint(&path).unwrap();
    let mut doubles = Trainer::new(initialized::<Dense<1, 1, f64>>(1), MeanSquaredError, Adam::default());
    doubles.fit(&double, Fit::epochs(1)).unwrap();
    let before = network_bits(doubles.network());
    let found = problem(doubles.resume(&path).unwrap_err()).to_string();
    assert_eq!(found, "network.weight is f32 [1, 1] in the file, but f64 [1, 1] in this program");
    assert_eq!(network_bits(doubles.network()), before);
    // And every bit of an f64 survives.
    doubles.save_checkpoint(&path).unwrap();
    let mut other = Trainer::new(initialized::<Dense<1, 1, f64>>(2), MeanSquaredError, Adam::default());
    let _ = &other.evaluate(&double).unwrap();
    other.resume(&path).unwrap();
    assert_eq!(network_bits(other.network()), before);
    assert_eq!(other.fit(&double, Fit::epochs(4)).unwrap().len(), 4);
}

#[test]
fn where_nothing_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut trainer = usual();
    trainer.fit(&data(), Fit::epochs(1)).unwrap();
    let before = network_bits(trainer.network());
    let mut fails = |path: &Path| {
        let error = trainer.save_checkpoint(path).unwrap_err();
        assert_eq!(network_bits(trainer.network()), before);
        let sentence = problem(error).to_string();
        assert!(sentence.starts_with("cannot be written: "), "{sentence}");
        sentence
    };
    // No folder; a file where a folder should be; a folder where the file should be.
    fails(&folder.path().join("no/such/folder"));
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    fails(&file.join("x"));
    let occupied = folder.path().join("occupied");
    fs::create_dir_all(occupied.join("full")).unwrap();
    fails(&occupied);
    assert!(temporary(&occupied).is_empty());
}

/// Names the file, for a process that may not write it whole.
const FILE: &str = "TYPENET_RESUME_FILE";

#[test]
#[ignore = "the process of the next test"]
fn child_of_small_files() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let error = usual().save_checkpoint(file).unwrap_err();
    println!("it says: {}", problem(error));
}

/// A disk that is full, or as here a limit of the size of files, in the middle of the writing: the previous file stays.
#[cfg(unix)]
#[test]
fn a_file_that_has_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    written(&path);
    let kept = fs::read(&path).unwrap();
    let output = std::process::Command::new("sh")
        .args(["-c", r#"trap "" XFSZ; ulimit -f 1; exec "$0" "$@""#])
        .arg(std::env::current_exe().unwrap())
        .args(["faults::child_of_small_files", "--exact", "--ignored", "--nocapture"])
        .env(FILE, &path)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("it says: cannot be written: File too large"), "{said}");
    assert!(fs::read(&path).unwrap() == kept && temporary(&path).is_empty());
    assert_eq!(usual().resume(&path), Ok(2));
}

#[test]
fn a_fit_whose_checkpoint_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    let (path, elsewhere) = (gone.join("x"), folder.path().join("elsewhere"));
    // Without `restore_best`, which would make the network that of the best epoch here too.
    let usual = || Trainer::new(initialized::<Small>(1), MeanSquaredError, Adam::new(0.01));
    let mut trainer = usual().checkpoint(Checkpoint::last(&path).every(2));
    let error = trainer.fit(&data(), Fit::epochs(5)).unwrap_err();
    assert!(matches!(problem(error), CheckpointProblem::Write(_)));
    // The second epoch stays completed, and the run goes on from another place.
    assert_eq!(trainer.history().len(), 2);
    trainer.save_checkpoint(&elsewhere).unwrap();
    let mut whole = usual();
    let expected = whole.fit(&data(), Fit::epochs(5)).unwrap();
    fs::create_dir(&gone).unwrap();
    let mut resumed = usual().checkpoint(Checkpoint::last(&path).every(2));
    assert_eq!(resumed.resume(&elsewhere), Ok(2));
    assert_eq!(resumed.fit(&data(), Fit::epochs(5)).unwrap(), expected);
    assert_eq!(network_bits(resumed.network()), network_bits(whole.network()));
    assert!(path.exists());
}

#[test]
fn a_half_written_file_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    fs::write(folder.path().join("x.1-0.tmp"), vec![7; 100_000]).unwrap();
    written(&path);
    assert_eq!(temporary(&path).len(), 1);
    assert_eq!(usual().resume(&path), Ok(2));
}

#[test]
fn a_history_with_every_kind_of_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    /// A metric that is never a number, in as many ways as there are.
    struct Odd(usize);
    impl Metric<[f32; 1]> for Odd {
        fn name(&self) -> &'static str {
            "odd"
        }
        fn reset(&mut self) {
            self.0 += 1;
        }
        fn update(&mut self, _: &[[f32; 1]], _: &[[f32; 1]]) {}
        fn value(&self) -> f64 {
            let bits = [0x7ff8_0000_0000_0001, 0xfff0_0000_0000_0000, 0x8000_0000_0000_0000, 1, 0x7ff0_0000_0000_0000];
            f64::from_bits(bits[self.0 % bits.len()])
        }
    }
    let make = || usual().metric(Odd(0));
    let mut trainer = make();
    let validation = data();
    let fit = Fit::epochs(5).validation_data(&validation);
    let history = trainer.fit(&data(), fit).unwrap();
    trainer.save_checkpoint(&path).unwrap();
    let mut other = make();
    other.resume(&path).unwrap();
    let bits = |history: &History| -> Vec<u64> {
        let epochs = history.epochs().iter();
        epochs
            .flat_map(|epoch| epoch.training.iter().chain(epoch.validation.iter().flatten()))
            .map(|v| v.to_bits())
            .collect()
    };
    assert_eq!(bits(other.history()), bits(&history));
    assert!(bits(&history).contains(&0x7ff8_0000_0000_0001) && bits(&history).contains(&1));
}
