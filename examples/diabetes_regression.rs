//! Predicts how far diabetes has gone a year later from ten measurements, and compares a small
//! network with a linear model and with the mean: on 442 patients a network can hardly be better
//! than a line, and this shows by how much.
//!
//! `cargo run --release --example diabetes_regression`

use std::error::Error;

use typenet::prelude::*;

type Linear = Dense<10, 1>;
type Network = Sequential![Regularized<Dense<10, 16>, L2<1, -2>>, Relu, Dense<16, 1>];

/// The scores of a network on the test rows, in the units of the table.
fn scores<N: Layer<[f32; 10], Output = [f32; 1]>>(
    train: &Dataset<[f32; 10], [f32; 1]>,
    test: &Dataset<[f32; 10], [f32; 1]>,
    target: &StandardScaler<[f32; 1]>,
    seed: u64,
) -> Result<[f64; 2], Box<dyn Error>> {
    let mut trainer = Trainer::new(initialized::<N>(seed), MeanSquaredError, Adam::new(0.005)).seed(seed);
    trainer.fit(train, Fit::epochs(150).batch_size(32))?;
    let predicted = trainer.predict(test.inputs());
    Ok(compare(predicted.iter().map(|[y]| f64::from(y * target.scale[0] + target.mean[0])), test.targets()))
}

/// Mean absolute error, and R²: 1 is perfect, 0 is as good as the mean of the test rows.
fn compare(predicted: impl Iterator<Item = f64>, truth: &[[f32; 1]]) -> [f64; 2] {
    let truth: Vec<f64> = truth.iter().map(|[y]| f64::from(*y)).collect();
    let (count, mean) = (truth.len() as f64, truth.iter().sum::<f64>() / truth.len() as f64);
    let (mut absolute, mut squares) = (0.0, 0.0);
    for (y, truth) in predicted.zip(&truth) {
        absolute += (y - truth).abs();
        squares += (y - truth).powi(2);
    }
    let variance: f64 = truth.iter().map(|truth| (truth - mean).powi(2)).sum();
    [absolute / count, 1.0 - squares / variance]
}

fn main() -> Result<(), Box<dyn Error>> {
    let data: Dataset<[f32; 10], [f32; 1]> = Dataset::from_csv("data/diabetes.csv", Columns::First, "progression")?;
    println!("seed              mean          linear         network    (mean absolute error, R²; test rows)");
    let mut sums = [[0.0; 2]; 3];
    const SEEDS: u64 = 5;
    for seed in 0..SEEDS {
        let (mut train, mut test) = data.train_test_split(0.2, seed)?;
        let scaler = StandardScaler::fit(train.inputs())?;
        scaler.transform(train.inputs_mut());
        scaler.transform(test.inputs_mut());
        // The target is scaled for training, and predictions are scaled back.
        let target = StandardScaler::fit(train.targets())?;
        let scaled = train.targets().iter().map(|[y]| [(y - target.mean[0]) / target.scale[0]]).collect();
        let train = Dataset::new(train.inputs().to_vec(), scaled)?;

        let mean = compare(test.targets().iter().map(|_| f64::from(target.mean[0])), test.targets());
        let linear = scores::<Linear>(&train, &test, &target, seed)?;
        let network = scores::<Network>(&train, &test, &target, seed)?;
        let row = [mean, linear, network];
        print(&format!("{seed}"), &row);
        for (sum, scores) in sums.iter_mut().flatten().zip(row.iter().flatten()) {
            *sum += scores / SEEDS as f64;
        }
    }
    print("average", &sums);
    Ok(())
}

fn print(name: &str, row: &[[f64; 2]]) {
    let cells: Vec<String> = row.iter().map(|[absolute, r2]| format!("{absolute:6.2} {r2:6.3}")).collect();
    println!("{name:<10}{}", cells.iter().map(|cell| format!("{cell:>16}")).collect::<String>());
}
