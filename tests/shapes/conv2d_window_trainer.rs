use typenet::prelude::*;

type Network = Sequential![Conv2d<1, 8, 5>, Relu, Flatten, Dense<8, 10>];

fn main() -> Result<(), typenet::Error> {
    let data = Dataset::new(vec![[[[0.5_f32; 4]; 4]; 1]; 2], vec![1_u8; 2])?;
    let mut trainer = Trainer::new(initialized::<Network>(1), SparseCategoricalCrossEntropyLogits, Adam::default());
    trainer.fit(&data, Fit::epochs(1))?;
    Ok(())
}
