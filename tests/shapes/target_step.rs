use typenet::prelude::*;

type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];

fn main() -> Result<(), typenet::Error> {
    let (mut network, mut rng) = (initialized::<Network>(1), seeded(1));
    let mut workspace = Workspace::<Network, [f32; 20], Adam, Inline<2>>::EMPTY;
    let targets = [[1.0, 0.0]; 2];
    workspace.train_step(&mut network, &MeanSquaredError, &Adam::default(), &[[0.5; 20]; 2], &targets, &mut rng)?;
    Ok(())
}
