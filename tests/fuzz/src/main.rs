//! Damaged files for every loader: nothing panics, and what is refused leaves everything as it was.

mod files;
#[path = "../../common/flash.rs"]
mod flash;
mod mutate;
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use typenet::prelude::seeded;
use typenet::rand::rngs::Xoshiro256PlusPlus;

/// One kind of file.
pub struct Target {
    pub name: &'static str,
    /// Whole files.
    pub files: Vec<Vec<u8>>,
    /// Makes checksums right again, so that damage gets behind them.
    pub mend: Option<fn(&mut [u8])>,
    /// Loads a file, and panics where something is not as it must be. Whether it was taken.
    pub load: Box<dyn FnMut(&[u8], &mut Xoshiro256PlusPlus) -> bool>,
}

/// How many files of a kind there were.
#[derive(Default)]
struct Count {
    files: u64,
    taken: u64,
    panics: u64,
    slowest: Duration,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: f64| arguments.next().map_or(default, |text| text.parse().expect("a number"));
    let (minutes, seed) = (number(0.333), number(1.0) as u64);
    let only = arguments.next().unwrap_or_default();
    let mut targets = targets::all();
    targets.retain(|target| target.name.starts_with(&only));
    for target in &mut targets {
        for (place, file) in target.files.iter().enumerate() {
            assert!((target.load)(file, &mut seeded(seed)), "{}: whole file {place} is not taken", target.name);
        }
    }
    let share = Duration::from_secs_f64(60.0 * minutes / targets.len() as f64);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let mut counts = Vec::new();
    for target in &mut targets {
        let (mut count, begin, mut rng) = (Count::default(), Instant::now(), seeded(seed));
        while begin.elapsed() < share {
            let file = mutate::mutated(&target.files, target.mend, &mut rng);
            let started = Instant::now();
            let taken = catch_unwind(AssertUnwindSafe(|| (target.load)(&file, &mut rng)));
            count.slowest = count.slowest.max(started.elapsed());
            count.files += 1;
            match taken {
                Ok(taken) => count.taken += u64::from(taken),
                Err(panic) => {
                    let text = panic.downcast_ref::<String>().map(String::as_str);
                    let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
                    if count.panics == 0 {
                        fs::create_dir_all("found").expect("a folder for what was found");
                        let path = format!("found/{}-{}", target.name, count.files);
                        fs::write(&path, &file).expect("a file of what was found");
                        println!("{}: {text}: the file is tests/fuzz/{path}", target.name);
                    }
                    count.panics += 1;
                }
            }
        }
        counts.push((target.name, count));
    }
    std::panic::set_hook(hook);
    println!("{:12} {:>9} {:>9} {:>9} {:>7} {:>8}", "files of", "damaged", "refused", "taken", "panics", "slowest");
    for (name, Count { files, taken, panics, slowest }) in &counts {
        let refused = files - taken - panics;
        println!("{name:12} {files:>9} {refused:>9} {taken:>9} {panics:>7} {:>6} ms", slowest.as_millis());
    }
    let sum = |of: fn(&Count) -> u64| counts.iter().map(|(_, count)| of(count)).sum::<u64>();
    println!("{} files, {} panics, seed {seed}", sum(|count| count.files), sum(|count| count.panics));
    targets::clean();
    if sum(|count| count.panics) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
