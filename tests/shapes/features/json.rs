use typenet::prelude::*;

fn main() {
    let _ = Trainer::new(initialized::<Dense<4, 1>>(1), MeanSquaredError, Adam::default())
        .callback(JsonLinesLogger::new("log.jsonl")); // off
}
