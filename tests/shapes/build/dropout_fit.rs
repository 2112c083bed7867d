use typenet::prelude::*;

type Network = Sequential![Dense<4, 8>, Dropout<150>, Dense<8, 1>];

fn main() -> Result<(), typenet::Error> {
    let data = Dataset::new(vec![[0.5_f32; 4]; 2], vec![[1.0_f32]; 2])?;
    let mut trainer = Trainer::new(initialized::<Network>(1), MeanSquaredError, Adam::default());
    trainer.fit(&data, Fit::epochs(1))?;
    Ok(())
}
