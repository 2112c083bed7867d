//! The table: on the terminal, and in a Markdown file.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

/// A workload, as the table has it: its name in the measurements, what it is, the unit of a figure in
/// nanoseconds with its name, and the goal in that unit.
struct Line {
    name: &'static str,
    what: &'static str,
    unit: f64,
    unit_name: &'static str,
    goal: f64,
}

const LINES: [Line; 9] = [
    Line {
        name: "W1",
        what: "train 20-128-batch norm-dropout-64-1, Adam, batch 32",
        unit: 1e3,
        unit_name: "µs/step",
        goal: 24.0,
    },
    Line {
        name: "W1-plain",
        what: "the same without batch norm and dropout",
        unit: 1e3,
        unit_name: "µs/step",
        goal: 22.0,
    },
    Line { name: "W2-1", what: "inference 20-128-64-1, batch 1", unit: 1.0, unit_name: "ns/sample", goal: 400.0 },
    Line { name: "W2-32", what: "the same, batch 32", unit: 1.0, unit_name: "ns/sample", goal: 202.0 },
    Line { name: "W2-1024", what: "the same, batch 1024", unit: 1.0, unit_name: "ns/sample", goal: 202.0 },
    Line { name: "W3", what: "train 784-512-512-10, Adam, batch 128", unit: 1e6, unit_name: "ms/step", goal: 4.6 },
    Line { name: "W3-threads-2", what: "the same on 2 threads", unit: 1e6, unit_name: "ms/step", goal: 2.6 },
    Line {
        name: "W4",
        what: "train conv 3x3x8-pool-conv 3x3x16-pool-10 on 28x28, momentum, batch 32",
        unit: 1e6,
        unit_name: "ms/step",
        goal: 0.8,
    },
    Line {
        name: "W5",
        what: "inference GRU of 32 on 64 steps of 8, one sequence",
        unit: 1e3,
        unit_name: "µs",
        goal: 7.5,
    },
];

/// The columns, in this order, and what a column is beside its name.
const COLUMNS: [&str; 8] =
    ["typenet", "dfdx", "Burn", "candle", "PyTorch eager", "PyTorch tuned", "Keras", "scikit-learn"];

/// What was measured, by workload and framework.
struct Figures(BTreeMap<(String, String), Value>);

impl Figures {
    fn median(&self, workload: &str, framework: &str) -> Option<f64> {
        self.number(workload, framework, "median")
    }

    fn number(&self, workload: &str, framework: &str, key: &str) -> Option<f64> {
        self.0.get(&(workload.to_owned(), framework.to_owned()))?[key].as_f64()
    }

    fn note(&self, workload: &str, framework: &str) -> Option<&str> {
        self.0.get(&(workload.to_owned(), framework.to_owned()))?["note"].as_str()
    }

    /// Of a sample, where a run has several.
    fn time(&self, workload: &str, framework: &str) -> Option<f64> {
        Some(self.median(workload, framework)? / self.number(workload, framework, "samples")?)
    }

    /// Multiply-adds per nanosecond at the peak of as many threads as the workload has: in its best
    /// round, because a peak is what the processor can do.
    fn peak(&self, workload: &str) -> Option<f64> {
        let name = if workload.ends_with("threads-2") { "peak-threads-2" } else { "peak-threads-1" };
        Some(self.number(name, "peak", "multiply_adds")? / self.number(name, "peak", "least")?)
    }

    fn share(&self, workload: &str, framework: &str) -> Option<f64> {
        // Other languages leave the count to typenet: it is the workload's.
        let work = self.number(workload, "typenet", "multiply_adds")?;
        Some(work / self.median(workload, framework)? / self.peak(workload)?)
    }
}

/// Three digits that count.
fn digits(value: f64) -> String {
    let decimals = (2 - value.abs().log10().floor() as i32).clamp(0, 3) as usize;
    let text = format!("{value:.decimals$}");
    let Some((whole, rest)) = text.split_once('.') else { return thousands(&text) };
    format!("{}.{rest}", thousands(whole))
}

fn thousands(whole: &str) -> String {
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A Markdown table whose columns line up, so that it is read on a terminal too. Columns of words
/// begin on the left, and those of figures end on the right.
fn table(rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> =
        (0..rows[0].len()).map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, "| {cell:width$} ");
        }
        text.push_str("|\n");
        if at == 0 {
            for (column, width) in widths.iter().enumerate() {
                let words = column == 0 || matches!(row[column].as_str(), "" | "what");
                let line = "-".repeat(width - usize::from(!words));
                let _ = write!(text, "| {line}{} ", if words { "" } else { ":" });
            }
            text.push_str("|\n");
        }
    }
    text
}

/// The version of a crate that this was built with.
fn version(name: &str) -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let entry = lock.split("[[package]]").find(|entry| entry.contains(&format!("name = \"{name}\"\n")));
    entry.and_then(|entry| entry.split("version = \"").nth(1)?.split('"').next()).unwrap_or("unknown")
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find(|line| line.starts_with("model name"));
    model.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned())).unwrap_or_else(|| "unknown".to_owned())
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// What the script that calls this knows.
fn told(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| "unknown".to_owned())
}

fn times(figures: &Figures, columns: &[&str]) -> Vec<Vec<String>> {
    let mut rows = vec![["workload"].iter().chain(columns).map(ToString::to_string).collect::<Vec<_>>()];
    for line in &LINES {
        let ours = figures.time(line.name, "typenet");
        let mut row = vec![format!("{}, {}", line.name, line.unit_name)];
        for column in columns {
            let Some(time) = figures.time(line.name, column) else {
                row.push(figures.note(line.name, column).unwrap_or("-").to_owned());
                continue;
            };
            let mut cell = digits(time / line.unit);
            if let Some(ours) = ours.filter(|_| *column != "typenet") {
                let _ = write!(cell, " ({}x)", digits(time / ours));
            }
            if figures.note(line.name, column).is_some() {
                cell.push_str(" !");
            }
            row.push(cell);
        }
        rows.push(row);
    }
    rows
}

fn shares(figures: &Figures, columns: &[&str]) -> Vec<Vec<String>> {
    let mut rows = vec![["workload"].iter().chain(columns).map(ToString::to_string).collect::<Vec<_>>()];
    for line in &LINES {
        let share = |column: &&str| figures.share(line.name, column).map(|share| format!("{:.1} %", 100.0 * share));
        let cells = columns.iter().map(|column| share(column).unwrap_or_else(|| "-".to_owned()));
        rows.push([line.name.to_owned()].into_iter().chain(cells).collect());
    }
    rows
}

fn goals(figures: &Figures) -> Vec<Vec<String>> {
    let heads = ["workload", "what", "goal", "median", "least", "GFLOP/s", "met"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for line in &LINES {
        let name = line.name;
        let Some(time) = figures.time(name, "typenet") else { continue };
        let runs = figures.number(name, "typenet", "samples").unwrap_or(1.0);
        let least = figures.number(name, "typenet", "least").unwrap_or(f64::NAN) / runs;
        let work = figures.number(name, "typenet", "multiply_adds").unwrap_or(f64::NAN) / runs;
        // As the figure is printed, so that no line contradicts itself.
        let met = |time: f64| digits(time / line.unit).replace(',', "").parse::<f64>().is_ok_and(|t| t <= line.goal);
        rows.push(vec![
            name.to_owned(),
            line.what.to_owned(),
            format!("{} {}", line.goal, line.unit_name),
            digits(time / line.unit),
            digits(least / line.unit),
            digits(2.0 * work / time),
            if met(time) {
                "yes"
            } else if met(least) {
                "by the least only"
            } else {
                "no"
            }
            .to_owned(),
        ]);
    }
    rows
}

pub fn main(results: &Path, files: &[&str]) {
    let (mut figures, mut libraries) = (Figures(BTreeMap::new()), Vec::new());
    for file in files {
        for line in std::fs::read_to_string(file).expect("a file of measurements").lines() {
            let value: Value = serde_json::from_str(line).expect("a line of JSON");
            match (value["workload"].as_str(), value["framework"].as_str(), value["libraries"].as_str()) {
                (Some(workload), Some(framework), _) => {
                    figures.0.insert((workload.to_owned(), framework.to_owned()), value.clone());
                }
                (_, _, Some(text)) if !libraries.contains(&text.to_owned()) => libraries.push(text.to_owned()),
                _ => (),
            }
        }
    }
    let columns: Vec<&str> =
        COLUMNS.into_iter().filter(|column| figures.0.keys().any(|(_, framework)| framework == column)).collect();
    let crates = [("dfdx", "dfdx"), ("Burn", "burn"), ("candle", "candle-core")]
        .map(|(name, package)| format!("{name} {}", version(package)))
        .join(", ");
    let peak = |threads: usize| {
        let name = format!("peak-threads-{threads}");
        figures.peak(&name).map(|peak| format!("{} GFLOP/s", digits(2.0 * peak)))
    };
    let rounds = figures.0.values().filter_map(|value| value["rounds"].as_u64()).filter(|rounds| *rounds > 0).min();

    let mut text = String::from("# typenet beside other frameworks\n\n");
    text.push_str(
        "Written by `benches/peers/run`; the next run writes it anew. What the hot loops look like is in \
         [PROFILE.md](PROFILE.md).\n\n",
    );
    let machine = [
        ("processor", processor()),
        ("cores", std::thread::available_parallelism().map_or(0, usize::from).to_string()),
        (
            "measured peak",
            format!("{} on one thread", peak(1).unwrap_or_default())
                + &peak(2).map(|peak| format!(", {peak} on two")).unwrap_or_default(),
        ),
        ("load before, after", format!("{}, {} (of 1, 5, 15 minutes)", told("PEERS_LOAD"), load())),
        ("date", told("PEERS_DATE")),
        ("compiler", told("PEERS_COMPILER")),
        ("Rust", format!("typenet {}, {crates}", version("typenet"))),
        ("Python", if libraries.is_empty() { "not measured".to_owned() } else { libraries.join("; ") }),
        ("rounds", rounds.unwrap_or(0).to_string()),
    ];
    let mut rows = vec![vec![String::new(), String::new()]];
    rows.extend(machine.map(|(name, value)| vec![name.to_owned(), value]));
    text.push_str(&table(&rows));
    text.push_str("\n## Times\n\nMedians, and how many times those of typenet they are. One thread, unless said.\n\n");
    let times = table(&times(&figures, &columns));
    text.push_str(&times);
    let notes: Vec<String> = figures
        .0
        .iter()
        .filter(|(_, value)| value["median"].is_f64() && value["note"].is_string())
        .map(|((workload, framework), value)| format!("- ! {framework}, {workload}: {}\n", value["note"]))
        .collect();
    if !notes.is_empty() {
        let _ = write!(text, "\n{}", notes.concat());
    }
    text.push_str(
        "\n## Share of the peak\n\nThe multiply-adds that the products of the workload need, by the time, as a share \
         of the fused multiply-adds that the same number of threads does in registers.\n\n",
    );
    let shares = table(&shares(&figures, &columns));
    text.push_str(&shares);
    text.push_str("\n## Goals\n\nOf typenet. The least is of all rounds: what else runs on the machine only adds.\n\n");
    let goals = table(&goals(&figures));
    text.push_str(&goals);
    text.push_str(include_str!("method.md"));
    std::fs::write(results, &text).expect("the file can be written");

    println!("{times}\n{shares}\n{goals}{}", notes.concat());
    println!("load before {}, after {}; written to {}", told("PEERS_LOAD"), load(), results.display());
}
