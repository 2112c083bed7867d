use typenet::prelude::*;

type Network = Sequential![Dense<20, 128>, Relu, Dense<128, 1>];

fn main() {
    let network = initialized::<Network>(1);
    let _: Trainer<_, [f32; 20], [f32; 1], _, _> = Trainer::new(network, MeanSquaredError, Adam::default())
        .callback(|epoch: &mut EpochEnd<'_, Network>| epoch.stop = true)
        .report(true);
}
