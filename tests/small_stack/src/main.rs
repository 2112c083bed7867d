//! Large networks and samples on a small stack. Each case is a process of its own, because a stack that overflows ends
//! it.

mod data;
mod deep;
mod deployment;
#[path = "../../common/flash.rs"]
mod flash;
mod functions;
mod train;

use std::process::{Command, ExitCode};

use typenet::prelude::*;

/// The stack of a thread, where nobody asks for another.
const STACK: usize = 2 << 20;

/// 602 KB: a photo as ImageNet has it.
type Photo = [[[f32; 224]; 224]; 3];
/// 8.4 MB.
type Large = Sequential![Dense<1024, 2048>, Relu, Dense<2048, 2>];
/// Takes photos.
type Camera = Sequential![Conv2d<3, 2, 3, 2, 1>, Relu, GlobalAveragePool, Dense<2, 2>];

/// What is run, by name.
const CASES: &[(&str, fn())] = &[
    ("dataset", data::dataset),
    ("maps", data::maps),
    ("splits", data::splits),
    ("folds", data::folds),
    ("augment", data::augment),
    ("scalers", data::scalers),
    ("csv", data::csv),
    ("npy", data::npy),
    ("idx", data::idx),
    ("images", data::images),
    ("streams", data::streams),
    ("trainer", train::trainer),
    ("callbacks", train::callbacks),
    ("checkpoint", train::checkpoint),
    ("averages", train::averages),
    ("workspace", train::workspace),
    ("streamed", train::streamed),
    ("weights", deployment::weights),
    ("source", deployment::source),
    ("store", deployment::store),
    ("guard", deployment::guard),
    ("tensors", deployment::tensors),
    ("convolutions", deep::convolutions),
    ("residuals", deep::residuals),
    ("named", deep::named),
    ("pairs", deep::pairs),
];

fn photos(samples: usize) -> Dataset<Photo, u8> {
    let targets = (0..samples).map(|number| (number % 2) as u8).collect();
    Dataset::new(typenet::bytemuck::zeroed_vec(samples), targets).unwrap()
}

fn rows(samples: usize) -> Dataset<[f32; 1024], u8> {
    let targets = (0..samples).map(|number| (number % 2) as u8).collect();
    Dataset::new(vec![[0.5; 1024]; samples], targets).unwrap()
}

/// A file that is gone when it is dropped.
struct Temporary(std::path::PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("typenet-small-stack-{}-{name}", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.peek().is_some_and(|argument| argument == "--in-process") {
        let name = arguments.nth(1).unwrap();
        let (_, case) = CASES.iter().find(|(case, _)| *case == name).unwrap();
        let thread = std::thread::Builder::new().stack_size(STACK).spawn(case).unwrap();
        return if thread.join().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let wanted: Vec<String> = arguments.collect();
    let mut failed = functions::check(&CASES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (name, _) in CASES.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|other| other == name)) {
        let status = Command::new(std::env::current_exe().unwrap()).args(["--in-process", name]).status().unwrap();
        println!("{name}: {}", if status.success() { "holds".into() } else { status.to_string() });
        failed += usize::from(!status.success());
    }
    println!("{failed} of {} cases failed", CASES.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
