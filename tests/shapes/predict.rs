use typenet::prelude::*;

type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];

fn main() -> Result<(), typenet::Error> {
    let data = Dataset::new(vec![[0.5_f32; 20]; 2], vec![3_u8; 2])?;
    let mut trainer = Trainer::new(initialized::<Network>(1), SparseCategoricalCrossEntropyLogits, Adam::default());
    trainer.predict(&[[0.5; 30]]);
    trainer.evaluate(&data)?;
    Ok(())
}
