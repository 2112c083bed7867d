//! Trainers, callbacks, checkpoints.

use std::cell::RefCell;
use std::rc::Rc;

use typenet::prelude::*;

use super::{Camera, Large, Photo, Temporary, photos, rows};

type Loss = SparseCategoricalCrossEntropyLogits;
type Run = Trainer<Large, [f32; 1024], u8, Loss, Adam>;

fn large() -> Run {
    Trainer::new(initialized::<Large>(1), SparseCategoricalCrossEntropyLogits, Adam::default())
}

pub fn trainer() {
    let data = photos(4);
    let network = initialized_with::<Camera>(Initializer::GlorotUniform, 1);
    let mut trainer = Trainer::new(network, SparseCategoricalCrossEntropyLogits, Adam::default())
        .seed(1)
        .metric(SparseCategoricalAccuracy::default())
        .metric_named("again", SparseCategoricalAccuracy::default());
    trainer.fit(&data, Fit::epochs(1).batch_size(2).validation_split(0.5)).unwrap();
    trainer.fit(&data, Fit::epochs(1).batch_size(2).shuffle(false).validation_data(&data)).unwrap();
    assert!(trainer.evaluate(&data).unwrap().loss.is_finite());
    assert_eq!(trainer.predict(data.inputs()).len(), 4);
    assert!(!trainer.summary().to_string().is_empty());
    // A network that gives photos.
    type Painter = Sequential![Conv2d<3, 3, 1>];
    let painted = Dataset::new(data.inputs().to_vec(), data.inputs().to_vec()).unwrap();
    let mut painter = Trainer::new(initialized::<Painter>(1), MeanSquaredError, Sgd::new(0.1));
    painter.fit(&painted, Fit::epochs(1).batch_size(2).validation_data(&painted)).unwrap();
    assert!(painter.evaluate(&painted).unwrap().loss.is_finite());
    assert_eq!(painter.predict(data.inputs()).len(), 4);
    let mut trainer = large();
    trainer.optimizer_mut().set_learning_rate(1e-4);
    trainer.fit(&rows(4), Fit::epochs(1).batch_size(2)).unwrap();
    trainer.network_mut().0.bias[0] = 0.0;
    let bias = trainer.network().0.bias[0];
    assert_eq!(trainer.into_network().0.bias[0], bias);
}

pub fn callbacks() {
    let csv = Temporary::new("log.csv");
    let json = Temporary::new("log.jsonl");
    let early = Rc::new(RefCell::new(EarlyStopping::new("loss").patience(3).restore_best()));
    let mut trainer = large()
        .callback(EarlyStopping::new("loss").patience(3))
        .callback(Rc::clone(&early))
        .callback(ReduceOnPlateau::new("loss"))
        .callback(GradientMonitor::default())
        .callback(TerminateOnNan)
        .callback(CsvLogger::new(&csv.0))
        .callback(JsonLinesLogger::new(&json.0))
        .on_epoch(|epoch| assert!(epoch.network.0.bias.len() == 2048))
        .on_batch(|batch| assert!(batch.network.0.bias.len() == 2048));
    trainer.fit(&rows(4), Fit::epochs(3).batch_size(2)).unwrap();
    assert!(early.borrow().clone().best_epoch().is_some());
    let mut state = CallbackState::<Large>::default();
    state.set_network("best", trainer.network());
    assert_eq!(state.network("best").map(|network| network.0.bias.len()), Some(2048));
    assert!(state.clone() == state);
    let mut camera = Trainer::new(initialized::<Camera>(1), SparseCategoricalCrossEntropyLogits, Adam::default())
        .callback(GradientMonitor::default());
    camera.fit(&photos(2), Fit::epochs(1)).unwrap();
}

pub fn checkpoint() {
    let (last, best, own) = (Temporary::new("last"), Temporary::new("best"), Temporary::new("own"));
    let run = || {
        large()
            .callback(EarlyStopping::new("loss").patience(3).restore_best())
            .checkpoint(Checkpoint::last(&last.0).every(1))
            .checkpoint(Checkpoint::best(&best.0, "loss"))
    };
    let mut trainer = run();
    trainer.fit(&rows(4), Fit::epochs(1).batch_size(2)).unwrap();
    trainer.save_checkpoint(&own.0).unwrap();
    for file in [&last, &best, &own] {
        let mut trainer = run();
        let completed = trainer.resume(&file.0).unwrap();
        trainer.fit(&rows(4), Fit::epochs(completed + 1).batch_size(2)).unwrap();
    }
}

pub fn averages() {
    let adam = Adam::default().clip(Clip::GlobalNorm(1.0)).weight_decay(0.01).accumulate(1).average(0.9);
    let mut trainer = Trainer::new(initialized::<Large>(1), SparseCategoricalCrossEntropyLogits, adam);
    trainer.fit(&rows(4), Fit::epochs(1).batch_size(2)).unwrap();
    assert!(trainer.swap_average() && trainer.swap_average());
}

pub fn workspace() {
    let (mut network, data, mut rng) = (initialized::<Large>(1), rows(2), seeded(1));
    let optimizer = Adam::default().average(0.5);
    let mut workspace = Workspace::<Large, [f32; 1024], _, Heap>::EMPTY;
    let loss = SparseCategoricalCrossEntropyLogits;
    workspace.train_step(&mut *network, &loss, &optimizer, data.inputs(), data.targets(), &mut rng).unwrap();
    assert_eq!((workspace.output().len(), workspace.steps()), (2, 1));
    assert!(workspace.swap_average(&mut *network));
    let (mut network, data) = (initialized::<Camera>(1), photos(2));
    let mut workspace = Workspace::<Camera, Photo, _, Heap>::EMPTY;
    workspace.train_step(&mut *network, &loss, &optimizer, data.inputs(), data.targets(), &mut rng).unwrap();
}

pub fn streamed() {
    let network = initialized::<Camera>(1);
    let mut trainer = Trainer::new(network, SparseCategoricalCrossEntropyLogits, Adam::default())
        .callback(GradientMonitor::default());
    let validation = photos(2);
    let open = |_| Ok::<_, String>((0..2).map(|_| Ok(photos(2))));
    trainer.fit_stream(open, FitStream::epochs(1).batches(2).validation_data(&validation)).unwrap();
}
