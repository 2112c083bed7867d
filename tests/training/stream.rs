//! Training on a stream: what `fit` does on the same samples, and streams that fail.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::rc::Rc;

use typenet::prelude::*;

use super::{Heard, Network, Spy, bits, data, network};

type Run = Trainer<Network, [f32; 2], [f32; 1], MeanSquaredError, Adam>;

/// A trainer with all that an epoch has to do.
fn trainer() -> Run {
    Trainer::new(network(), MeanSquaredError, Adam::new(0.01))
        .seed(5)
        .metric(MeanLoss::mean_absolute_error())
        .callback(ReduceOnPlateau::new("val_loss").patience(1))
        .callback(EarlyStopping::new("val_loss").patience(4).restore_best())
}

/// The samples of `data`, from an iterator.
fn rows(samples: usize) -> impl Iterator<Item = Result<([f32; 2], [f32; 1]), io::Error>> + Send + 'static {
    let (inputs, targets) = data(samples).into_parts();
    inputs.into_iter().zip(targets).map(Ok)
}

#[test]
fn the_same_samples_give_the_same_bits() {
    let validation = data(30).split_at(20).1;
    let (spy, heard, monitor) = (Spy::default(), Heard::default(), Rc::new(RefCell::new(GradientMonitor::default())));
    let watched = || trainer().metric(spy.clone()).report(heard.clone()).callback(Rc::clone(&monitor));
    let all = |run: &Run| {
        let diagnostics = format!("{:?}", monitor.take());
        (bits(run.network()), format!("{:?}", run.history()), spy.take(), heard.take(), diagnostics)
    };
    // 300 samples: more than those in which dead units are looked for; the last batch is a small one.
    let mut stored = watched();
    stored.fit(&data(300), Fit::epochs(9).batch_size(32).shuffle(false).validation_data(&validation)).unwrap();
    let stored = all(&stored);
    let fit = || FitStream::epochs(9).batches(10).validation_data(&validation);
    let mut streamed = watched();
    streamed.fit_stream(|_| Ok(Batches::new(rows(300), 32)), fit()).unwrap();
    assert_eq!(all(&streamed), stored);
    let mut ahead = watched();
    ahead.fit_stream(|_| Batches::new(rows(300), 32).prefetched(3).map_err(io::Error::other), fit()).unwrap();
    assert_eq!(all(&ahead), stored);
}

#[test]
fn dead_units_are_looked_for_in_the_first_256_samples() {
    // Inputs of 0 leave both units at 0. The first one has its only output at the last sample that counts, the second
    // one at the sample behind it. The targets are what the network gives, so that nothing moves.
    let mut network = Box::new(<Sequential![Dense<1, 2>, Relu]>::ZERO);
    network.0.weight.copy_from_slice(&[1.0, -1.0]);
    let mut inputs = vec![[0.0_f32]; 300];
    (inputs[255], inputs[256]) = ([1.0], [-1.0]);
    let targets: Vec<[f32; 2]> = inputs.iter().map(|[x]| [x.max(0.0), (-x).max(0.0)]).collect();
    let data = Dataset::new(inputs, targets).unwrap();

    let monitor = Rc::new(RefCell::new(GradientMonitor::default()));
    let mut trainer = Trainer::new(network, MeanSquaredError, Adam::new(0.01)).callback(Rc::clone(&monitor));
    let silent = || -> Vec<Vec<f64>> { monitor.take().epochs().iter().map(|epoch| epoch.silent.clone()).collect() };
    // Before `Relu` the last sample that counts makes both units speak, behind it one of two.
    trainer.fit(&data, Fit::epochs(1).batch_size(30)).unwrap();
    assert_eq!(silent(), [[0.0, 0.5]]);
    // Without its first sample, in the second epoch, the stream has both among those that count.
    let rows = |epoch| data.iter().skip(epoch - 1).map(|(input, target)| Ok::<_, io::Error>((*input, *target)));
    trainer.fit_stream(|epoch| Ok(Batches::new(rows(epoch), 30)), FitStream::epochs(2)).unwrap();
    assert_eq!(silent(), [[0.0, 0.5], [0.0, 0.0]]);
}

#[test]
fn a_resumed_run_sees_the_same_batches() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.checkpoint");
    let mut opened = Vec::new();
    let mut run = |trainer: &mut Run, epochs| {
        let stream = |epoch| {
            opened.push(epoch);
            Ok(Batches::new(rows(50), 8).shuffled(20, epoch as u64))
        };
        trainer.fit_stream(stream, FitStream::epochs(epochs).validation_data(&data(10))).unwrap();
        bits(trainer.network())
    };
    let whole = run(&mut trainer(), 5);
    run(&mut trainer().checkpoint(Checkpoint::last(&path)), 2);
    let mut resumed = trainer().checkpoint(Checkpoint::last(&path));
    assert_eq!(resumed.resume(&path), Ok(2));
    assert_eq!(run(&mut resumed, 5), whole);
    assert_eq!(opened, [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
}

/// Reads `x y target` from the lines of a file.
fn lines(path: &Path) -> io::Result<impl Iterator<Item = io::Result<([f32; 2], [f32; 1])>> + Send + use<>> {
    let row = |line: io::Result<String>| {
        let line = line?;
        let numbers: Vec<f32> = line.split(' ').map_while(|field| field.parse().ok()).collect();
        match numbers[..] {
            [x, y, target] => Ok(([x, y], [target])),
            _ => Err(io::Error::other(format!("{line:?} is no sample"))),
        }
    };
    Ok(BufReader::new(File::open(path)?).lines().map(row))
}

#[test]
fn a_stream_that_fails_spoils_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("samples.txt");
    let text = |samples| -> String {
        let data: Dataset<[f32; 2], [f32; 1]> = data(samples);
        data.iter().map(|([x, y], [target])| format!("{x} {y} {target}\n")).collect()
    };
    let heard = Heard::default();
    let mut trainer = trainer().report(heard.clone());
    let fit = |trainer: &mut Run, epochs| {
        trainer.fit_stream(
            |_| Batches::new(lines(&path)?, 4).prefetched(2).map_err(io::Error::other),
            FitStream::epochs(epochs).validation_data(&data(10)),
        )
    };
    // Ends in the third batch.
    fs::write(&path, text(10) + "0.5 0.2").unwrap();
    let error = fit(&mut trainer, 3).unwrap_err();
    let problem = r#""0.5 0.2" is no sample"#.to_string();
    assert_eq!(error, Error::Stream { epoch: 1, batch: 3, problem });
    assert_eq!(error.to_string(), r#"epoch 1, batch 3 of the stream: "0.5 0.2" is no sample"#);
    assert!(trainer.history().is_empty());
    assert_eq!(heard.take().last().map(String::as_str), Some("end"));
    // The two batches before it are trained, and nothing else is.
    let mut twin = self::trainer();
    twin.fit(&data(8), Fit::epochs(1).batch_size(4).shuffle(false).validation_data(&data(10))).unwrap();
    assert_eq!(bits(trainer.network()), bits(twin.network()));

    // Gone after the first epoch.
    fs::write(&path, text(8)).unwrap();
    let mut trainer = self::trainer().on_epoch({
        let path = path.clone();
        move |_| fs::remove_file(&path).unwrap()
    });
    let error = fit(&mut trainer, 3).unwrap_err();
    let problem = File::open(&path).unwrap_err().to_string();
    assert_eq!(error, Error::Stream { epoch: 2, batch: 1, problem });
    assert_eq!(trainer.history().len(), 1);
    assert_eq!(bits(trainer.network()), bits(twin.network()));
}

#[test]
fn streams_that_cannot_be_trained_on() {
    let mut trainer = trainer();
    let before = bits(trainer.network());
    let validation = data(10);
    let valid = |epochs| FitStream::epochs(epochs).validation_data(&validation);
    let empty = Dataset::default();
    let error = trainer.fit_stream(|_| Ok(Batches::new(rows(0), 4)), valid(1));
    assert_eq!(error, Err(Error::Empty("train on")));
    let error = trainer.fit_stream(|_| Ok(Batches::new(rows(4), 4)), FitStream::epochs(1).validation_data(&empty));
    assert_eq!(error, Err(Error::Empty("validate on")));
    let error = trainer.fit_stream(|_| Ok(Batches::new(rows(4), 4)), valid(0)).unwrap_err();
    assert_eq!(error.to_string(), "the number of epochs is 0, but must be at least 1");
    let error = trainer.fit_stream(|_| Err::<[Result<_, _>; 0], _>("no disk"), valid(1)).unwrap_err();
    assert_eq!(error.to_string(), "epoch 1, batch 1 of the stream: no disk");
    assert_eq!(bits(trainer.network()), before);
    // And the random numbers of dropout are those of a trainer that never failed.
    let mut twin = self::trainer();
    for trainer in [&mut trainer, &mut twin] {
        trainer.fit(&data(20), Fit::epochs(2).validation_data(&validation)).unwrap();
    }
    assert_eq!(bits(trainer.network()), bits(twin.network()));
}
