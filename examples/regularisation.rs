//! Regularisation: a network that is far too large for 50 samples, without anything against overfitting, and with an L2
//! penalty, dropout, batch normalisation. Training against validation, printed and drawn.
//!
//! `cargo run --release --example regularisation`

use std::error::Error;

use typenet::prelude::*;

type Plain = Sequential![Dense<20, 64>, Relu, Dense<64, 64>, Relu, Dense<64, 1>];
type Penalised = Regularized<Plain, L2<1, -2>>;
type Dropped = Sequential![Dense<20, 64>, Relu, Dropout<50>, Dense<64, 64>, Relu, Dropout<50>, Dense<64, 1>];
type Normed = Sequential![
    Dense<20, 64>, BatchNorm<64, 90>, Relu,
    Dense<64, 64>, BatchNorm<64, 90>, Relu,
    Dense<64, 1>,
];

type Data = Dataset<[f32; 20], [f32; 1]>;

const EPOCHS: usize = 200;
/// One split of so few samples says little: all numbers are means over this many.
const SPLITS: usize = 10;

/// Epoch by epoch: loss and accuracy in training, loss and accuracy in validation.
type Curves = Vec<[f64; 4]>;

fn train<N>(data: &Data) -> Result<Curves, typenet::Error>
where
    N: Layer<[f32; 20], Output = [f32; 1]>,
{
    let mut curves = vec![[0.0; 4]; EPOCHS];
    for seed in 0..SPLITS as u64 {
        let (mut train, mut validation) = data.train_test_split_stratified(519.0 / 569.0, seed)?;
        let scaler = StandardScaler::fit(train.inputs())?;
        scaler.transform(train.inputs_mut());
        scaler.transform(validation.inputs_mut());
        let mut trainer = Trainer::new(initialized::<N>(seed), BinaryCrossEntropyLogits, Adam::default())
            .metric(BinaryAccuracy::on_logits())
            .metric(MeanLoss::new("cross-entropy", BinaryCrossEntropyLogits))
            .seed(seed);
        for sums in &mut curves {
            trainer.fit(&train, Fit::epochs(1).batch_size(10))?;
            // Both in inference, without dropout, and without the penalty: only so can they be compared.
            let (seen, unseen) = (trainer.evaluate(&train)?, trainer.evaluate(&validation)?);
            let scores = [&seen, &unseen].map(|scores| ["cross-entropy", "accuracy"].map(|name| scores.get(name)));
            for (sum, score) in sums.iter_mut().zip(scores.as_flattened()) {
                *sum += score.unwrap_or(f64::NAN) / SPLITS as f64;
            }
        }
    }
    Ok(curves)
}

fn main() -> Result<(), Box<dyn Error>> {
    let data: Data = Dataset::from_csv("data/breast_cancer.csv", Columns::First, "benign")?;
    let runs = [
        ("none", train::<Plain>(&data)?),
        ("L2 penalty of 0.01", train::<Penalised>(&data)?),
        ("dropout of 50 %", train::<Dropped>(&data)?),
        ("batch normalisation", train::<Normed>(&data)?),
    ];

    println!("50 samples to train on, 519 to validate; means over {SPLITS} splits\n");
    println!("                                 training              validation");
    println!("                      epoch      loss   accuracy      loss   accuracy");
    for (name, curves) in &runs {
        for epoch in [10, 20, 50, 100, EPOCHS] {
            let [loss, accuracy, unseen_loss, unseen_accuracy] = curves.get(epoch - 1).ok_or("no such epoch")?;
            println!(
                "{name:<20}  {epoch:>5}  {loss:>8.4}   {accuracy:>8.4}  {unseen_loss:>8.4}   {unseen_accuracy:>8.4}"
            );
        }
        let best = curves.iter().enumerate().min_by(|a, b| a.1[2].total_cmp(&b.1[2])).ok_or("no epoch")?;
        println!("{:<20}  lowest validation loss {:.4} after epoch {}\n", "", best.1[2], best.0 + 1);
    }
    println!(
        "Without regularisation the training samples are learned by heart: their loss falls to almost nothing, while that\n\
         of validation turns early and rises. The accuracy hardly moves: the answers that are wrong become more certain.\n\
         The penalty keeps the weights small, and the loss of validation low. Dropout and batch normalisation, whose\n\
         noise is other in each batch, put the turn off, and do not prevent it: stop early (`EarlyStopping`), too."
    );
    let mut chart = LineChart::new("Overfitting 50 samples").axes("epoch", "loss (binary cross-entropy)");
    for (name, curves) in &runs {
        if *name == "none" {
            chart = chart.line("none, on the training samples", curves.iter().map(|[loss, ..]| *loss));
        }
        chart = chart.line(&format!("{name}, validation"), curves.iter().map(|[_, _, loss, _]| *loss));
    }
    chart.plot("regularisation.svg")?;
    println!("\nwrote regularisation.svg");
    Ok(())
}
