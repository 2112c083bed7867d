//! Rounds, in each of which every framework has its turn.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::frameworks;
use crate::peak;
use crate::task::{Offer, Task, Workload};

/// What is measured, on what, and what came of it.
struct Entry {
    workload: Option<Workload>,
    framework: &'static str,
    offer: fn(Workload) -> Offer,
    /// Nanoseconds of one run, a figure for each round.
    times: Vec<f64>,
    /// Why there is no figure, or why it is not to be trusted.
    note: Option<String>,
}

/// The mean of some losses.
fn mean(losses: &[f32]) -> f32 {
    losses.iter().sum::<f32>() / losses.len() as f32
}

/// The first steps of a round, which show that the work is done: the loss falls, outputs are finite.
fn begin(workload: Workload, task: &mut Task) -> Option<String> {
    let steps = workload.first_steps();
    match task {
        Task::Train(step) => {
            let losses: Vec<f32> = (0..steps).map(|_| step()).collect();
            let (first, last) = (mean(&losses[..steps / 10]), mean(&losses[steps - steps / 5..]));
            (!(last < 0.9 * first)).then(|| format!("does not learn: loss {first:.3}, then {last:.3}"))
        }
        Task::Infer(run, _) => {
            (0..steps).for_each(|_| run());
            None
        }
    }
}

/// The outputs of inference: finite, and not all the same.
fn check(task: Task) -> Option<String> {
    let Task::Infer(_, outputs) = task else { return None };
    let outputs = outputs();
    let finite = outputs.iter().all(|y| y.is_finite());
    let alive = outputs.iter().any(|y| *y != 0.0);
    (!finite || !alive).then(|| "gives outputs that are not finite, or all zero".to_owned())
}

/// Parts of a turn. Their median is the figure of the turn: another program that comes between
/// spoils one or two.
const PARTS: u32 = 5;

/// The median of some times.
fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// How long a run takes, measured over about `span`.
fn time(span: Duration, mut run: impl FnMut()) -> f64 {
    let mut part = |runs: u32| {
        let start = Instant::now();
        for _ in 0..runs {
            run();
        }
        start.elapsed()
    };
    // A few runs tell how many fill the span.
    let mut runs = 1;
    let once = loop {
        let elapsed = part(runs);
        if elapsed * 20 > span {
            break elapsed / runs;
        }
        runs *= 2;
    };
    let runs = ((span / PARTS).as_nanos() / once.as_nanos().max(1)).max(1) as u32;
    median(&mut [(); PARTS as usize].map(|()| part(runs).as_nanos() as f64 / f64::from(runs)))
}

impl Entry {
    fn round(&mut self, span: Duration, threads: usize) {
        let Some(workload) = self.workload else {
            return self.times.push(time(span, || all_threads(threads)));
        };
        // Every round begins with a network that has learned nothing, so that none is measured on a
        // network that has nothing left to learn.
        match (self.offer)(workload) {
            Ok(mut task) => {
                self.note = self.note.take().or(begin(workload, &mut task));
                self.times.push(time(span, || task.run()));
                self.note = self.note.take().or(check(task));
            }
            Err(reason) => self.note = Some(reason.to_owned()),
        }
    }

    fn line(&mut self, threads: usize) -> serde_json::Value {
        let median = (!self.times.is_empty()).then(|| median(&mut self.times));
        let least = self.times.first();
        let (name, multiply_adds, samples) = match self.workload {
            Some(workload) => (workload.name(threads), workload.multiply_adds(), workload.samples()),
            None => (format!("peak-threads-{threads}"), threads * REPEATS * peak::MULTIPLY_ADDS, 1),
        };
        json!({
            "workload": name,
            "framework": self.framework,
            "least": least,
            "median": median,
            "samples": samples,
            "multiply_adds": multiply_adds,
            "rounds": self.times.len(),
            "note": self.note,
        })
    }
}

/// How often a thread runs the peak before it waits for the others.
const REPEATS: usize = 32;

/// The peak of all threads.
fn all_threads(threads: usize) {
    if threads == 1 {
        (0..REPEATS).for_each(|_| peak::run());
    } else {
        rayon::join(|| all_threads(threads / 2), || all_threads(threads - threads / 2));
    }
}

/// All of it, on a thread of the pool.
fn rounds(rounds: usize, span: Duration, threads: usize, wanted: &[&str]) {
    let mut entries =
        vec![Entry { workload: None, framework: "peak", offer: |_| Err(""), times: Vec::new(), note: None }];
    for workload in Workload::ALL {
        let name = workload.name(1);
        if wanted.is_empty() || wanted.iter().any(|wanted| name.starts_with(wanted)) {
            entries.extend(frameworks::ALL.map(|(framework, offer)| Entry {
                workload: Some(workload),
                framework,
                offer,
                times: Vec::new(),
                note: None,
            }));
        }
    }
    for round in 1..=rounds {
        eprint!("\rround {round} of {rounds}, threads {threads} ");
        for entry in &mut entries {
            entry.round(span, threads);
        }
    }
    eprintln!();
    for entry in &mut entries {
        println!("{}", entry.line(threads));
    }
}

pub fn main(arguments: &[&str]) {
    let (mut count, mut milliseconds, mut wanted) = (9, 100, Vec::new());
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|n| n.parse().ok()).expect("a number after the option");
        match *argument {
            "--rounds" => count = number(),
            "--milliseconds" => milliseconds = number(),
            name => wanted.push(name),
        }
    }
    // candle reads the same variable.
    let threads: usize = std::env::var("RAYON_NUM_THREADS")
        .ok()
        .and_then(|threads| threads.parse().ok())
        .expect("RAYON_NUM_THREADS says on how many threads");
    assert_eq!(cfg!(feature = "threads"), threads > 1, "the feature `threads` is for more than one, and only then");
    // A stack for tensors that lie on it.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(64 << 20).build_global();
    pool.expect("the first pool");
    let span = Duration::from_millis(milliseconds as u64);
    let (send, receive) = std::sync::mpsc::channel();
    let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
    rayon::spawn(move || {
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        rounds(count, span, threads, &wanted);
        let _ = send.send(());
    });
    receive.recv().expect("the measurements end");
}
