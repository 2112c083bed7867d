//! Vanishing gradients: the same deep network with the sigmoid of the old days, and with ReLU and He's
//! initialisation. The norm of the gradient of each layer is printed and drawn.
//!
//! `cargo run --release --example vanishing_gradients`

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;

use typenet::prelude::*;

/// Ten hidden layers of 32 units between 20 measurements and one output.
type Deep<A> = Sequential![
    Dense<20, 32>, A,
    Dense<32, 32>, A,
    Dense<32, 32>, A,
    Dense<32, 32>, A,
    Dense<32, 32>, A,
    Dense<32, 32>, A,
    Dense<32, 32>, A,
    Dense<32, 32>, A,
    Dense<32, 32>, A,
    Dense<32, 32>, A,
    Dense<32, 1>,
];

type Data = Dataset<[f32; 20], [f32; 1]>;

/// Trains for five epochs and tells the gradient of each layer's weights in the first one.
fn train<N>(name: &str, weights: Initializer, data: &Data) -> Result<Vec<f64>, Box<dyn Error>>
where
    N: Layer<[f32; 20], Output = [f32; 1]>,
{
    let monitor = Rc::new(RefCell::new(GradientMonitor::default()));
    let mut trainer = Trainer::new(initialized_with::<N>(weights, 7), BinaryCrossEntropyLogits, Sgd::new(0.1))
        .metric(BinaryAccuracy::on_logits())
        .seed(7)
        .callback(monitor.clone());
    let history = trainer.fit(data, Fit::epochs(5))?;
    println!(
        "{name}: the loss goes from {:.4} to {:.4}, the accuracy to {:.4}",
        history.training("loss").and_then(|losses| losses.first().copied()).unwrap_or(f64::NAN),
        history.value("loss").unwrap_or(f64::NAN),
        history.value("accuracy").unwrap_or(f64::NAN),
    );
    let monitor = monitor.borrow();
    let first = monitor.epochs().first().ok_or("no epoch was completed")?;
    let weights = first.arrays.iter().filter(|array| array.name.ends_with("weight"));
    Ok(weights.map(|array| array.gradient).collect())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut data: Data = Dataset::from_csv("data/breast_cancer.csv", Columns::First, "benign")?;
    StandardScaler::fit(data.inputs())?.transform(data.inputs_mut());

    let sigmoid = train::<Deep<Sigmoid>>("sigmoid", Initializer::GlorotUniform, &data)?;
    let relu = train::<Deep<Relu>>("ReLU   ", Initializer::HeNormal, &data)?;

    println!("\nnorm of the gradient of each layer's weights, the mean over the first epoch");
    println!("layer    sigmoid       ReLU");
    for (layer, (sigmoid, relu)) in sigmoid.iter().zip(&relu).enumerate() {
        println!("{:>5}  {sigmoid:>9.2e}  {relu:>9.2e}", layer + 1);
    }
    println!(
        "\nEach sigmoid takes the gradient times at most a quarter on its way back: what reaches the first\n\
         layer is nothing to learn from, and the loss stays where guessing leaves it. ReLU takes it times 1\n\
         or 0, and He's initialisation makes up for the zeros."
    );
    LineChart::new("Gradients of ten hidden layers")
        .axes("layer, from the input to the output", "norm of the gradient")
        .logarithmic()
        .line("sigmoid", sigmoid)
        .line("ReLU, He's initialisation", relu)
        .plot("vanishing_gradients.svg")?;
    println!("\nwrote vanishing_gradients.svg");
    Ok(())
}
