//! typenet beside dfdx, Burn and candle. `measure` runs the workloads in one process, framework after
//! framework, and prints a line of JSON for each figure; `report` makes the table of such lines.
//! `benches/peers/run` calls both.

mod data;
mod frameworks;
mod measure;
#[allow(dead_code, reason = "the data of W3 is made here")]
#[path = "../../workloads/networks.rs"]
mod networks;
#[path = "../../workloads/peak.rs"]
mod peak;
mod report;
mod task;

use std::path::Path;

const USAGE: &str = "\
typenet-peers measure [--rounds N] [--milliseconds N] [NAME ...]
    The workloads whose names begin so, or all; RAYON_NUM_THREADS says on how many threads.
typenet-peers report RESULTS.md FILE ...
    The table of what was measured.";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["measure", rest @ ..] => measure::main(rest),
        ["report", results, files @ ..] if !files.is_empty() => report::main(Path::new(results), files),
        _ => {
            eprintln!("{USAGE}");
            std::process::exit(2);
        }
    }
}
