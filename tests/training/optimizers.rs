//! What is around an optimizer: groups, weight decay, accumulation, averages, and the state that a
//! checkpoint sees.

use typenet::prelude::*;

use super::{Network, bits, data, network};

type Plain = Sequential![Dense<2, 8>, Tanh, Dense<8, 1>];

/// Steps on batches of two, and the network that comes of them.
fn train<N, O>(optimizer: &O, steps: usize) -> Box<N>
where
    N: Layer<[f32; 2], Output = [f32; 1]>,
    O: Optimizer,
{
    let mut network = initialized::<N>(7);
    let mut workspace = Workspace::<N, [f32; 2], O, Heap>::EMPTY;
    let (data, mut rng) = (data(8), seeded(5));
    let batches = data.inputs().chunks(2).zip(data.targets().chunks(2)).cycle();
    for (inputs, targets) in batches.take(steps) {
        workspace.train_step(&mut network, &MeanSquaredError, optimizer, inputs, targets, &mut rng).unwrap();
    }
    network
}

#[test]
fn adam_w_is_adam_with_weight_decay() {
    // The same operations in the same order.
    let (adam_w, adam) = (AdamW::default(), Adam::default());
    let expected = bits(&*train::<Network, _>(&adam_w, 9));
    assert_eq!(bits(&*train::<Network, _>(&adam.weight_decay(adam_w.decay), 9)), expected);
    assert_ne!(bits(&*train::<Network, _>(&adam, 9)), expected);
    assert_ne!(bits(&*train::<Network, _>(&adam.weight_decay(adam_w.decay).weights_only(), 9)), expected);
}

#[test]
fn only_weights_decay() {
    /// Every array of a network that has no gradient: 1 at first, so it is the decay itself.
    fn decayed<O: Optimizer>(optimizer: &O) -> Vec<(String, f32)> {
        struct Ones;
        impl Walker<0> for Ones {
            fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], []: [&mut [T]; 0]) {
                values.fill(T::ONE);
            }
        }
        struct First(Vec<(String, f32)>);
        impl Visitor for First {
            fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
                assert!(values.iter().all(|value| *value == values[0]));
                if entry.role != Role::Statistic {
                    self.0.push((entry.to_string(), values[0].to_f64() as f32));
                }
            }
        }
        type Small = Sequential![Dense<2, 3>, BatchNorm<3>, Dense<3, 1>];
        let mut network = Small::ZERO;
        network.walk([], &Path::ROOT, &mut Ones);
        let mut state = O::State::ZERO;
        let mut gradient = Zero::ZERO;
        optimizer.update(&mut network, &mut gradient, &mut state, 1, &());
        let mut first = First(Vec::new());
        network.visit(&Path::ROOT, &mut first);
        first.0
    }
    let expect = |found: Vec<(String, f32)>, expected: [f32; 6]| {
        let names = ["0.weight", "0.bias", "1.scale", "1.shift", "2.weight", "2.bias"];
        let expected: Vec<_> = names.map(String::from).into_iter().zip(expected).collect();
        assert_eq!(found, expected);
    };
    // A quarter goes; with a group, half of that, or all of it twice.
    let decaying = Sgd::new(0.5).weight_decay(0.5);
    expect(decayed(&decaying), [0.75; 6]);
    expect(decayed(&decaying.weights_only()), [0.75, 1.0, 1.0, 1.0, 0.75, 1.0]);
    let groups = [
        ParameterGroup::matching("2.bias").decay(0.0),
        ParameterGroup::matching("2.*").rate(2.0),
        ParameterGroup::matching("*.s*").rate(0.5).decay(0.5),
    ];
    expect(decayed(&decaying.groups(groups)), [0.75, 0.75, 0.9375, 0.9375, 0.5, 1.0]);
    // Groups within groups: factors multiply.
    let outer = [ParameterGroup::matching("0.*").rate(0.5), ParameterGroup::matching("2.weight").decay(0.5)];
    expect(decayed(&decaying.groups(groups).groups(outer)), [0.875, 0.875, 0.9375, 0.9375, 0.75, 1.0]);
    // Inside the decay, groups do not reach it.
    expect(decayed(&Sgd::new(0.5).groups(groups).weight_decay(0.5)), [0.75; 6]);
    // The fused decay of AdamW has its own way.
    let adam_w = AdamW { adam: Adam::new(0.5), decay: 0.5 };
    expect(decayed(&adam_w.groups(groups)), [0.75, 0.75, 0.9375, 0.9375, 0.5, 1.0]);
}

#[test]
fn a_decay_follows_the_schedule_on_either_side() {
    let schedule = |step: u64| 0.1 / (1 + step) as f64;
    let inside = train::<Plain, _>(&Adam::new(0.5).scheduled(schedule).weight_decay(0.1), 6);
    let outside = train::<Plain, _>(&Adam::new(0.5).weight_decay(0.1).scheduled(schedule), 6);
    assert_eq!(bits(&*inside), bits(&*outside));
    let optimizer = Sgd::new(7.0).scheduled(schedule).clip(Clip::Norm(1.0)).accumulate(3).average(0.5);
    assert_eq!([1, 3, 4, 6, 7].map(|step| optimizer.rate_at(step)), [0.1, 0.1, 0.05, 0.05, 0.1 / 3.0]);
    assert_eq!(Adam::new(0.25).rate_at(9), 0.25);
}

#[test]
fn a_group_at_rate_0_stays() {
    fn rested<O: Optimizer + Clone>(optimizer: &O) {
        let start = initialized::<Plain>(7);
        let end = train::<Plain, _>(&optimizer.clone().groups([ParameterGroup::matching("0.*").rate(0.0)]), 5);
        assert_eq!(end.0.weight, start.0.weight, "{}", std::any::type_name::<O>());
        assert_eq!(end.0.bias, start.0.bias);
        assert_ne!(end.1.1.weight, start.1.1.weight, "{}", std::any::type_name::<O>());
        // A factor of 1 changes no bit.
        let same = train::<Plain, _>(&optimizer.clone().groups([ParameterGroup::matching("*")]), 5);
        assert_eq!(bits(&*same), bits(&*train::<Plain, _>(optimizer, 5)));
        let half = train::<Plain, _>(&optimizer.clone().groups([ParameterGroup::matching("*").rate(0.5)]), 5);
        let mut slower = optimizer.clone();
        slower.set_learning_rate(optimizer.learning_rate() * 0.5);
        assert_eq!(bits(&*half), bits(&*train::<Plain, _>(&slower, 5)));
    }
    rested(&Sgd::new(0.1));
    rested(&Sgd::new(0.1).momentum(0.9));
    rested(&Sgd::new(0.1).momentum(0.9).nesterov());
    rested(&Adagrad::default());
    rested(&Adadelta::new(1.0));
    rested(&RmsProp::default());
    rested(&Adam::default());
    rested(&Adam::default().amsgrad());
    rested(&AdamW::default());
    rested(&Adamax::default());
    rested(&NAdam::default());
    rested(&RAdam::default());
    rested(&Lion::default());
}

#[test]
fn a_group_without_a_parameter() {
    let names = "; the parameters are 0.weight, 0.bias, 1.scale, 1.shift, 4.weight, 4.bias";
    let fails = |groups: [ParameterGroup; 2], pattern: &str| {
        let optimizer =
            Adam::new(0.01).groups(groups).clip(Clip::Norm(1.0)).weight_decay(0.1).accumulate(2).average(0.5);
        let optimizer = optimizer.scheduled(|_| 0.1);
        let mut trainer = Trainer::new(network(), MeanSquaredError, optimizer);
        let before = bits(trainer.network());
        let error = trainer.fit(&data(4), Fit::epochs(1)).unwrap_err();
        assert_eq!(error.to_string(), format!("the group {pattern:?} has no parameter of its own{names}"));
        let data = data(4);
        let mut workspace = Workspace::<Network, [f32; 2], _, Heap>::EMPTY;
        let step = workspace.train_step(
            trainer.network_mut(),
            &MeanSquaredError,
            &optimizer,
            data.inputs(),
            data.targets(),
            &mut seeded(1),
        );
        assert_eq!(step.unwrap_err(), error);
        assert_eq!(bits(trainer.network()), before);
    };
    let every = ParameterGroup::matching("*");
    // No such name; one that an earlier group has; a name that is not trained.
    fails([every, ParameterGroup::matching("7.*")], "7.*");
    fails([every, ParameterGroup::matching("0.*")], "0.*");
    fails([ParameterGroup::matching("1.mean"), every], "1.mean");
}

#[test]
fn accumulated_batches_are_one_large_batch() {
    // In f64, where the other order of the sums is seen in the last digits only.
    type Double = Sequential![Dense<2, 8, f64>, Tanh, Dense<8, 1, f64>];
    let inputs: [[f64; 2]; 12] = core::array::from_fn(|i| [(i as f64).sin(), (2.0 * i as f64).cos()]);
    let targets: [[f64; 1]; 12] = core::array::from_fn(|i| [(3.0 * i as f64).sin()]);
    let run = |small: usize| {
        let mut network = initialized::<Double>(3);
        let mut rng = seeded(1);
        let adam = Adam::new(0.01).clip(Clip::GlobalNorm(0.1));
        if small == 12 {
            let mut workspace = Workspace::<Double, [f64; 2], _, Heap>::EMPTY;
            for _ in 0..10 {
                workspace.train_step(&mut network, &MeanSquaredError, &adam, &inputs, &targets, &mut rng).unwrap();
            }
        } else {
            let mut workspace = Workspace::<Double, [f64; 2], _, Heap>::EMPTY;
            let accumulated = adam.accumulate(12 / small as u64);
            for _ in 0..10 {
                for (inputs, targets) in inputs.chunks(small).zip(targets.chunks(small)) {
                    workspace
                        .train_step(&mut network, &MeanSquaredError, &accumulated, inputs, targets, &mut rng)
                        .unwrap();
                }
            }
        }
        let mut outputs = [[0.0]; 12];
        network.forward(&inputs, &mut outputs);
        outputs
    };
    let large = run(12);
    for small in [1, 3, 4, 6] {
        for (found, expected) in run(small).iter().zip(&large) {
            assert!((found[0] - expected[0]).abs() < 1e-12, "{small}: {found:?} {expected:?}");
        }
    }
    // One batch a step is no accumulation.
    let expected = bits(&*train::<Network, _>(&Adam::default(), 6));
    assert_eq!(bits(&*train::<Network, _>(&Adam::default().accumulate(1), 6)), expected);
}

#[test]
fn averages_are_by_hand() {
    // Descent by a gradient of 1 at rate 1: the weight is -1, -2, -3.
    let optimizer = Sgd::new(1.0).average(0.75);
    let mut network = Dense::<1, 1>::ZERO;
    let mut state = Zero::ZERO;
    assert!(Averaged::<Sgd>::average_of::<Dense<1, 1>>(&mut state).is_none());
    for (step, expected) in [(1, -1.0), (2, -1.25), (3, -1.6875)] {
        let mut gradient = Dense::<1, 1>::ZERO;
        gradient.weight[0] = 1.0;
        optimizer.update(&mut network, &mut gradient, &mut state, step, &());
        assert_eq!(network.weight[0], -(step as f32));
        assert_eq!(Averaged::<Sgd>::average_of(&mut state).unwrap().weight[0], expected);
    }
}

#[test]
fn the_average_is_swapped_through_every_wrapper() {
    // Accumulation outside: its first batch is no step, and there is no average.
    let optimizer = Adam::new(0.01)
        .average(0.9)
        .clip(Clip::Norm(1.0))
        .weight_decay(0.1)
        .groups([ParameterGroup::matching("0.*").rate(0.5)])
        .scheduled(|_| 0.01)
        .accumulate(2);
    let mut network = network();
    let mut workspace = Workspace::<Network, [f32; 2], _, Heap>::EMPTY;
    let (data, mut rng) = (data(4), seeded(5));
    let mut step = |workspace: &mut Workspace<_, _, _, _>, network: &mut Network| {
        workspace.train_step(network, &MeanSquaredError, &optimizer, data.inputs(), data.targets(), &mut rng).unwrap();
    };
    assert!(!workspace.swap_average(&mut network));
    step(&mut workspace, &mut network);
    assert!(!workspace.swap_average(&mut network));
    for _ in 0..5 {
        step(&mut workspace, &mut network);
    }
    let weights = bits(&*network);
    assert!(workspace.swap_average(&mut network));
    assert_ne!(bits(&*network), weights);
    assert!(workspace.swap_average(&mut network));
    assert_eq!(bits(&*network), weights);
    // To average changes nothing of the training.
    assert_eq!(
        bits(&*train::<Network, _>(&Adam::default().average(0.9), 9)),
        bits(&*train::<Network, _>(&Adam::default(), 9))
    );
}

/// The names of an optimizer's state, and all its numbers.
struct Seen {
    names: Vec<&'static str>,
    numbers: Vec<f64>,
    /// What is written over the trees, if anything.
    copied: Option<Vec<f64>>,
}

impl StateVisitor<<Plain as Parameters>::Gradient> for Seen {
    fn tree(&mut self, name: &'static str, tree: &mut <Plain as Parameters>::Gradient) {
        self.names.push(name);
        let mut network = Plain::ZERO;
        network.walk([tree], &Path::ROOT, self);
    }

    fn number(&mut self, name: &'static str, value: &mut f64) {
        self.names.push(name);
        if let Some(copied) = &mut self.copied {
            *value = copied.remove(0);
        }
        self.numbers.push(*value);
    }
}

impl Walker<1> for Seen {
    fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, _: &mut [T], [tree]: [&mut [T]; 1]) {
        for value in tree {
            if let Some(copied) = &mut self.copied {
                *value = T::from_f64(copied.remove(0));
            }
            self.numbers.push(value.to_f64());
        }
    }
}

/// Runs four steps, copies the state by `walk_state` alone, and goes on with the copy: the same bits as
/// without. Returns the names of the state.
fn restored<O: Optimizer>(optimizer: &O) -> Vec<&'static str> {
    type Gradient = <Plain as Parameters>::Gradient;
    /// Random numbers in a tree, none of them 0.
    struct Fill;
    impl Walker<1> for Fill {
        fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], [tree]: [&mut [T]; 1]) {
            for (value, element) in values.iter().zip(tree) {
                *element = *value + T::from_f64(0.125);
            }
        }
    }
    let gradient = |step: u64| {
        let mut gradient = Gradient::ZERO;
        initialized::<Plain>(100 + step).walk([&mut gradient], &Path::ROOT, &mut Fill);
        gradient
    };
    let mut network = initialized::<Plain>(1);
    let mut state = O::State::<Gradient>::ZERO;
    for step in 1..5 {
        optimizer.update(&mut *network, &mut gradient(step), &mut state, step, &());
    }
    let mut seen = Seen { names: Vec::new(), numbers: Vec::new(), copied: None };
    O::walk_state(&mut state, &mut seen);
    let mut copy = O::State::<Gradient>::ZERO;
    let mut other = network.clone();
    let mut written = Seen { names: Vec::new(), numbers: Vec::new(), copied: Some(seen.numbers.clone()) };
    O::walk_state(&mut copy, &mut written);
    assert_eq!((written.names, written.numbers), (seen.names.clone(), seen.numbers));
    assert_eq!(written.copied.unwrap().len(), 0);
    for step in 5..12 {
        optimizer.update(&mut *network, &mut gradient(step), &mut state, step, &());
        optimizer.update(&mut *other, &mut gradient(step), &mut copy, step, &());
    }
    assert_eq!(bits(&*network), bits(&*other), "{}", std::any::type_name::<O>());
    // What is kept beside the weights must be there, too: an average does not show in them.
    let mut ends = [state, copy].map(|mut state| {
        let mut seen = Seen { names: Vec::new(), numbers: Vec::new(), copied: None };
        O::walk_state(&mut state, &mut seen);
        seen.numbers
    });
    assert!(ends[0] == ends[1], "{}", std::any::type_name::<O>());
    ends[0].retain(|number| *number != 0.0);
    assert_eq!(ends[0].is_empty(), seen.names.is_empty());
    seen.names
}

#[test]
fn a_state_is_seen_and_restored_part_by_part() {
    assert_eq!(restored(&Sgd::default()), [""; 0]);
    assert_eq!(restored(&Sgd::default().momentum(0.9)), ["velocity"]);
    assert_eq!(restored(&Adagrad::default()), ["sum"]);
    assert_eq!(restored(&Adadelta::default()), ["square", "change"]);
    assert_eq!(restored(&RmsProp::default()), ["square"]);
    assert_eq!(restored(&Adam::default()), ["mean", "square"]);
    assert_eq!(restored(&AdamW::default()), ["mean", "square"]);
    assert_eq!(restored(&Adam::default().amsgrad()), ["mean", "square", "largest"]);
    assert_eq!(restored(&Adamax::default()), ["mean", "largest"]);
    assert_eq!(restored(&NAdam::default()), ["mean", "square", "correction"]);
    assert_eq!(restored(&RAdam::default()), ["mean", "square"]);
    assert_eq!(restored(&Lion::default()), ["mean"]);
    let wrapped = Sgd::default()
        .momentum(0.5)
        .clip(Clip::Norm(1.0))
        .weight_decay(0.1)
        .accumulate(3)
        .average(0.5)
        .groups([ParameterGroup::matching("0.*").rate(0.5)])
        .scheduled(|_| 0.1);
    assert_eq!(restored(&wrapped), ["velocity", "accumulated", "average", "averaged steps"]);
}
