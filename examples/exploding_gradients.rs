//! Exploding gradients: a recurrent network whose weights are a little too large is trained with and
//! without clipping. The largest gradient of each epoch is printed and drawn.
//!
//! `cargo run --release --example exploding_gradients`

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;

use typenet::prelude::*;

const STEPS: usize = 40;

/// Reads 40 numbers one after the other, and tells their mean.
type Network = Sequential![Rnn<1, 24>, Dense<24, 1>];
type Data = Dataset<[[f32; 1]; STEPS], [f32; 1]>;

fn data() -> Result<Data, typenet::Error> {
    let mut inputs = vec![[[0.0; 1]; STEPS]; 256];
    let numbers = inputs.as_flattened_mut().as_flattened_mut();
    Initializer::LecunNormal.fill(numbers, 1, Fan { input: 1, output: 1 }, &mut seeded(3));
    let targets = inputs.iter().map(|input| [input.iter().map(|[x]| x).sum::<f32>() / STEPS as f32]).collect();
    Dataset::new(inputs, targets)
}

/// The loss and the largest norm of a gradient, epoch by epoch.
fn train(optimizer: impl Optimizer + 'static, data: &Data) -> Result<(Vec<f64>, Vec<f64>), Box<dyn Error>> {
    let monitor = Rc::new(RefCell::new(GradientMonitor::default()));
    let mut network = initialized_with::<Network>(Initializer::GlorotUniform, 5);
    // Half as large again as they should be: each step back in time makes the gradient larger.
    network.0.hidden_weight.as_flattened_mut().iter_mut().for_each(|weight| *weight *= 1.5);
    let mut trainer = Trainer::new(network, MeanSquaredError, optimizer)
        .seed(5)
        .callback(monitor.clone())
        // A step that fails ends the training, and not this program.
        .callback(TerminateOnNan);
    let history = trainer.fit(data, Fit::epochs(30))?;
    let monitor = monitor.borrow();
    let largest = monitor
        .epochs()
        .iter()
        .map(|epoch| epoch.arrays.iter().map(|array| array.largest_gradient).fold(0.0, f64::max));
    Ok((history.training("loss").unwrap_or_default(), largest.collect()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let data = data()?;
    let (free_loss, free) = train(Sgd::new(0.1), &data)?;
    let (clipped_loss, clipped) = train(Sgd::new(0.1).clip(Clip::GlobalNorm(0.5)), &data)?;

    println!("        without clipping       clipped to 0.5");
    println!("epoch      loss   gradient      loss   gradient");
    for epoch in (0..clipped.len()).filter(|epoch| *epoch < 5 || epoch % 5 == 4) {
        let number = |values: &[f64]| values.get(epoch).map_or("-".into(), |value| format!("{value:.2e}"));
        println!(
            "{:>5}  {:>8}   {:>8}  {:>8}   {:>8}",
            epoch + 1,
            number(&free_loss),
            number(&free),
            number(&clipped_loss),
            number(&clipped)
        );
    }
    println!(
        "\nA gradient that is too large throws the weights far away, where the next one is larger still. Clipping\n\
         keeps its direction and limits how far a step goes. The gradients above are those before clipping."
    );
    LineChart::new("Largest gradient of each epoch")
        .axes("epoch", "norm of the gradient")
        .logarithmic()
        .line("without clipping", free)
        .line("clipped to a norm of 0.5", clipped)
        .plot("exploding_gradients.svg")?;
    println!("\nwrote exploding_gradients.svg");
    Ok(())
}
