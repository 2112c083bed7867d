use typenet::prelude::*;

type Network = Sequential![Dense<4, 8>, Relu, Dense<8, 3>];

fn main() -> Result<(), typenet::Error> {
    let data = Dataset::new(vec![[0.5_f32; 4]; 2], vec![1_u8; 2])?;
    let mut trainer = Trainer::new(initialized::<Network>(1), SparseCategoricalCrossEntropyLogits, Adam::default())
        .metric(CategoricalAccuracy::default());
    trainer.fit(&data, Fit::epochs(1))?;
    Ok(())
}
