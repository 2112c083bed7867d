use typenet::prelude::*;

fn main() {
    let mut trainer = Trainer::new(initialized::<Dense<4, 1>>(1), MeanSquaredError, Adam::default());
    trainer.resume("run.checkpoint").unwrap(); // off
    let _ = Checkpoint::last("run.checkpoint"); // off
}
