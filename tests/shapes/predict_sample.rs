use typenet::prelude::*;

type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];

fn main() -> Result<(), typenet::Error> {
    let data = Dataset::new(vec![[0.5_f32; 20]; 2], vec![[1.0_f32]; 2])?;
    let mut trainer = Trainer::new(initialized::<Network>(1), BinaryCrossEntropyLogits, Adam::default());
    trainer.fit(&data, Fit::epochs(1))?;
    let _ = trainer.predict(&[0.5; 20]);
    Ok(())
}
