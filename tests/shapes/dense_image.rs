use typenet::prelude::*;

type Network = Sequential![Dense<784, 128>, Relu, Dense<128, 10>];

fn main() -> Result<(), typenet::Error> {
    let data = Dataset::new(vec![[[[0.5_f32; 28]; 28]; 1]; 2], vec![1_u8; 2])?;
    let mut trainer = Trainer::new(initialized::<Network>(1), SparseCategoricalCrossEntropyLogits, Adam::default());
    trainer.fit(&data, Fit::epochs(1))?;
    Ok(())
}
