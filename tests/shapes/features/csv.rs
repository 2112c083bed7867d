use typenet::prelude::*;

fn read() -> Dataset<[f32; 4], [f32; 1]> {
    Dataset::from_csv("flowers.csv", ["a", "b", "c", "d"], "class").unwrap() // off
}

fn read_otherwise() {
    let _ = Csv::open("flowers.csv"); // off
}

fn write(history: &History) {
    history.write_csv("history.csv").unwrap(); // off
}

fn log() {
    let _ = CsvLogger::new("log.csv"); // off
}

fn main() {}
