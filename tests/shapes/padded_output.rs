use typenet::prelude::*;

type Network = Sequential![ReturnSequences<Gru<2, 8>>, TimeDistributed<Dense<8, 3>>];

fn main() {
    let data = Dataset::new(vec![Padded::<[f32; 2], 20>::ZERO], vec![Padded::<u8, 20>::ZERO]).unwrap();
    let loss = PerStep(SparseCategoricalCrossEntropyLogits);
    let _ = Trainer::new(initialized::<Network>(1), loss, Adam::default()).fit(&data, Fit::epochs(1));
}
