use typenet::prelude::*;

fn train<N: Layer<[f32; 4]>>(data: &Dataset<[f32; 4], [f32; 1]>) -> Result<Box<N>, typenet::Error> {
    let mut trainer = Trainer::new(initialized::<N>(1), MeanSquaredError, Adam::default());
    trainer.fit(data, Fit::epochs(1))?;
    Ok(trainer.into_network())
}

fn main() {}
